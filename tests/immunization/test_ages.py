"""Ages in the units of health authorities, and the dates that they lead to."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hera.immunization.ages import AgeError, Period

D = dt.date


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("0 days", Period()),
        ("6 weeks", Period(weeks=6)),
        ("6 weeks - 4 days", Period(weeks=6, days=-4)),
        ("5 months + 4 weeks", Period(months=5, weeks=4)),
        (" 1 year ", Period(years=1)),
        ("8 months + 1 day", Period(months=8, days=1)),
        ("16 years - 4 months", Period(years=16, months=-4)),
    ],
)
def test_an_age_is_read(text: str, period: Period) -> None:
    assert Period.parse(text) == period


@pytest.mark.parametrize(
    "text", ["", " ", "six weeks", "6", "weeks", "6 weeks 4 days", "6 weeks - ", "6 fortnights", "- x"]
)
def test_what_says_no_age_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(AgeError, match="write such as 6 weeks"):
        Period.parse(text)


@pytest.mark.parametrize(
    ("start", "text", "day"),
    [
        # Years and months first, then weeks and days.
        (D(2024, 1, 15), "6 weeks", D(2024, 2, 26)),
        (D(2024, 1, 15), "6 weeks - 4 days", D(2024, 2, 22)),
        (D(2024, 1, 31), "1 month + 1 day", D(2024, 3, 2)),
        # A day that its month does not have is the first of the next month (CALCDT-5).
        (D(2025, 8, 31), "6 months", D(2026, 3, 1)),
        (D(2024, 2, 29), "1 year", D(2025, 3, 1)),
        (D(2024, 2, 29), "4 years", D(2028, 2, 29)),
        (D(2026, 8, 31), "2 months", D(2026, 10, 31)),
        (D(2023, 12, 31), "2 months", D(2024, 3, 1)),
        (D(2024, 1, 15), "12 months - 4 days", D(2025, 1, 11)),
        # Beyond the calendar: its last day.
        (D(9990, 1, 1), "19 years", D.max),
    ],
)
def test_the_date_of_an_age(start: dt.date, text: str, day: dt.date) -> None:
    assert Period.parse(text).after(start) == day


@given(st.integers(0, 30), st.integers(0, 30), st.integers(0, 200), st.integers(-20, 200))
def test_what_is_written_is_read_as_it_was(years: int, months: int, weeks: int, days: int) -> None:
    period = Period(years, months, weeks + 1, days)  # nobody writes an age that begins with a minus
    assert Period.parse(str(period)) == period


@given(st.dates(D(1950, 1, 1), D(2100, 1, 1)), st.integers(0, 240), st.integers(0, 240))
def test_a_longer_age_is_never_reached_earlier(born: dt.date, months: int, more: int) -> None:
    assert Period(months=months).after(born) <= Period(months=months + more).after(born)


@pytest.mark.parametrize(
    "text", ["0 days", "4 days", "6 weeks", "2 months", "12 months", "12 months - 4 days", "6 years"]
)
@pytest.mark.parametrize("day", [dt.date(2026, 3, 1), dt.date(2026, 2, 28), dt.date(2024, 2, 29), dt.date(2026, 8, 31)])
def test_who_was_born_until_then_has_reached_the_age_and_nobody_else(text: str, day: dt.date) -> None:
    period = Period.parse(text)
    latest = period.latest_birth(day)
    assert period.after(latest) <= day
    assert period.after(latest + dt.timedelta(days=1)) > day


def test_nobody_has_reached_an_age_that_is_longer_than_the_calendar() -> None:
    assert Period(years=9000).latest_birth(dt.date(2026, 1, 1)) == dt.date.min
