"""A day that cannot be is refused with one sentence wherever one can be told, and nothing is half done.

Every call of the schema and every form of ours that takes a day is named here, or the walk fails.
"""

from __future__ import annotations

import datetime as dt
import gc
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django import forms
from django.urls import reverse
from drf_spectacular.generators import SchemaGenerator

from hera.child_health.models import Child, ChildEnd, ChildPause, DoseGiven, Pregnancy, PregnancyOutcome
from hera.events.models import InstantNotification
from hera.panel import roles
from hera.user_profile.models import UserProfile
from tests.families import make_child, make_pregnancy, make_type

ZONE = ZoneInfo("Pacific/Auckland")  # it is the 27th there
NOON = dt.datetime(2026, 11, 26, 12, tzinfo=dt.UTC)
HER_TODAY = dt.date(2026, 11, 27)
HER_TOMORROW = "2026-11-28"
BORN = dt.date(2026, 9, 1)
START = dt.date(2026, 3, 1)
NEVER = ("0001-01-01", "3000-01-01", "9999-12-31")
LONG_AGO = "1900-01-01"
TABLES = (Child, ChildEnd, ChildPause, DoseGiven, Pregnancy, PregnancyOutcome)

# Of a call: the field and what else it wants. What a shipped app sends is not refused for a day that has come somewhere
# on earth, nor for one of long ago: it shows no refusal, and her page in the panel says that it cannot be.
NEW_CALLS = {
    "/children/{child}/end/": ("date", {"reason": "died"}),
    "/children/{child}/pause/": ("until", {}),
    "/pregnancies/{pregnancy}/outcome/": ("date", {"outcome": "birth"}),
    "/pregnancies/{pregnancy}/outcome/#children": (
        "date_of_birth",
        {"outcome": "birth", "children": [{"name": "L", "gender": "FEMALE"}]},
    ),
    "/pregnancies/#told": ("declared_on", {"declared_pregnancy_week": "20"}),
}
# What has to be still to come, and what a phone's clock that is ahead says.
MAY_BE_TOMORROW = {"until", "declared_on"}
SHIPPED_CALLS = {
    "/children/": ("date_of_birth", {"name": "Leyla", "gender": "FEMALE"}),
    "/pregnancies/": ("declared_date_of_last_menstrual_period", {}),
    "/user_profiles/": (
        "date_of_birth",
        {"name": "Amal", "gender": "FEMALE", "agree_to_terms_at": "2026-01-01T00:00:00Z"},
    ),
}


@pytest.fixture(autouse=True)
def at_noon():
    with time_machine.travel(NOON, tick=True):
        yield


def state_of_things() -> list[list[tuple[object, ...]]]:
    return [list(model.objects.order_by("pk").values_list()) for model in TABLES]


@pytest.fixture
def records(mother):
    UserProfile.objects.update(timezone=str(ZONE))
    child = make_child(mother.user, BORN)
    return {"child": child.pk, "pregnancy": make_pregnancy(mother.user, START, START).pk}


def body_with(path: str, field: str, others: dict, day: str) -> dict:
    if path.endswith("#children"):
        return {**others, "children": [{**others["children"][0], field: day}]}
    return {**others, field: day}


@pytest.mark.parametrize("path", NEW_CALLS)
def test_the_api_refuses_it(mother, records, path):
    field, others = NEW_CALLS[path]
    days = [*NEVER, LONG_AGO, *([] if field in MAY_BE_TOMORROW else [HER_TOMORROW])]
    before = state_of_things()
    for day in days:
        answer = mother.post(path.format(**records).split("#")[0], body_with(path, field, others, day)).expect(400)
        assert isinstance(answer["detail"], str), day
        assert state_of_things() == before, day
    possible = "2026-12-01" if field == "until" else HER_TODAY.isoformat()
    mother.post(path.format(**records).split("#")[0], body_with(path, field, others, possible)).expect(201)


@pytest.mark.parametrize("path", SHIPPED_CALLS)
def test_the_calls_of_shipped_apps_refuse_what_can_be_nowhere(mother, records, path):
    field, others = SHIPPED_CALLS[path]
    before = state_of_things()
    for day in NEVER:
        assert isinstance(mother.post(path, {**others, field: day}).expect(400)["detail"], str)
    assert state_of_things() == before


def test_one_that_was_told_by_the_app_on_a_day_that_is_hers_only_is_a_birth_all_the_same(mother, records):
    UserProfile.objects.update(timezone="America/New_York")  # and the phone is elsewhere
    Pregnancy.objects.update(estimated_start_date=START, estimated_delivery_date=dt.date(2026, 12, 6))
    sent = {"name": "Musa", "gender": "MALE", "date_of_birth": "2026-11-27"}
    mother.post("/children/", sent).expect(201)
    assert PregnancyOutcome.objects.get().date == HER_TODAY


