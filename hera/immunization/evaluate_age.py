"""Evaluate age: was a dose given at an age at which it counts (CDSi 6.4)?"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from hera.immunization.verdicts import Reason, Status, Verdict

if TYPE_CHECKING:
    from hera.immunization.organize_history import Given
    from hera.immunization.schedule import TargetDose


def objection(dose: Given, target: TargetDose, born: dt.date) -> Verdict | None:
    """Too young (CALCDTAGE-4), or too old (CALCDTAGE-1); None if the age is right or within the days of grace."""
    rule = target.age_on(dose.date)
    if rule.absolute_minimum is not None and dose.date < (counts_from := rule.absolute_minimum.after(born)):
        minimum_day = max(counts_from, rule.minimum.after(born)) if rule.minimum is not None else counts_from
        return Verdict(dose, target, Status.NOT_VALID, Reason.TOO_YOUNG, counts_from, minimum_day=minimum_day)
    if rule.maximum is not None and dose.date >= rule.maximum.after(born):
        return Verdict(dose, target, Status.EXTRANEOUS, Reason.TOO_OLD)
    return None


def is_in_grace(dose: Given, target: TargetDose, born: dt.date) -> bool:
    """Whether it counts although it was given before the minimum age."""
    minimum = target.age_on(dose.date).minimum
    return minimum is not None and dose.date < minimum.after(born)
