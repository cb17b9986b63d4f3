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
    from hera.immunization.organize_history import Given
    from hera.immunization.schedule import IntervalRule, Schedule, TargetDose


_ONE_DAY = dt.timedelta(days=1)
_SECOND_DAY = dt.date.min + _ONE_DAY


class SeriesStatus(StrEnum):
    """What a series has come to (CDSi 3.3)."""

    NOT_COMPLETE = "not complete"
    COMPLETE = "complete"
    AGED_OUT = "aged out"
    IMMUNE = "immune"
    NOT_RECOMMENDED = "not recommended"


class Because(StrEnum):
    """What the earliest date follows from (FORECASTDT-1)."""

    AGE = "age"
    INTERVAL = "interval"
    LIVE_CONFLICT = "live conflict"
    SEASON = "season"
    LAST_DOSE = "last dose"
    INADVERTENT = "inadvertent"


@dataclass(frozen=True, slots=True)
class Forecast:
    """The next dose of a series. Of one that is not incomplete there is a status only, and `latest` if it is too late.

    Args:
        number: which dose it is, counted by the doses that counted (FORECASTDN-1).
        earliest: the first day on which it may be given.
        recommended: the day on which it is due.
        past_due: the last day on which it is not overdue.
        latest: the last day on which it may be given at all.
        because: what `earliest` follows from.
        wait: the age that has to be reached, or the time that has to pass after `other`, by then; None of a bare date.
        other: the dose given that has to be waited after.
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
    wait: Period | None = None
    other: Given | None = None
    overrides: bool = False


class _Bound(NamedTuple):
    """A day before which a dose may not be given, and why; the fields as in `Forecast`."""

    day: dt.date
    because: Because
    wait: Period | None = None
    other: Given | None = None


class _Dates(NamedTuple):
    earliest: _Bound
    recommended: dt.date
    past_due: dt.date | None
    maximum: dt.date | None
    overrides: bool


def forecast(track: Track, schedule: Schedule, today: dt.date, is_complete: IsComplete) -> Forecast:
    """What comes next in a series that was evaluated (`evaluate_series`), as seen from a day (7.1, 7.2, 7.4 to 7.6).

    HERA knows of no contraindications (7.3), and of no immunity but that by birth date.
    """
    place = _next_place(track, track.place, today, today, is_complete)
    while True:
        if place >= len(track.series.doses):
            return Forecast(SeriesStatus.COMPLETE if track.satisfied else SeriesStatus.NOT_RECOMMENDED)
        if _is_immune(track, schedule):
            return Forecast(SeriesStatus.IMMUNE)
        target = track.series.doses[place]
        if target.season is not None and target.season.until is not None and today > target.season.until:
            return Forecast(SeriesStatus.NOT_RECOMMENDED)
        dates = _dates(track, target, schedule, today)
        if dates.maximum is not None and max(today, dates.earliest.day) >= dates.maximum:
            return Forecast(SeriesStatus.AGED_OUT, target, latest=_day_before(dates.maximum))
        # 7.6: who may come no earlier than that day may need another dose then.
        later = _next_place(track, place, dates.earliest.day, today, is_complete)
        if later == place:
            return _of(track, target, dates)
        place = later


def finish(track: Track, next_dose: Forecast, today: dt.date) -> dt.date | None:
    """The first day on which the last dose of a series could be given, one minimum after the other (for 8.5 and 8.6).

    Args:
        next_dose: what was forecast for the series; without a dose due in it, there is no such day.
        today: by which it is told which rules are in force.
    """
    if next_dose.target is None or next_dose.earliest is None:
        return None
    day = next_dose.earliest
    given = {target.number: dose.date for target, dose in track.satisfied} | {next_dose.target.number: day}
    for target in track.series.doses[next_dose.target.number :]:
        minimum = target.age_on(today).minimum
        days = [day] if minimum is None else [day, minimum.after(track.patient.date_of_birth)]
        for rule in target.intervals:
            start = day if rule.from_previous else given.get(rule.from_target or 0)
            if rule.minimum is not None and start is not None and rule.in_force.on(today):
                days.append(rule.minimum.after(start))
        given[target.number] = day = max(days)
    return day


def _next_place(track: Track, place: int, day: dt.date, today: dt.date, is_complete: IsComplete) -> int:
    doses = track.series.doses
    while place < len(doses) and is_skipped_when_forecasting(track, doses[place], day, today, is_complete):
        place += 1
    return place


def _is_immune(track: Track, schedule: Schedule) -> bool:
    """Evidence of immunity by date of birth (7.2)."""
    before = schedule.born_before.get(track.series.antigen)
    return before is not None and track.patient.date_of_birth < before


def _of(track: Track, target: TargetDose, dates: _Dates) -> Forecast:
    earliest = dates.earliest
    return Forecast(
        SeriesStatus.NOT_COMPLETE,
        target,
        _number(track),
        earliest.day,
        dates.recommended,
        dates.past_due,
        None if dates.maximum is None else _day_before(dates.maximum),
        earliest.because,
        earliest.wait,
        earliest.other,
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

    earliest = _earliest(track, target, schedule, age.minimum, intervals)
    recommended = of_age(age.earliest_recommended) or max(
        (rule.earliest_recommended.after(given.date) for rule, given in intervals if rule.earliest_recommended),
        default=earliest.day,
    )
    last = of_age(age.latest_recommended) or max(
        (rule.latest_recommended.after(given.date) for rule, given in intervals if rule.latest_recommended),
        default=None,
    )
    return _Dates(
        earliest,
        max(recommended, earliest.day),
        None if last is None else max(_day_before(last), recommended, earliest.day),
        of_age(age.maximum),
        any(rule.overrides for rule, _ in intervals),
    )


def _earliest(
    track: Track,
    target: TargetDose,
    schedule: Schedule,
    minimum: Period | None,
    intervals: list[tuple[IntervalRule, Given]],
) -> _Bound:
    """The latest of all days before which the dose may not be given; of two on one day the first named says why."""
    born = track.patient.date_of_birth
    bounds = [_Bound(born, Because.AGE)]
    if minimum is not None:
        bounds.append(_Bound(minimum.after(born), Because.AGE, minimum))
    bounds += [
        _Bound(rule.minimum.after(given.date), Because.INTERVAL, rule.minimum, given)
        for rule, given in intervals
        if rule.minimum is not None
    ]
    bounds += [
        _Bound(wait.after(given.date), Because.LIVE_CONFLICT, wait, given)
        for wait, given in live_virus_conflict.gaps(target, track.patient.doses, schedule)
    ]
    if target.season is not None and target.season.since is not None:
        bounds.append(_Bound(target.season.since, Because.SEASON))
    bounds += [
        _Bound(
            verdict.dose.date,
            Because.INADVERTENT if verdict.reason is Reason.INADVERTENT else Because.LAST_DOSE,
            None,
            verdict.dose,
        )
        for verdict in track.verdicts
    ]
    return max(bounds, key=lambda bound: bound.day)


def _day_before(day: dt.date) -> dt.date:
    """The last day that lies before a day; the calendar's first, if there is none."""
    return max(day, _SECOND_DAY) - _ONE_DAY
