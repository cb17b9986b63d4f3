"""C2, F3: whatever number staff type into the panel may be in digits of any script."""

from __future__ import annotations

import datetime as dt

import pytest
from django import forms
from django.contrib import admin
from django.contrib.auth.models import User

from hera.core.typed_fields import typed
from hera.events.models import NotificationSchedule
from hera.panel import roles
from hera.people.filter import PeopleFilter
from tests.families import make_type

pytestmark = pytest.mark.django_db

PERSIAN = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")


def written(text: str) -> str:
    return f"\u200f{text.translate(PERSIAN)}\u200e"


@pytest.mark.parametrize(
    ("field", "text", "read"),
    [
        (forms.IntegerField(), "-1 2", -12),
        (forms.DateField(), "2026-03-05", dt.date(2026, 3, 5)),
        (forms.TimeField(), "08:05", dt.time(8, 5)),
        (forms.DateTimeField(), "2026-03-05 08:05", dt.datetime(2026, 3, 5, 8, 5, tzinfo=dt.UTC)),
        (forms.DurationField(), "1 00:00:00", dt.timedelta(days=1)),
        (forms.CharField(), "x", "\u200fx\u200e"),
    ],
)
def test_c2_a_field_of_any_kind(field, text, read):
    assert typed(field).clean(written(text)) == read


def test_c2_a_date_and_a_time_side_by_side():
    field = typed(forms.SplitDateTimeField())
    moment = dt.datetime(2026, 3, 5, 8, 5, tzinfo=dt.UTC)
    assert field.clean([written("2026-03-05"), written("08:05")]) == moment


def test_c2_every_field_of_every_page_takes_them(rf):
    kinds = (forms.IntegerField, forms.DateField, forms.TimeField, forms.DateTimeField, forms.DurationField)
    request = rf.get("/")
    request.user = User(is_superuser=True, is_active=True)
    seen = 0
    for model, page in admin.site._registry.items():
        for shown, of in ((page, model), *((inline, inline.model) for inline in page.get_inline_instances(request))):
            for db_field in of._meta.fields:
                if db_field.editable and not db_field.remote_field:
                    field = shown.formfield_for_dbfield(db_field, request)
                    seen += isinstance(field, kinds)
                    assert not isinstance(field, kinds) or typed(field).__class__ is field.__class__, db_field
    assert seen > 10


def test_c2_a_schedule(signed_in):
    browser = signed_in(roles.PROGRAMME_ADMIN)
    form = {
        "notification_type": make_type().pk, "calendar_event_type": "vaccination", "offset_days": written("-2"),
        "time_of_day": written("09:30"), "push_time_to_live": written("1 00:00:00"), "is_active": "on",
        "confirmed": "on",
    }  # fmt: skip
    browser.post("/admin/events/notificationschedule/add/", form)
    made = NotificationSchedule.objects.get(offset_days=-2)
    assert (made.time_of_day, made.push_time_to_live) == (dt.time(9, 30), dt.timedelta(days=1))


def test_c2_the_filter_of_people():
    form = PeopleFilter({"born_from": written("1990"), "number": written("0532 123")})
    assert form.is_valid()
    assert form.cleaned_data["born_from"] == 1990


def test_c2_a_second_factor_s_code(rf):
    from hera.panel import sign_in

    assert sign_in._code(rf.post("/", {"code": written("123 456")})) == "123456"
    assert sign_in._code(rf.post("/", {"code": " xyzzy 23456 "})) == "xyzzy23456", "a recovery code"
