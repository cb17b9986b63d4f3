"""Who sees people masked is shown no figure of a day, and none of few people, whichever days she asks for."""

from __future__ import annotations

import datetime as dt
import itertools
import re

import pytest
import time_machine
from django.contrib.auth.models import User

from hera.child_health.models import Vaccine, VaccineDose
from hera.figures.whole_months import months_within
from hera.panel import roles
from hera.surveys.models import Survey, SurveyTemplate
from hera.user_profile.models import UserProfile
from tests.families import make_user

pytestmark = pytest.mark.django_db
D = dt.date
CALLS = ("users", "pregnancy", "vaccinations")
_events = itertools.count()


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(dt.datetime(2026, 11, 20, 9, tzinfo=dt.UTC), tick=False):
        yield


@pytest.fixture
def polio(programme):
    vaccine = Vaccine.objects.create(name="Polio", is_active=True)
    return VaccineDose.objects.create(vaccine=vaccine, name="1", week_age=8)


@pytest.fixture
def researcher(signed_in):
    return signed_in(roles.RESEARCHER)


def answer(day, response, key, mother=None):
    at = dt.datetime.combine(day, dt.time(9), tzinfo=dt.UTC)
    mother = mother or make_user()
    User.objects.filter(pk=mother.pk).update(date_joined=at)
    UserProfile.objects.filter(user=mother).update(agree_to_terms_at=at)
    Survey.objects.create(
        user=mother, survey_template=SurveyTemplate.objects.first(), event_key=f"{next(_events)}".join(key.split("#")),
        context={"date": day.isoformat()}, available_at=at, expires_at=at, response=response,
        responded_at=at if response else None,
    )  # fmt: skip


def answers(count, day, response, dose):
    for _ in range(count):
        answer(day, response, f"vaccination/child-#/doses-{dose.pk}")
        answer(day, response and f"pregnancy{response}", "prenatal-checkup/pregnancy-#/week-20")


def asked(client, call, first, last):
    found = client.get(f"/data_dashboard/{call}?from={first}&to={last}")
    assert found.status_code == 200
    return found.json()["data"]


@pytest.mark.parametrize(
    ("first", "last", "months"),
    [
        (D(2026, 3, 9), D(2026, 3, 9), []),
        (D(2026, 3, 1), D(2026, 3, 30), []),
        (D(2026, 3, 1), D(2026, 3, 31), [D(2026, 3, 1)]),
        (D(2026, 2, 2), D(2026, 5, 14), [D(2026, 3, 1), D(2026, 4, 1)]),
        (D(2026, 1, 31), D(2026, 2, 28), [D(2026, 2, 1)]),
        (D(2026, 10, 1), D(2026, 11, 30), [D(2026, 10, 1)]),  # November is not over
        (D(2027, 1, 1), D(2027, 12, 31), []),
        (D(2025, 12, 1), D(2026, 1, 31), [D(2025, 12, 1), D(2026, 1, 1)]),
    ],
)
def test_of_days_the_whole_months_that_are_over(first, last, months):
    assert months_within(first, last) == months


@pytest.mark.parametrize("call", CALLS)
def test_one_woman_s_day_is_shown_to_nobody_masked(researcher, polio, call):
    answers(1, D(2026, 3, 9), "yes", polio)
    for first, last in (("2026-03-09", "2026-03-09"), ("2026-03-01", "2026-03-31"), ("2026-01-01", "2026-11-20")):
        rows = asked(researcher, call, first, last)
        assert not [row for row in rows if set(row.values()) & {1, 2}], (first, rows)


def test_a_month_of_many_is_shown_with_the_same_keys(researcher, polio):
    answers(6, D(2026, 3, 9), "yes", polio)
    answers(5, D(2026, 3, 20), None, polio)
    days = ("2026-03-01", "2026-03-31")
    counts = {"yes": 6, "no": 0, "no_response": 5}
    assert asked(researcher, "vaccinations", *days) == [{"vaccine_name": "Polio", **counts}]
    assert asked(researcher, "pregnancy", *days) == [{"check_up_no": 1, **counts}]
    assert asked(researcher, "users", *days) == [{"date": "2026-03-01", "occurrence": 22}]
    assert asked(researcher, "vaccinations", "2026-03-02", "2026-03-31") == [], "no whole month"


def test_no_range_less_another_is_a_month_of_few(researcher, polio):
    for month, count in ((1, 9), (2, 8), (3, 1)):
        answers(count, D(2026, month, 9), "yes", polio)
    whole = asked(researcher, "vaccinations", "2026-01-01", "2026-02-28")
    assert whole == [{"vaccine_name": "Polio", "yes": 17, "no": 0, "no_response": 0}]
    assert asked(researcher, "vaccinations", "2026-01-01", "2026-03-31") == []


def test_few_are_counted_in_people_and_not_in_answers(researcher, polio):
    mother = make_user()
    for _ in range(9):
        answer(D(2026, 3, 9), "yes", f"vaccination/child-#/doses-{polio.pk}", mother)
    assert asked(researcher, "vaccinations", "2026-03-01", "2026-03-31") == []


def test_who_sees_people_by_name_has_the_calls_as_ever(signed_in, polio):
    answers(1, D(2026, 3, 9), "yes", polio)
    client = signed_in(roles.PROGRAMME_ADMIN)
    day = ("2026-03-09", "2026-03-09")
    assert asked(client, "vaccinations", *day) == [{"vaccine_name": "Polio", "yes": 1, "no": 0, "no_response": 0}]
    assert asked(client, "users", *day) == [{"date": "2026-03-09", "occurrence": 2}]


def test_the_page_of_figures_shows_months_and_says_so(researcher, polio):
    answers(6, D(2026, 3, 9), "yes", polio)
    answers(1, D(2026, 4, 9), "yes", polio)
    page = researcher.get("/admin/figures/?from=2026-03-01&to=2026-03-31")
    assert (page.context["sign_ups"], page.context["agreed"]) == (12, 12)
    said = re.sub("[\u2066-\u2069]", "", page.text)
    assert "the whole months that are over are shown: March 2026." in said
    assert "Polio" in page.text
    both = researcher.get("/admin/figures/?from=2026-03-01&to=2026-04-30")
    assert (both.context["sign_ups"], both.context["agreed"]) == ("…", "…")
    assert "Polio" not in both.text
    day = researcher.get("/admin/figures/?from=2026-03-09&to=2026-03-09")
    assert "No whole month that is over lies in these days" in day.text
    assert "<h2" not in day.text.split("No whole month")[1], "no heading with nothing below it"
    assert "Polio" not in day.text
    for shown in (page, both, day):
        assert "Counted at" not in shown.text, "coverage turns on birthdays"
