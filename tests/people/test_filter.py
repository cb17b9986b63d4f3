"""Choosing people: each criterion, and all of them together."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest
from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from hypothesis import given
from hypothesis import strategies as st

from hera.child_health import calendar
from hera.child_health.plan import stored
from hera.core import clock, timezones
from hera.events.models import NotificationEvent
from hera.panel import roles
from hera.people.filter import PeopleFilter, filter_for
from hera.people.selectors import chosen, people
from hera.surveys.models import Survey, SurveyTemplate
from tests.families import make_child, make_pregnancy, make_type, make_user

pytestmark = pytest.mark.django_db


def _days_ago(days):
    return clock.now().date() - dt.timedelta(days=days)


@pytest.fixture
def two_mothers():
    """Amal: Arabic, 1995, pregnant, two children, read and answered all. Besna: Turkish, 1988, none of it."""
    amal = make_user(language="ar", number="+905320000001", zone="Europe/Istanbul")
    besna = make_user(language="tr", number="+496900000002", zone="Europe/Berlin")
    besna.profile.name, besna.profile.date_of_birth = "Besna", dt.date(1988, 7, 1)
    besna.profile.save()
    make_pregnancy(amal, _days_ago(60), _days_ago(0))
    make_pregnancy(besna, _days_ago(500), _days_ago(400))
    make_child(amal, dt.date(2020, 5, 5))
    make_child(amal, dt.date(2024, 5, 5))
    _tell(amal, read=True, answer="yes")
    _tell(amal, read=True, answer="yes")
    _tell(besna, read=False, answer=None)
    return amal, besna


def _tell(user, *, read, answer):
    now = clock.now()
    kind = make_type(f"test.type.{NotificationEvent.objects.count()}")
    template, _ = SurveyTemplate.objects.get_or_create(code="test.survey", survey_type="MULTIPLE_CHOICE")
    NotificationEvent.objects.create(
        user=user,
        notification_type=kind,
        notification_available_at=now,
        notification_expires_at=now,
        read_at=now if read else None,
    )
    Survey.objects.create(
        user=user,
        survey_template=template,
        available_at=now,
        expires_at=now,
        response=answer,
        responded_at=now if answer else None,
    )


@pytest.mark.parametrize(
    "criteria",
    [
        {"number": "+90532"},
        {"number": "905320"},
        {"number": "0532 000 00 01"},
        {"number": "(532) 000-0001"},
        {"number": "0001"},
        {"number": "۰۵۳۲ ۰۰۰ ۰۰ ۰۱"},
        {"number": "\u200e٠٥٣٢٠٠٠٠٠٠١"},
        {"name": "ama"},
        {"language": "ar"},
        {"timezone": "Europe/Istanbul"},
        {"born_from": "1990"},
        {"born_from": "1995", "born_to": "1995"},
        {"pregnant": "yes"},
        {"has_children": "yes"},
        {"children_from": "2"},
        {"child_born_from": "2020", "child_born_to": "2021"},
        {"surveys": "all_yes"},
        {"notifications": "all_read"},
        {"language": "ar", "pregnant": "yes", "children_from": "1", "surveys": "all_yes"},
    ],
)
def test_these_find_the_first_mother_only(two_mothers, criteria):
    assert [user.profile.name for user in chosen(criteria)] == ["Amal"]


@pytest.mark.parametrize(
    "criteria",
    [
        {"name": "'):* | besna & ("},
        {"born_to": "1990"},
        {"pregnant": "no"},
        {"has_children": "no"},
        {"children_to": "1"},
        {"surveys": "open"},
        {"notifications": "none_read"},
    ],
)
def test_these_find_the_second_mother_only(two_mothers, criteria):
    assert [user.profile.name for user in chosen(criteria)] == ["Besna"]


@pytest.mark.parametrize(
    "criteria",
    [
        {"number": "53200"},  # in the middle
        {"number": "no number"},
        {"name": "mal"},
        {"name": "-"},
        {"surveys": "all_no"},
        {"child_born_from": "2021", "child_born_to": "2023"},  # between the two
        {"language": "ar", "pregnant": "no"},
        {"gender": "MALE"},
        {"children_from": "3"},
    ],
)
def test_these_find_nobody(two_mothers, criteria):
    assert not chosen(criteria).exists()


def test_no_criterion_finds_everybody_who_may_be_reminded(two_mothers):
    make_user(active=False)
    make_user(zone=None)
    User.objects.create_superuser("nurse@example.org", password="x")
    assert set(chosen({})) == set(two_mothers)


@pytest.mark.parametrize("criteria", [{"language": "xx"}, {"born_from": "soon"}, {"is_staff": "yes"}])
def test_a_criterion_that_is_none_finds_nobody_by_mistake(two_mothers, criteria):
    with pytest.raises(ValueError, match="cannot be read"):
        chosen(criteria)


def test_what_was_asked_is_kept_as_texts_and_finds_the_same(two_mothers):
    form = PeopleFilter({"language": "ar", "children_from": "2", "name": ""})
    assert form.is_valid()
    assert form.criteria() == {"language": "ar", "children_from": "2"}


def test_a_filter_is_one_statement(two_mothers, django_assert_num_queries):
    with django_assert_num_queries(1):
        list(chosen({"pregnant": "yes", "surveys": "all_yes", "children_from": "1", "notifications": "all_read"}))


@given(
    starts=st.lists(st.integers(0, 420), min_size=1, max_size=8),
    declared=st.integers(0, 60),
    visits=st.none() | st.integers(0, 6),
    days=st.integers(0, 40),
)
def test_who_has_a_visit_in_the_next_days_is_who_the_calendar_says(starts, declared, visits, days):
    """Against the calendar's own functions: pregnancies that began so many days ago, declared after so many weeks."""
    today = clock.today_in(timezones.default())
    User.objects.all().delete()
    expected = set()
    for number, ago in enumerate(starts):
        start = today - dt.timedelta(days=ago)
        declared_on = start + dt.timedelta(weeks=declared)
        user = make_user(number=f"+90532000{number:04d}")
        pregnancy = make_pregnancy(user, start, declared_on, visits=visits)
        planned = calendar.prenatal_visits(pregnancy.pk, start, declared_on, visits)
        if any(today <= visit.date <= today + dt.timedelta(days=days) for visit in planned):
            expected.add(user.pk)
    stored.catch_up()
    assert set(chosen({"due_days": str(days)}).values_list("pk", flat=True)) == expected


