"""Every reason and every status that there is, from a schedule small enough to be read."""

from __future__ import annotations

import datetime as dt
import itertools
import time

import pytest

from hera.immunization.ages import Period
from hera.immunization.assess import assess
from hera.immunization.forecast import Because, SeriesStatus
from hera.immunization.organize_history import Given, Patient
from hera.immunization.schedule import (
    AgeRule,
    Group,
    InForce,
    IntervalRule,
    LiveConflict,
    ProductAntigen,
    ProductRule,
    Schedule,
    Series,
    TargetDose,
)
from hera.immunization.verdicts import Reason, Status, Verdict

D = dt.date
BORN = D(2024, 1, 1)
TODAY = D(2026, 1, 1)
WEEKS = Period(weeks=4)

BASIC = TargetDose(
    1,
    ages=(AgeRule(Period(weeks=6, days=-4), Period(weeks=6), Period(weeks=8), Period(weeks=12), Period(years=5)),),
    preferable=(ProductRule("basic"),),
    allowable=(ProductRule("combined", since=Period(weeks=10)),),
    inadvertent=frozenset({"adult"}),
)
SECOND = TargetDose(
    2,
    ages=BASIC.ages,
    intervals=(IntervalRule(from_previous=True, absolute_minimum=Period(weeks=4, days=-4), minimum=WEEKS),),
    preferable=BASIC.preferable,
)
LIVE = TargetDose(1, ages=(AgeRule(minimum=Period(months=9)),), preferable=(ProductRule("live"),))
ONE_MORE = TargetDose(2, preferable=(ProductRule("live"),))
WINTER = TargetDose(1, preferable=(ProductRule("winter"),), season=InForce(D(2025, 9, 1), D(2026, 3, 31)))
GAP = LiveConflict(Period(days=1), Period(days=24), Period(days=28))
SCHEDULE = Schedule(
    products={
        "basic": (ProductAntigen("A"),),
        "combined": (ProductAntigen("A"),),
        "adult": (ProductAntigen("A"),),
        "live": (ProductAntigen("L"),),
        "winter": (ProductAntigen("W"),),
        "travel": (ProductAntigen("T"),),
    },
    series={
        "A": (Series("A", "A", (BASIC, SECOND), is_default=True),),
        "L": (Series("L", "L", (LIVE, ONE_MORE), is_default=True),),
        "W": (Series("W", "W", (WINTER,), is_default=True),),
    },
    groups=(Group("A", ("A",)), Group("L", ("L",)), Group("W", ("W",))),
    conflicts={("live", "live"): GAP, ("nasal", "live"): GAP},
    born_before={"L": D(1970, 1, 1)},
)


def _given(*said: str, counts: bool = True) -> tuple[Given, ...]:
    """Doses from "basic 2024-02-12"."""
    parts = [one.split() for one in said]
    return tuple(
        Given(D.fromisoformat(day), product, counts=counts, key=key) for key, (product, day) in enumerate(parts)
    )


def _last(record: tuple[Given, ...], today: dt.date = TODAY) -> Verdict:
    found = assess(Patient(BORN, "F", record), SCHEDULE, today)
    verdicts = [verdict for best in found.best.values() for one in best for verdict in one.track.verdicts]
    (verdict,) = [verdict for verdict in [*verdicts, *found.aside] if verdict.dose == record[-1]]
    return verdict


REASONS = {
    Reason.TOO_YOUNG: _given("basic 2024-02-07"),
    Reason.TOO_OLD: _given("basic 2029-01-01"),
    Reason.TOO_SOON: _given("basic 2024-02-12", "basic 2024-03-06"),
    Reason.LIVE_CONFLICT: _given("live 2024-10-01", "live 2024-10-24"),
    Reason.INADVERTENT: _given("adult 2024-02-12"),
    Reason.WRONG_PRODUCT: _given("combined 2024-02-12"),
    Reason.SERIES_COMPLETE: _given("basic 2024-02-12", "basic 2024-03-11", "basic 2024-04-08"),
    Reason.SAME_DAY: _given("basic 2024-04-08", "combined 2024-04-08"),
    Reason.NOT_COUNTED: _given("basic 2024-02-12", counts=False),
    Reason.BEFORE_BIRTH: _given("basic 2023-12-31"),
    Reason.IN_FUTURE: _given("basic 2030-01-02"),
    Reason.UNKNOWN_PRODUCT: _given("nasal 2024-02-12"),
    Reason.NOT_PLANNED: _given("travel 2024-02-12"),
}
EXTRANEOUS = {Reason.TOO_OLD, Reason.SERIES_COMPLETE, Reason.SAME_DAY, Reason.NOT_PLANNED}


@pytest.mark.parametrize("reason", Reason)
def test_a_dose_does_not_count_for_each_reason(reason):
    verdict = _last(REASONS[reason], D(2030, 1, 1))
    assert verdict.reason is reason
    assert verdict.status is (Status.EXTRANEOUS if reason in EXTRANEOUS else Status.NOT_VALID)


