"""Evaluate intervals: was a dose given long enough after the earlier ones (CDSi 6.5 preferable, 6.6 allowable)?"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from hera.immunization.verdicts import Reason, Status, Track, Verdict

if TYPE_CHECKING:
    from hera.immunization.organize_history import Given
    from hera.immunization.schedule import IntervalRule, TargetDose


def earlier_dose(rule: IntervalRule, track: Track, before: dt.date | None = None) -> Given | None:
    """The dose that an interval is counted from (CALCDTINT-1, 2, 8): None if there is none, and nothing to keep.

    Args:
        before: the day of the dose that is judged; None to ask of all that were given.
    """
    if rule.from_previous:
        doses = _that_space(track)
        if before is not None and track.once_a_day:
            doses = [dose for dose in doses if dose.date < before]
        return doses[-1] if doses else None
    if rule.from_target is not None:
        return track.satisfying(rule.from_target)
    listed = [
        dose
        for dose in track.patient.doses
        if dose.counts and dose.product in rule.from_products and (before is None or dose.date < before)
    ]
    return listed[-1] if listed else None


def objection(dose: Given, target: TargetDose, track: Track) -> Verdict | None:
    """Too soon after an earlier dose; None if every interval is kept, or all that are allowable instead."""
    failed = [found for rule in target.intervals if (found := _failed(rule, dose, track))]
    if not failed:
        return None
    allowed = [rule for rule in target.allowable_intervals if rule.in_force.on(dose.date)]
    if allowed and not any(_failed(rule, dose, track) for rule in allowed):
        return None
    counts_from, minimum_day, other = max(failed, key=lambda found: found[:2])
    return Verdict(dose, target, Status.NOT_VALID, Reason.TOO_SOON, counts_from, other, minimum_day=minimum_day)


def is_in_grace(dose: Given, target: TargetDose, track: Track) -> bool:
    """Whether it counts although it was given before a minimum interval was over."""
    for rule in target.intervals:
        if rule.minimum is None or not rule.in_force.on(dose.date):
            continue
        earlier = earlier_dose(rule, track, dose.date)
        if earlier is not None and dose.date < rule.minimum.after(earlier.date):
            return True
    return False


def _failed(rule: IntervalRule, dose: Given, track: Track) -> tuple[dt.date, dt.date, Given] | None:
    """From when it would have counted (CALCDTINT-3), when the minimum is over (CALCDTINT-4), and the earlier dose."""
    if rule.absolute_minimum is None or not rule.in_force.on(dose.date):
        return None
    earlier = earlier_dose(rule, track, dose.date)
    if earlier is None or dose.date >= (counts_from := rule.absolute_minimum.after(earlier.date)):
        return None
    minimum_day = counts_from if rule.minimum is None else max(counts_from, rule.minimum.after(earlier.date))
    return counts_from, minimum_day, earlier


def _that_space(track: Track) -> list[Given]:
    """The doses that a later one keeps away from: valid or not, but not extraneous, nor inadvertent."""
    return [
        verdict.dose
        for verdict in track.verdicts
        if verdict.status is not Status.EXTRANEOUS and verdict.reason is not Reason.INADVERTENT
    ]
