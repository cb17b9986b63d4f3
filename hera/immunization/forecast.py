"""Forecast dates and reasons: when is the next dose of a series due, if any (CDSi 7)?"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from hera.immunization import live_virus_conflict
from hera.immunization.conditional_skip import IsComplete, is_skipped_when_forecasting
from hera.immunization.evaluate_interval import earlier_dose
from hera.immunization.verdicts import Reason, Track

if TYPE_CHECKING:
    from hera.immunization.ages import Period
    from hera.immunization.schedule import IntervalRule, Schedule, TargetDose


class SeriesStatus(StrEnum):
    """What a series has come to (CDSi 3.3)."""

    NOT_COMPLETE = "not complete"
    COMPLETE = "complete"
    AGED_OUT = "aged out"
    IMMUNE = "immune"
    NOT_RECOMMENDED = "not recommended"


class Because(StrEnum):
    """What the earliest date follows from."""

    AGE = "age"
    INTERVAL = "interval"
    LIVE_CONFLICT = "live conflict"
    SEASON = "season"
    LAST_DOSE = "last dose"
    INADVERTENT = "inadvertent"


@dataclass(frozen=True, slots=True)
class Forecast:
    """The next dose of a series. Dates are given only where a dose is due.

    Args:
        number: which dose it is, counted by the doses that counted (FORECASTDN-1).
        earliest: the first day on which it may be given.
        recommended: the day on which it is due.
        past_due: the last day on which it is not overdue.
        latest: the last day on which it may be given at all.
        because: what `earliest` follows from.
        finish: the first day on which the whole series could be done.
        overrides: whether an interval goes before other antigens of its group.
    """

    status: SeriesStatus
    target: TargetDose | None = None
    number: int | None = None
    earliest: dt.date | None = None
    recommended: dt.date | None = None
    past_due: dt.date | None = None
    latest: dt.date | None = None
    because: Because | None = None
    finish: dt.date | None = None
    overrides: bool = False


class _Dates(NamedTuple):
    earliest: dt.date
    because: Because
    recommended: dt.date
    past_due: dt.date | None
    maximum: dt.date | None
    overrides: bool


def forecast(track: Track, schedule: Schedule, today: dt.date, is_complete: IsComplete) -> Forecast:
    """What comes next in a series that was evaluated (`evaluate_series`), as seen from a day."""
    rules_of = max(today, schedule.as_of)
    place = _next_place(track, track.place, today, rules_of, is_complete)
    while True:
        if place >= len(track.series.doses):
            return Forecast(SeriesStatus.COMPLETE if track.satisfied else SeriesStatus.NOT_RECOMMENDED)
        if _is_immune(track, schedule):
            return Forecast(SeriesStatus.IMMUNE)
        target = track.series.doses[place]
        if target.season is not None and target.season.until is not None and today > target.season.until:
            return Forecast(SeriesStatus.NOT_RECOMMENDED)
        dates = _dates(track, target, schedule, rules_of)
        if dates.maximum is not None and max(today, dates.earliest) >= dates.maximum:
            return Forecast(SeriesStatus.AGED_OUT)
        # 7.6: who may come no earlier than that day may need another dose then.
        later = _next_place(track, place, dates.earliest, rules_of, is_complete)
        if later == place:
            return _of(track, place, dates, rules_of)
        place = later


def _next_place(track: Track, place: int, day: dt.date, today: dt.date, is_complete: IsComplete) -> int:
    doses = track.series.doses
    while place < len(doses) and is_skipped_when_forecasting(track, doses[place], day, today, is_complete):
        place += 1
    return place


def _is_immune(track: Track, schedule: Schedule) -> bool:
    """Evidence of immunity by date of birth (7.2)."""
    before = schedule.born_before.get(track.series.antigen)
    return before is not None and track.patient.date_of_birth < before


def _of(track: Track, place: int, dates: _Dates, today: dt.date) -> Forecast:
    target = track.series.doses[place]
    return Forecast(
        SeriesStatus.NOT_COMPLETE,
        target,
        _number(track),
        dates.earliest,
        dates.recommended,
        dates.past_due,
        None if dates.maximum is None else dates.maximum - dt.timedelta(days=1),
        dates.because,
        _finish(track, place, dates.earliest, today),
        dates.overrides,
    )


def _number(track: Track) -> int:
    """FORECASTDN-1: one more than the doses that counted; of a seasonal one, than those of the season."""
    counted = [
        given
        for satisfied, given in track.satisfied
        if satisfied.season is None or satisfied.season.since is None or given.date >= satisfied.season.since
    ]
    return len(counted) + 1


def _dates(track: Track, target: TargetDose, schedule: Schedule, today: dt.date) -> _Dates:
    """FORECASTDT-1 to 6, and the earliest date adjusted by what must be over before it."""
    born = track.patient.date_of_birth
    age = target.age_on(today)
    intervals = [
        (rule, earlier)
        for rule in target.intervals
        if rule.in_force.on(today) and (earlier := earlier_dose(rule, track)) is not None
    ]

    def of_age(period: Period | None) -> dt.date | None:
        return None if period is None else period.after(born)

    earliest, because = _earliest(track, target, schedule, today, [(rule, given.date) for rule, given in intervals])
    recommended = of_age(age.earliest_recommended) or max(
        (rule.earliest_recommended.after(given.date) for rule, given in intervals if rule.earliest_recommended),
        default=earliest,
    )
    last = of_age(age.latest_recommended) or max(
        (rule.latest_recommended.after(given.date) for rule, given in intervals if rule.latest_recommended),
        default=None,
    )
    return _Dates(
        earliest,
        because,
        max(recommended, earliest),
        None if last is None else max(last - dt.timedelta(days=1), earliest),
        of_age(age.maximum),
        any(rule.overrides for rule, _ in intervals),
    )


def _earliest(
    track: Track, target: TargetDose, schedule: Schedule, today: dt.date, intervals: list[tuple[IntervalRule, dt.date]]
) -> tuple[dt.date, Because]:
    """The latest of all days before which the dose may not be given; of two on one day the first named says why."""
    born = track.patient.date_of_birth
    minimum = target.age_on(today).minimum
    found: list[tuple[dt.date | None, Because]] = [(born if minimum is None else minimum.after(born), Because.AGE)]
    found += [(rule.minimum.after(day), Because.INTERVAL) for rule, day in intervals if rule.minimum is not None]
    found.append((live_virus_conflict.ends(target, track.patient.doses, schedule), Because.LIVE_CONFLICT))
    found.append((None if target.season is None else target.season.since, Because.SEASON))
    found += [
        (verdict.dose.date, Because.INADVERTENT if verdict.reason is Reason.INADVERTENT else Because.LAST_DOSE)
        for verdict in track.verdicts
    ]
    dated = [(day, because) for day, because in found if day is not None]
    return max(dated, key=lambda one: one[0])


def _finish(track: Track, place: int, earliest: dt.date, today: dt.date) -> dt.date:
    """The first day on which the last dose of a series could be given, one minimum after the other."""
    born = track.patient.date_of_birth
    given = {target.number: dose.date for target, dose in track.satisfied}
    day = earliest
    given[track.series.doses[place].number] = earliest
    for target in track.series.doses[place + 1 :]:
        minimum = target.age_on(today).minimum
        days = [day] if minimum is None else [day, minimum.after(born)]
        for rule in target.intervals:
            start = day if rule.from_previous else given.get(rule.from_target or 0)
            if rule.minimum is not None and start is not None and rule.in_force.on(today):
                days.append(rule.minimum.after(start))
        given[target.number] = day = max(days)
    return day
