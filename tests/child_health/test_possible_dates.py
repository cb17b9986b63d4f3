"""Which days can be: pure functions, by table."""

from __future__ import annotations

import datetime as dt

import pytest

from hera.child_health import possible_dates
from hera.child_health.possible_dates import LONGEST_PAUSE, MOST_APART, OLDEST_DECLARATION, NotPossible

TODAY = dt.date(2026, 11, 26)
DAY = dt.timedelta(days=1)
BORN = dt.date(2026, 3, 1)
START = dt.date(2026, 2, 1)


def refusal_of(ask, *args, **kwargs) -> str:
    try:
        ask(*args, **kwargs)
    except NotPossible as refusal:
        return str(refusal)
    return ""


@pytest.mark.parametrize(
    ("until", "said"),
    [
        (dt.date(1, 1, 1), "after today"),
        (TODAY, "after today"),
        (TODAY + DAY, ""),
        (TODAY + LONGEST_PAUSE, ""),
        (TODAY + LONGEST_PAUSE + DAY, "two years"),
        (dt.date.max, "two years"),
    ],
)
def test_a_pause(until, said):
    assert said in (refused := refusal_of(possible_dates.refuse_pause, until, TODAY))
    assert bool(said) is bool(refused)


@pytest.mark.parametrize(
    ("date", "said"),
    [
        (TODAY, ""),
        (TODAY - OLDEST_DECLARATION, ""),
        (TODAY - OLDEST_DECLARATION - DAY, "more than 60 days ago"),
        (dt.date(1900, 1, 1), "more than 60 days ago"),
    ],
)
def test_a_pregnancy_told_on_a_day(date, said):
    assert said in (refused := refusal_of(possible_dates.refuse_declaration, date, TODAY))
    assert bool(said) is bool(refused)


@pytest.mark.parametrize(
    ("date", "said"),
    [
        (None, ""),
        (BORN - DAY, "before the child"),
        (BORN, ""),
        (TODAY, ""),
        (TODAY + DAY, "future"),
        (dt.date.max, "future"),
    ],
)
def test_a_child_s_end(date, said):
    assert said in (refused := refusal_of(possible_dates.refuse_end_of_child, date, BORN, TODAY))
    assert bool(said) is bool(refused)


@pytest.mark.parametrize(
    ("date", "weeks", "born", "said"),
    [
        (None, None, [], ""),
        (START, None, [], ""),
        (START - DAY, None, [], "before the beginning"),
        (TODAY, None, [TODAY], ""),
        (TODAY + DAY, None, [], "future"),
        (TODAY, 1, [], ""),
        (TODAY, 45, [], ""),
        (TODAY, 0, [], "weeks"),
        (TODAY, 46, [], "weeks"),
        (TODAY - DAY, None, [TODAY + DAY], "future"),
        (None, None, [START - DAY], "before the beginning"),
        (TODAY - DAY, None, [TODAY - DAY, TODAY], ""),
        (TODAY, None, [TODAY, TODAY - MOST_APART], ""),
        (TODAY, None, [TODAY, TODAY - MOST_APART - DAY], "too far"),
    ],
)
def test_how_a_pregnancy_ends(date, weeks, born, said):
    refused = refusal_of(possible_dates.refuse_outcome, date, weeks, born, start=START, today=TODAY)
    assert said in refused
    assert bool(said) is bool(refused)
