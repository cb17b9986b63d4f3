"""Was a dose of a product that is right for the target dose (CDSi 6.3 inadvertent, 6.8 preferable, 6.9 allowable)?"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from hera.immunization.organize_history import is_between
from hera.immunization.verdicts import Reason, Status, Verdict

if TYPE_CHECKING:
    from hera.immunization.organize_history import Given
    from hera.immunization.schedule import ProductRule, TargetDose


def inadvertent(dose: Given, target: TargetDose) -> Verdict | None:
    """A product that is given for this target dose by mistake only (6.3)."""
    if dose.product in target.inadvertent:
        return Verdict(dose, target, Status.NOT_VALID, Reason.INADVERTENT)
    return None


def objection(dose: Given, target: TargetDose, born: dt.date) -> Verdict | None:
    """A product that is neither preferable nor allowable at this age. A target dose that names none takes any."""
    rules = target.preferable + target.allowable
    if not rules or any(_fits(rule, dose, born) for rule in rules):
        return None
    return Verdict(dose, target, Status.NOT_VALID, Reason.WRONG_PRODUCT)


def _fits(rule: ProductRule, dose: Given, born: dt.date) -> bool:
    """CALCDTPREF-1, 2 and CALCDTALLOW-1, 2."""
    return (
        rule.product == dose.product
        and (not rule.maker or rule.maker == dose.maker)
        and is_between(dose.date, born, rule.since, rule.until)
    )
