"""Organize the immunization history: whose record it is, and which dose counts for which antigen (CDSi 4.2)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hera.immunization import ages

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hera.immunization.schedule import Schedule


@dataclass(frozen=True, slots=True)
class Given:
    """A dose given.

    Args:
        date: in the future or before the birth it moves no date (`set_aside`).
        product: a code that the schedule knows; one of another counts for no antigen (`set_aside`).
        counts: False of one that is kept, but counts for nothing but the gap between live vaccines (CDSi 6.1: spoilt;
            or a campaign's).
        key: what the caller calls it.
    """

    date: dt.date
    product: str
    maker: str = ""
    counts: bool = True
    key: int = 0


@dataclass(frozen=True, slots=True)
class Patient:
    """Whose record it is.

    Args:
        sex: as the schedule's series name it.
        doses: as they were entered; what judges them wants them in order (`set_aside`).
    """

    date_of_birth: dt.date
    sex: str
    doses: tuple[Given, ...] = ()


def by_antigen(patient: Patient, schedule: Schedule) -> Mapping[str, tuple[Given, ...]]:
    """Of each antigen the doses that contain it and count, in the order of the record."""
    found: dict[str, list[Given]] = {}
    for dose in patient.doses:
        for antigen in antigens_of(dose, patient, schedule) if dose.counts else ():
            found.setdefault(antigen, []).append(dose)
    return {antigen: tuple(doses) for antigen, doses in found.items()}


def antigens_of(dose: Given, patient: Patient, schedule: Schedule) -> list[str]:
    """What a dose protects against at the age at which it was given; nothing, if the schedule does not know it."""
    return [
        one.antigen
        for one in schedule.products.get(dose.product, ())
        if is_between(dose.date, patient.date_of_birth, one.since, one.until)
    ]


def in_order(dose: Given) -> tuple[dt.date, bool, str, str, int]:
    """By date; of one day in an order that does not depend on who was entered first."""
    return dose.date, not dose.counts, dose.product, dose.maker, dose.key


def is_between(day: dt.date, start: dt.date, since: ages.Period | None, until: ages.Period | None) -> bool:
    """Whether a day lies from `since` until before `until`, both counted from a start."""
    return (since is None or since.after(start) <= day) and (until is None or day < until.after(start))
