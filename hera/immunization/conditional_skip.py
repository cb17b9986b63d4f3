"""Conditional skip: is a target dose left out, by age or by what was given (CDSi 6.2 and 7.1)?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from hera.immunization.organize_history import Given, is_between
from hera.immunization.schedule import Compared, Condition, Skip, SkipCondition, SkipSet
from hera.immunization.verdicts import Track

if TYPE_CHECKING:
    from hera.immunization.schedule import TargetDose

# Whether any series of one of these groups of the same antigen is complete.
IsComplete = Callable[[frozenset[str]], bool]


def is_skipped_when_evaluating(track: Track, target: TargetDose, day: dt.date, is_complete: IsComplete) -> bool:
    """Whether a target dose is left out for a dose given on a day."""
    skips = [skip for skip in target.skips if skip.when_evaluating]
    if not skips:
        return False
    others = [dose for dose in track.patient.doses if dose.counts and dose.date < day]
    return any(_applies(skip, _Asked(track, others, day, day, is_complete)) for skip in skips)


def is_skipped_when_forecasting(
    track: Track, target: TargetDose, day: dt.date, today: dt.date, is_complete: IsComplete
) -> bool:
    """Whether a target dose is left out for who comes on a day, as seen from today."""
    skips = [skip for skip in target.skips if skip.when_forecasting]
    if not skips:
        return False
    given = [dose for dose in track.patient.doses if dose.counts]
    return any(_applies(skip, _Asked(track, given, day, today, is_complete)) for skip in skips)


class _Asked(NamedTuple):
    """What conditions are asked about.

    Args:
        doses: the doses given before, of whatever antigen.
        day: the reference date.
        today: by which it is told what is in force.
    """

    track: Track
    doses: Sequence[Given]
    day: dt.date
    today: dt.date
    is_complete: IsComplete


def _applies(skip: Skip, asked: _Asked) -> bool:
    met = (_is_met(one, asked) for one in skip.sets)
    return all(met) if skip.all_of else any(met)


def _is_met(one: SkipSet, asked: _Asked) -> bool:
    if not one.in_force.on(asked.today):
        return False
    met = (_holds(condition, asked) for condition in one.conditions)
    return all(met) if one.all_of else any(met)


def _holds(condition: SkipCondition, asked: _Asked) -> bool:
    """CONDSKIP-1 and CALCDTSKIP-3 to 5."""
    day = asked.day
    match condition.kind:
        case Condition.AGE:
            return is_between(day, asked.track.patient.date_of_birth, condition.since_age, condition.until_age)
        case Condition.COMPLETED_SERIES:
            return asked.is_complete(condition.series_groups)
        case Condition.INTERVAL:
            before = max((verdict.dose.date for verdict in asked.track.verdicts), default=None)
            return before is not None and condition.interval is not None and condition.interval.after(before) <= day
        case Condition.COUNT:
            count = _count(condition, asked)
            match condition.compared:
                case Compared.GREATER:
                    return count > condition.count
                case Compared.EQUAL:
                    return count == condition.count
                case Compared.LESS:
                    return count < condition.count


def _count(condition: SkipCondition, asked: _Asked) -> int:
    """How many doses a condition counts: those that count in this series, or all that it names."""
    track = asked.track
    if condition.only_valid:
        doses = track.valid
    elif condition.products:
        doses = [dose for dose in asked.doses if dose.product in condition.products]
    else:
        doses = [verdict.dose for verdict in track.verdicts]
    days = [
        dose.date
        for dose in doses
        if (not condition.products or dose.product in condition.products)
        and is_between(dose.date, track.patient.date_of_birth, condition.since_age, condition.until_age)
        and (condition.since is None or condition.since <= dose.date)
        and (condition.until is None or dose.date < condition.until)
    ]
    return len(set(days)) if track.once_a_day else len(days)
