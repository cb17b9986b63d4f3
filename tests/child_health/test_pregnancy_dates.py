from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hera.child_health import calendar, pregnancy_dates

TODAY = dt.date(2026, 11, 25)


@pytest.mark.parametrize(
    ("declared_week", "visits", "weeks"),
    [
        (1, 0, [10, 24, 34, 38]),
        (12, 0, [18, 24, 34, 38]),
        (13, 0, [18, 24, 34, 38]),
        (14, 0, [19, 24, 34, 38]),
        (14, 1, [24, 34, 38]),
        (14, 2, [24, 34, 38]),
        (10, 0, [17, 24, 34, 38]),
        (24, 0, [29, 34, 36, 38]),
        (42, 3, [43]),
        (42, 0, [43]),
        (38, 0, [39]),
        (37, 0, [37, 38, 40]),
        (34, 0, [36, 38, 40]),
        (34, 9, [38]),
        (0, 0, [10, 24, 34, 38]),
    ],
)
def test_visits_are_planned_as_seen_from_the_declared_week(declared_week, visits, weeks):
    assert pregnancy_dates.visit_weeks(declared_week, visits) == weeks


@given(week=st.integers(0, 60), visits=st.integers(0, 9))
def test_a_plan_is_sorted_and_never_behind_the_declaration(week, visits):
    weeks = pregnancy_dates.visit_weeks(week, visits)
    assert weeks == sorted(weeks)
    assert weeks
    assert all(planned >= week for planned in weeks)


@given(week=st.integers(0, 37), visits=st.integers(0, 9))
def test_more_visits_made_never_plan_more(week, visits):
    assert len(pregnancy_dates.visit_weeks(week, visits + 1)) <= len(pregnancy_dates.visit_weeks(week, visits))


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        (TODAY - dt.timedelta(days=100), TODAY + dt.timedelta(days=180)),
        (TODAY - dt.timedelta(days=279), TODAY + dt.timedelta(days=1)),
        (TODAY - dt.timedelta(days=280), TODAY + dt.timedelta(days=7)),
        (dt.date(1970, 1, 1), TODAY + dt.timedelta(days=7)),
    ],
)
def test_delivery_is_280_days_after_the_start_or_else_in_a_week(start, expected):
    assert pregnancy_dates.delivery_date(start, TODAY) == expected


@pytest.mark.parametrize(("days", "week"), [(0, 0), (1, 1), (7, 1), (8, 2), (84, 12), (85, 13), (-3, 0)])
def test_the_declared_week_is_rounded_up(days, week):
    assert pregnancy_dates.week_on(TODAY, TODAY + dt.timedelta(days=days)) == week


@given(start=st.dates(dt.date(1950, 1, 1), dt.date(2100, 1, 1)), week=st.integers(0, 50))
def test_a_visit_is_on_the_monday_of_its_week(start, week):
    day = pregnancy_dates.visit_date(start, week)
    assert day.weekday() == 0
    assert dt.timedelta(0) <= start + dt.timedelta(weeks=week) - day < dt.timedelta(days=7)


def test_event_keys_and_fields_of_visits():
    first = calendar.prenatal_visits(7, dt.date(2026, 9, 22), dt.date(2026, 11, 24), None)[0]
    assert first.event_key == "prenatal-checkup/pregnancy-7/week-10"
    assert first.fields() == {
        "date": "2026-11-30",
        "event_type": "prenatal_checkup",
        "event_key": "prenatal-checkup/pregnancy-7/week-10",
        "pregnancy_id": 7,
        "weeks_pregnant": 10,
    }
    assert first.context()["weeks_pregnant"] == "10"
