"""What of a record is held against no series, and the rest of it in order. CDSi takes for granted that nothing is.

A card is read wrongly, or says what cannot be. Such a dose is neither dropped nor believed: it has a verdict of its
own, which staff see as a question.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING

from hera.immunization.organize_history import Given, Patient, antigens_of, in_order
from hera.immunization.relevant_series import relevant_series
from hera.immunization.verdicts import Reason, Status, Verdict

if TYPE_CHECKING:
    from hera.immunization.schedule import Schedule


def set_aside(patient: Patient, schedule: Schedule, today: dt.date) -> tuple[Patient, tuple[Verdict, ...]]:
    """The record with its doses oldest first, and verdicts on those that are held against no series.

    A dose dated before the birth or after today leaves the record: no date of any antigen follows from it. One that
    is not to count, of a product that the schedule does not know, or for which it has no series at that age and sex,
    stays in it: it counts for no dose, but others have to keep away from it if it is live.
    """
    possible = []
    aside = []
    for dose in sorted(patient.doses, key=in_order):
        if dose.date < patient.date_of_birth:
            aside.append(Verdict(dose, None, Status.NOT_VALID, Reason.BEFORE_BIRTH))
        elif dose.date > today:
            aside.append(Verdict(dose, None, Status.NOT_VALID, Reason.IN_FUTURE))
        else:
            possible.append(dose)
            aside += _of_no_series(dose, patient, schedule)
    return replace(patient, doses=tuple(possible)), tuple(aside)


def _of_no_series(dose: Given, patient: Patient, schedule: Schedule) -> list[Verdict]:
    if not dose.counts:
        return [Verdict(dose, None, Status.NOT_VALID, Reason.NOT_COUNTED)]
    if dose.product not in schedule.products:
        return [Verdict(dose, None, Status.NOT_VALID, Reason.UNKNOWN_PRODUCT)]
    if not any(relevant_series(antigen, patient, schedule) for antigen in antigens_of(dose, patient, schedule)):
        return [Verdict(dose, None, Status.EXTRANEOUS, Reason.NOT_PLANNED)]
    return []