@pytest.mark.django_db
def test_no_call_takes_a_day_that_is_not_named_here():
    schema = SchemaGenerator().get_schema(request=None, public=True)
    components = schema["components"]["schemas"]

    def fields(one: dict, inside: str = "") -> set[str]:
        if "$ref" in one:
            return fields(components[one["$ref"].split("/")[-1]])
        if "items" in one:
            return fields(one["items"])
        found = set()
        for name, field in one.get("properties", {}).items():
            if field.get("format") in {"date", "date-time"} and not field.get("readOnly"):
                found.add(name)
            found |= fields(field) if {"$ref", "items"} & set(field) else set()
        return found

    taken = set()
    for calls in schema["paths"].values():
        for call in calls.values():
            content = call.get("requestBody", {}).get("content", {}) if isinstance(call, dict) else {}
            taken |= fields(content.get("application/json", {}).get("schema", {}))
    named = {field for field, _others in (NEW_CALLS | SHIPPED_CALLS).values()}
    assert taken - {"agree_to_terms_at"} == named


def forms_with_a_day() -> set[str]:
    def below(kind):
        for one in kind.__subclasses__():
            yield one
            yield from below(one)

    gc.collect()  # classes that a request made are gone
    days = (forms.DateField, forms.DateTimeField, forms.SplitDateTimeField)
    return {
        form.__name__
        for form in below(forms.BaseForm)
        if form.__module__.startswith("hera.")
        and any(isinstance(field, days) for field in getattr(form, "base_fields", {}).values())
    }


def test_no_form_takes_a_day_that_is_not_named_here():
    assert forms_with_a_day() - {"AccountForm"} == {  # on whose page no day is typed
        "EndForm", "BirthForm", "NewbornForm", "ChildEndForm", "PauseForm",
        "ProfileForm", "PregnancyForm", "ChildForm", "StaffMessageForm", "ContactForm",
        "FamilyForm", "RegisteredChildForm",
    }  # fmt: skip


@pytest.fixture
def worker(signed_in, amal):
    UserProfile.objects.update(timezone=str(ZONE))
    Child.objects.update(date_of_birth=BORN)
    Pregnancy.objects.update(estimated_start_date=START, declared_date_of_last_menstrual_period=START)
    return signed_in(roles.CASE_WORKER)


NEWBORNS = {
    "newborn-TOTAL_FORMS": "4",
    "newborn-INITIAL_FORMS": "0",
    "newborn-0-name": "Musa",
    "newborn-0-gender": "MALE",
}
CARD = {"dose-TOTAL_FORMS": "6", "dose-INITIAL_FORMS": "0", "dose-0-text": "BCG"}
PAGES = {
    "child_health_child_end": ("date", {"reason": "died"}),
    "child_health_child_pause": ("until", {}),
    "child_health_child_card": ("dose-0-date", CARD),
    "child_health_child_change": ("date_of_birth", {"name": "Leyla", "gender": "FEMALE"}),
    "child_health_pregnancy_end?kind=birth": ("date", NEWBORNS | {"newborn-0-name": "", "newborn-0-gender": ""}),
    "child_health_pregnancy_end?kind=loss": ("date", {}),
    "child_health_pregnancy_end?kind=birth#": ("newborn-0-date_of_birth", NEWBORNS),
    "child_health_pregnancy_change": ("declared_date_of_last_menstrual_period", {}),
    "user_profile_userprofile_change": ("date_of_birth", {"name": "Amal", "gender": "FEMALE", "language_code": "en"}),
}


@pytest.mark.django_db
@pytest.mark.parametrize("page", PAGES)
def test_the_panel_refuses_it(worker, amal, page):
    (name, _, asked), (field, others) = page.rstrip("#").partition("?"), PAGES[page]
    record = {"child": amal.children.get(), "pregnancy": amal.pregnancies.get(), "userprofile": amal.profile}[
        name.split("_")[2]
    ]
    address = f"{reverse(f'admin:{name}', args=[record.pk])}?{asked}"
    others = {"timezone": str(ZONE), **others} if "profile" in name else others
    days = [*NEVER, *([] if "profile" in name else [LONG_AGO]), *([] if field == "until" else [HER_TOMORROW])]
    if name.endswith("_card"):  # what a card says is kept, and asked about where it cannot be right
        days = NEVER
    before = state_of_things()
    for day in days:
        answer = worker.post(address, {**others, field: day})
        assert answer.status_code == 200, (day, "is shown again, with what is wrong")
        assert 'role="alert"' in answer.text or "errornote" in answer.text or "errorlist" in answer.text, day
        assert state_of_things() == before, day
    possible = "2026-12-01" if field == "until" else HER_TODAY.isoformat()
    if name != "child_health_child_change":  # which asks once more
        assert worker.post(address, {**others, field: possible}).status_code == 302


@pytest.mark.django_db
def test_a_message_to_people_goes_out_within_a_year(signed_in, amal):
    kind = make_type("note.to_all", en=("Title", "Body", "Text"))
    client = signed_in(roles.PROGRAMME_ADMIN)
    for day in (*NEVER, LONG_AGO, "2027-11-28"):
        sent = {"notification_type": kind.pk, "to": "numbers", "numbers": amal.username}
        answer = client.post("/admin/events/instantnotification/add/", {**sent, "send_at_0": day, "send_at_1": "10:00"})
        assert answer.status_code == 200, day
        assert not InstantNotification.objects.exists()
    answer = client.post(
        "/admin/events/instantnotification/add/", {**sent, "send_at_0": "2026-12-01", "send_at_1": "10:00"}
    )
    assert answer.status_code == 302