@pytest.mark.parametrize(
    ("written", "finds"),
    [
        ("0532 000", ["Amal"]),  # its beginning, as at home
        ("532000", ["Amal"]),
        ("٠٥٣٢ ٠٠٠", ["Amal"]),
        ("+49 690", ["Besna"]),
        ("0002", ["Besna"]),
        ("besna", ["Besna"]),
        ("ama", ["Amal"]),
        ("0690", []),  # of a country that is not served
        ("12", []),
    ],
)
def test_one_field_finds_by_number_or_name(two_mothers, monkeypatch, written, finds):
    served = dataclasses.replace(settings.HERA, otp_allowed_countries=frozenset({"TR", "SY"}))
    monkeypatch.setattr(settings, "HERA", served)
    form = filter_for(User(is_superuser=True, is_active=True), {"find": written})
    assert form.is_valid()
    assert [user.profile.name for user in people().filter(form.condition())] == finds


def test_who_sees_masked_people_finds_nobody_by_it(two_mothers):
    form = filter_for(AnonymousUser(), {"find": "Amal", "district": "Fatih", "language": "ar"})
    assert form.is_valid()
    assert form.criteria() == {"language": "ar"}
    assert form.left_out == ("Name, or beginnings of its words", "District")


def test_the_list_says_what_it_left_out(signed_in, two_mothers):
    page = signed_in(roles.RESEARCHER).get("/admin/custom_user/customuser/?overdue=yes").text
    assert "It was left out: A vaccination overdue" in page
