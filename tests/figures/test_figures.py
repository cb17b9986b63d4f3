"""The figures: counted right, for the right role only, by the M&E dashboard's own calls."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.contrib.auth.models import Group, User

from hera.api import sessions
from hera.child_health.models import Vaccine, VaccineDose
from hera.child_health.plan import stored
from hera.core import clock
from hera.events.models import NotificationEvent, NotificationSchedule
from hera.events.services import announce_due
from hera.figures import cache, selectors
from hera.figures.coverage import coverage
from hera.figures.models import Figure
from hera.panel import roles
from hera.surveys.models import Survey, SurveyTemplate
from hera.user_profile.models import UserProfile
from tests.families import make_child, make_pregnancy, make_schedule, make_type, make_user, tick
from tests.staff import make_staff, sign_in

pytestmark = pytest.mark.django_db

DAYS = "?from=2026-11-01&to=2026-11-30"
CALLS = ["users", "pregnancy", "vaccinations"]
PASSWORD = "a long enough password"


@pytest.fixture
def researcher():
    return make_staff(roles.RESEARCHER, "researcher@example.org", password=PASSWORD)


@pytest.fixture
def manager():
    return make_staff(roles.PROGRAMME_ADMIN, "manager@example.org", password=PASSWORD)


def asked(mother, key, day, response, context=None):
    at = dt.datetime(2026, 11, 10, 9, tzinfo=dt.UTC)
    return Survey.objects.create(
        user=mother, survey_template=SurveyTemplate.objects.first(), event_key=key, context=context or {"date": day},
        available_at=at, expires_at=at + dt.timedelta(days=7), response=response, responded_at=at if response else None,
    )  # fmt: skip


def test_sign_ups_by_day_in_the_country_s_time_zone(settings):
    for at in ("2026-11-09T23:30:00+00:00", "2026-11-10T01:00:00+00:00", "2026-12-01T00:00:00+00:00"):
        mother = make_user()
        User.objects.filter(pk=mother.pk).update(date_joined=at)
    User.objects.create_user("staff", is_staff=True)
    rows = selectors.sign_ups(dt.date(2026, 11, 1), dt.date(2026, 11, 30))
    assert rows == [{"date": "2026-11-09", "occurrence": 1}, {"date": "2026-11-10", "occurrence": 1}]


def test_c9_the_dashboard_s_line_of_sign_ups_has_days_with_none(client, manager):
    mother = make_user()
    User.objects.filter(pk=mother.pk).update(date_joined="2026-11-10T01:00:00+00:00")
    sign_in(client, manager)
    rows = client.get(f"/data_dashboard/users{DAYS}").json()["data"]
    assert [row["date"] for row in rows] == [f"2026-11-{day:02}" for day in range(1, 31)]
    assert {row["date"]: row["occurrence"] for row in rows if row["occurrence"]} == {"2026-11-10": 1}


def test_c10_sign_ups_are_said_by_account_and_by_consent(client, manager):
    for joined, consented in (("2026-11-10", "2026-11-10"), ("2026-11-11", "2026-12-02"), ("2026-10-30", "2026-11-01")):
        mother = make_user()
        User.objects.filter(pk=mother.pk).update(date_joined=f"{joined}T12:00:00+00:00")
        UserProfile.objects.filter(user=mother).update(agree_to_terms_at=f"{consented}T12:00:00+00:00")
    mother = make_user(zone=None)
    User.objects.filter(pk=mother.pk).update(date_joined="2026-11-12T12:00:00+00:00")
    sign_in(client, manager)
    page = client.get(f"/admin/figures/{DAYS}")
    assert (page.context["sign_ups"], page.context["agreed"]) == (3, 2)
    assert "which the earlier HERA counted as sign-ups, there are 2." in page.text


def test_a_check_up_is_numbered_by_its_date_and_not_by_its_answer(programme):
    mother = make_user()
    asked(mother, "prenatal-checkup/pregnancy-1/week-20", "2026-10-20", "pregnancyyes")
    asked(mother, "prenatal-checkup/pregnancy-1/week-10", "2026-08-11", "no")
    asked(mother, "prenatal-checkup/pregnancy-2/week-26", "2026-11-01", None)
    assert selectors.antenatal_answers(dt.date(2026, 11, 1), dt.date(2026, 11, 30)) == [
        {"check_up_no": 1, "yes": 0, "no": 1, "no_response": 1},
        {"check_up_no": 2, "yes": 1, "no": 0, "no_response": 0},
    ]


def test_a_vaccine_is_counted_by_its_doses_and_not_by_a_part_of_its_name(programme):
    mother = make_user()
    short = Vaccine.objects.create(name="Polio", is_active=True)
    long = Vaccine.objects.create(name="Polio (oral)", is_active=True)
    first, second = (VaccineDose.objects.create(vaccine=vaccine, name="1", week_age=8) for vaccine in (short, long))
    asked(mother, f"vaccination/child-1/doses-{first.pk},{second.pk}", "2026-11-09", "yes")
    asked(mother, f"vaccination/child-2/doses-{second.pk}", "2026-11-09", "no")
    assert selectors.vaccination_answers(dt.date(2026, 11, 1), dt.date(2026, 11, 30)) == [
        {"vaccine_name": "Polio", "yes": 1, "no": 0, "no_response": 0},
        {"vaccine_name": "Polio (oral)", "yes": 1, "no": 1, "no_response": 0},
    ]


def test_coverage_counts_children_who_are_old_enough(programme):
    Vaccine.objects.update(is_active=False)
    vaccine = Vaccine.objects.create(name="New", is_active=True, applicable_for_male=False)
    VaccineDose.objects.create(vaccine=vaccine, name="1", week_age=8)
    today = clock.now().date()
    given = make_child(make_user(), today - dt.timedelta(weeks=20))
    make_child(make_user(), today - dt.timedelta(weeks=20))
    make_child(make_user(), today - dt.timedelta(weeks=2))
    make_child(make_user(), today - dt.timedelta(weeks=20), gender="MALE")
    tick(given, vaccine.pk)
    for years, is_given in ((1, True), (3, True), (4, False), (7, False)):
        child = make_child(make_user(), today - dt.timedelta(days=366 * years))
        if is_given:
            tick(child, vaccine.pk)
    [row] = coverage()
    assert (row["name"], row["due"], row["given"]) == ("New", 6, 3)
    assert [row[f"due_{age}"] for age in range(4)] == [2, 1, 2, 1]
    assert [row[f"given_{age}"] for age in range(4)] == [1, 1, 1, 0]


def test_what_was_new_is_counted_day_by_day(programme):
    today = clock.now().date()
    mother = make_user()
    make_child(mother, today)
    make_child(mother, today - dt.timedelta(days=3))
    make_pregnancy(mother, today - dt.timedelta(weeks=20), today)
    days = selectors.daily(today - dt.timedelta(days=2), today)
    assert {name: counts[-1] for name, counts in days.items()} == {
        "sign_ups": 1, "pregnancies": 1, "children": 2, "reminders": 0, "sent": 0, "failed": 0, "answers": 0,
    }  # fmt: skip
    assert {len(counts) for counts in days.values()} == {3}


def test_reminders_of_today_are_those_announced_and_those_still_to_come(programme):
    NotificationSchedule.objects.all().delete()
    make_schedule(make_type(), "vaccination", offset=0, at=dt.time(9))
    make_schedule(make_type("vaccination.evening"), "vaccination", offset=0, at=dt.time(18))
    with time_machine.travel(dt.datetime(2026, 11, 26, 12, tzinfo=ZoneInfo("Europe/Istanbul")), tick=False):
        week = VaccineDose.objects.filter(vaccine__is_active=True).earliest("week_age").week_age
        make_child(make_user(), dt.date(2026, 11, 26) - dt.timedelta(weeks=week))
        stored.catch_up()
        assert selectors.totals()["reminders_today"] == 1
        announce_due(clock.now())
        assert NotificationEvent.objects.count() == 1
        assert selectors.totals()["reminders_today"] == 2


def test_a_figure_that_takes_long_is_shown_as_of_when_it_was_counted(programme, monkeypatch):
    monkeypatch.setattr(cache, "QUICK", -1)
    with time_machine.travel(clock.now(), tick=False) as moment:
        began = clock.now()
        assert cache.figure("totals")[0]["people"] == 0
        make_user()
        moment.shift(dt.timedelta(hours=1))
        totals, counted_at = cache.figure("totals")
        assert (totals["people"], counted_at) == (0, began)
        assert cache.count_slow_ones() == 1
        assert cache.figure("totals")[0]["people"] == 1
        make_user()
        moment.shift(cache.GOOD_FOR)
        assert cache.figure("totals")[0]["people"] == 2, "nobody counts in the background"
        make_user()
        monkeypatch.setattr(cache, "QUICK", 60)
        moment.shift(cache.GOOD_FOR)
        assert cache.figure("totals")[0]["people"] == 3
        assert not Figure.objects.exists(), "what is quick is not remembered"


@pytest.mark.parametrize("call", CALLS)
def test_figures_are_for_the_right_role_after_the_second_factor(client, researcher, call):
    address = f"/data_dashboard/{call}{DAYS}"
    assert client.get(address).status_code == 403
    client.force_login(researcher)
    assert client.get(address).status_code == 403, "a password alone"
    sign_in(client, researcher)
    answer = client.get(address)
    assert (answer.status_code, list(answer.json())) == (200, ["data"])
    researcher.groups.set([Group.objects.get(name=roles.CONTENT_EDITOR)])
    assert client.get(address).status_code == 403


@pytest.mark.parametrize("call", CALLS)
def test_a_mother_s_token_opens_no_figures(client, call):
    token = sessions.begin(make_user())
    assert client.get(f"/data_dashboard/{call}{DAYS}", headers={"Authorization": f"Token {token}"}).status_code == 403


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    "days",
    ["", "?from=2026-11-01", "?from=x&to=y", "?from=2026-13-01&to=2026-11-30", "?from=2026-11-30&to=2026-11-01",
     "?from=0001-01-01&to=9999-12-31", "?from=2026-11-01'%20OR%201=1--&to=2026-11-30"],
)  # fmt: skip
def test_days_that_are_none_are_refused(client, researcher, call, days):
    sign_in(client, researcher)
    answer = client.get(f"/data_dashboard/{call}{days}")
    assert answer.status_code == 400
    assert answer.json()["detail"]


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ("?from=0001-01-01&to=9999-12-31", "0001-01-01 is no day of the years 2000 to 2100"),
        ("?from=9999-12-31&to=9999-12-31", "9999-12-31 is no day"),
        ("?to=0001-01-01", "0001-01-01 is no day"),
        ("?from=2026-13-01", "2026-13-01 is no day"),
        ("?from=2026-11-30&to=2026-11-01", "The first day is after the last one"),
        ("?from=2001-01-01&to=2026-11-01", "more than ten years"),
    ],
)
def test_s21_days_that_are_not_shown_are_said_on_the_page(client, researcher, asked, says):
    sign_in(client, researcher)
    page = client.get(f"/admin/figures/{asked}")
    assert page.status_code == 200
    assert says in page.text
    assert (page.context["last"] - page.context["first"]).days == 89


def test_s21_days_in_digits_of_any_script_are_shown(client, researcher):
    sign_in(client, researcher)
    page = client.get("/admin/figures/?from=۲۰۲۶-۱۰-۰۱&to=2026-10-20")
    assert (page.context["first"], page.context["last"]) == (dt.date(2026, 10, 1), dt.date(2026, 10, 20))


@pytest.mark.parametrize("call", CALLS)
def test_s21_days_that_no_figure_has_are_refused(client, researcher, call):
    sign_in(client, researcher)
    assert client.get(f"/data_dashboard/{call}?from=9999-12-31&to=9999-12-31").status_code == 400
