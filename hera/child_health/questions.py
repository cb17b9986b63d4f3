"""What in a child's record cannot be right, or cannot be told: asked of who has the card, by a pack or without one.

Pure functions of facts.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from hera.child_health.plan.doses_told import is_possible
from hera.child_health.plan.subject import BELIEVED

if TYPE_CHECKING:
    from hera.child_health.plan.subject import Record

_PARTS = {"day": 3, "month": 2, "year": 1, "unknown": 0}  # of a date that are known


class Asked(StrEnum):
    """What is asked about a record."""

    WHICH_DAY = "which day"
    BEFORE_BIRTH = "before birth"
    IN_FUTURE = "in future"
    WHICH_PRODUCT = "which product"


class Question(NamedTuple):
    """A question about a record; `other` is the one that names another day of the same dose."""

    asked: Asked
    record: Record
    other: Record | None = None


def questions_of(born: dt.date, records: Iterable[Record], today: dt.date) -> list[Question]:
    """What is asked about a child's record where no pack is in use, on a day in its zone; by record, each once."""
    records = sorted(records, key=lambda one: (BELIEVED.index(one.source), one.pk))
    found = [Question(asked, one) for one in records for asked in _about(one, born, today)]
    by_dose: defaultdict[int, list[Record]] = defaultdict(list)
    for one in records:
        if one.dose_id is not None and one.day is not None:
            by_dose[one.dose_id].append(one)
    for first, *others in by_dose.values():
        found += [Question(Asked.WHICH_DAY, first, other) for other in others if not agree(first, other)]
    return sorted(found, key=lambda one: one.record.pk)


def _about(record: Record, born: dt.date, today: dt.date) -> Iterator[Asked]:
    if record.dose_id is None and record.due_by is None:
        yield Asked.WHICH_PRODUCT
    if record.day is None:
        return
    known = _PARTS[record.precision]
    if _until(record.day, known) < _until(born, known):
        yield Asked.BEFORE_BIRTH
    elif record.day > today or not is_possible(record, born):
        yield Asked.IN_FUTURE


def agree(one: Record, other: Record) -> bool:
    """Whether two records, whose days are known, can be of one day: a month agrees with its days, a year with both."""
    assert one.day is not None
    assert other.day is not None
    known = min(_PARTS[one.precision], _PARTS[other.precision])
    return _until(one.day, known) == _until(other.day, known)


def _until(day: dt.date, parts: int) -> tuple[int, ...]:
    return day.timetuple()[:parts]