@pytest.mark.parametrize(
    ("record", "in_grace"),
    [
        (_given("basic 2024-02-12"), False),
        (_given("basic 2024-02-08"), True),
        (_given("basic 2024-02-12", "basic 2024-03-11"), False),
        (_given("basic 2024-02-12", "basic 2024-03-07"), True),
        (_given("combined 2024-03-11"), False),
    ],
)
def test_a_dose_counts_also_within_its_days_of_grace(record, in_grace):
    verdict = _last(record)
    assert (verdict.status, verdict.reason, verdict.in_grace) == (Status.VALID, None, in_grace)


@pytest.mark.parametrize(
    ("reason", "counts_from", "other"),
    [
        (Reason.TOO_YOUNG, D(2024, 2, 8), None),
        (Reason.TOO_SOON, D(2024, 3, 7), 0),
        (Reason.LIVE_CONFLICT, D(2024, 10, 25), 0),
    ],
)
def test_what_was_too_early_says_by_when_and_after_what(reason, counts_from, other):
    """From when it would have counted, and the minimum itself: each is four days of grace later here."""
    record = REASONS[reason]
    verdict = _last(record)
    assert verdict.counts_from == counts_from
    assert verdict.minimum_day == counts_from + dt.timedelta(days=4)
    assert verdict.other == (None if other is None else record[other])


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_of_two_gaps_the_one_that_ends_last_is_named(order):
    """After the one that counted 24 days, after the other 28: whichever was entered first."""
    record = _given("nasal 2024-10-01", "nasal 2024-10-10", "live 2024-10-12")
    found = assess(Patient(BORN, "F", tuple(record[place] for place in order)), SCHEDULE, D(2024, 12, 1))
    (verdict,) = found.best["L"][0].track.verdicts
    assert (verdict.reason, verdict.counts_from, verdict.other) == (
        Reason.LIVE_CONFLICT,
        D(2024, 10, 10) + dt.timedelta(days=28),
        record[1],
    )


@pytest.mark.parametrize(
    ("antigen", "born", "record", "today", "status", "because"),
    [
        ("A", BORN, (), D(2024, 1, 2), SeriesStatus.NOT_COMPLETE, Because.AGE),
        ("A", BORN, _given("basic 2024-02-12"), D(2024, 2, 13), SeriesStatus.NOT_COMPLETE, Because.INTERVAL),
        ("A", BORN, _given("combined 2024-03-01"), D(2024, 3, 2), SeriesStatus.NOT_COMPLETE, Because.LAST_DOSE),
        ("A", BORN, _given("adult 2024-03-01"), D(2024, 3, 2), SeriesStatus.NOT_COMPLETE, Because.INADVERTENT),
        ("A", BORN, REASONS[Reason.SERIES_COMPLETE], D(2024, 5, 1), SeriesStatus.COMPLETE, None),
        ("A", BORN, (), D(2029, 1, 1), SeriesStatus.AGED_OUT, None),
        ("L", BORN, _given("nasal 2024-10-01"), D(2024, 10, 2), SeriesStatus.NOT_COMPLETE, Because.LIVE_CONFLICT),
        ("L", D(1969, 12, 31), (), D(2024, 1, 2), SeriesStatus.IMMUNE, None),
        ("W", BORN, (), D(2025, 6, 1), SeriesStatus.NOT_COMPLETE, Because.SEASON),
        ("W", BORN, (), D(2026, 4, 1), SeriesStatus.NOT_RECOMMENDED, None),
    ],
)
def test_each_status_and_what_the_earliest_day_follows_from(antigen, born, record, today, status, because):
    (one,) = assess(Patient(born, "F", record), SCHEDULE, today).best[antigen]
    assert (one.forecast.status, one.forecast.because) == (status, because)


@pytest.mark.parametrize(
    ("record", "earliest", "wait", "other"),
    [
        ((), D(2024, 2, 12), Period(weeks=6), None),
        (_given("basic 2024-02-12"), D(2024, 3, 11), WEEKS, 0),
        (_given("basic 2024-02-01"), D(2024, 2, 12), Period(weeks=6), None),  # too young: the first is still wanted
    ],
)
def test_a_forecast_says_what_has_to_be_waited_for(record, earliest, wait, other):
    (one,) = assess(Patient(BORN, "F", record), SCHEDULE, D(2024, 3, 1)).best["A"]
    assert (one.forecast.earliest, one.forecast.wait) == (earliest, wait)
    assert one.forecast.other == (None if other is None else record[other])


def test_too_old_says_which_day_was_the_last():
    (one,) = assess(Patient(BORN, "F"), SCHEDULE, D(2029, 1, 1)).best["A"]
    assert one.forecast.latest == D(2028, 12, 31)


def test_a_row_of_live_vaccines_is_judged_quickly():
    """Each asks whether those in the weeks before it counted, and these ask the same: it is asked once of each."""
    record = tuple(Given(D(2024, 10, 1) + dt.timedelta(days=5 * n), "live", key=n) for n in range(80))
    started = time.process_time()
    found = assess(Patient(BORN, "F", record), SCHEDULE, D(2026, 1, 1))
    assert time.process_time() - started < 5
    verdicts = found.best["L"][0].track.verdicts
    assert [verdict.reason for verdict in verdicts[:3]] == [None, Reason.LIVE_CONFLICT, Reason.LIVE_CONFLICT]
    assert all(verdict.reason is Reason.LIVE_CONFLICT for verdict in verdicts[1:])
