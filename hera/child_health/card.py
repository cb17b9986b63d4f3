"""A child's record as a card by a pack: each dose as parents see it, how it stands, and why a record does not count.

Pure functions of facts: no query, and no today but the one that is given. A card names days, from which a birth date
can be worked out: where people are masked, there is no place for it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from hera.child_health.plan.visits import VACCINATION, Planned
from hera.immunization.assess import assess
from hera.immunization.organize_history import Patient
from hera.immunization.verdicts import Status, Verdict

if TYPE_CHECKING:
    from hera.child_health.plan.by_pack import ByPack
    from hera.child_health.plan.subject import Record, Subject
    from hera.immunization.assess import Assessment
    from hera.immunization.forecast import Forecast


class Standing(StrEnum):
    """How a dose stands for a child on a day."""

    GIVEN = "given"
    UNDATED = "told without a day"
    ASSUMED = "taken as given"  # nobody told of it: the plan does not ask for it
    NOT_COUNTED = "not counted"  # nothing is planned in its place
    OVERDUE = "overdue"
    DUE = "due"
    TO_COME = "to come"


class Row(NamedTuple):
    """A dose of a child's card.

    Args:
        dose_id: the dose as parents see it.
        record: the record that HERA goes by; None if there is none.
        planned: the visit that is planned for it, if it is missing: the first that is not over, else the last.
        not_counted: verdicts on records of this dose that count for nothing.
        contradicted: other records of this dose that name another day than `record`.
        product: that of `record`, where it is not the planned one: as the pack calls it, or else as it was told.
    """

    dose_id: int
    standing: Standing
    record: Record | None
    planned: Planned | None
    not_counted: tuple[Verdict, ...] = ()
    contradicted: tuple[Record, ...] = ()
    product: str = ""


class Card(NamedTuple):
    """A child's card.

    Args:
        rows: in the order of their due days, then by id.
        others: verdicts on records that count for nothing and were told of no dose of the pack.
        unread: records that nobody can place: of no known product, or of a product without a day.
        antigens: what comes next against each antigen, by its key: by the records with a day, and no others.
    """

    rows: tuple[Row, ...]
    others: tuple[Verdict, ...]
    unread: tuple[Record, ...]
    antigens: Mapping[str, Forecast]


def card_of(by_pack: ByPack, child: Subject, today: dt.date) -> Card:
    """The card of a child by a pack, on a day in its zone.

    Raises:
        OverflowError: if a date lies beyond the last day that there is.
        EndlessScheduleError: if the pack plans visits without end.
    """
    born, gender, records = child.born, child.gender, child.records
    visits = [one for one in by_pack.of_child(child) if one.kind == VACCINATION]
    given = by_pack.given(records)
    dated = {one.key for one in given}
    found = assess(Patient(born, gender, given), by_pack.schedule, today)
    refused = _refused(found)
    known = {one.pk: one for one in records}
    first_due: dict[int, dt.date] = {}
    for visit in visits:
        for dose in visit.doses:
            first_due[dose] = min(visit.due, first_due.get(dose, visit.due))
    for one in records:
        if one.dose_id in by_pack.dose_names:
            first_due.setdefault(one.dose_id, one.day or dt.date.max)
    rows = [
        _row(
            dose,
            [one for one in records if one.dose_id == dose],
            [visit for visit in visits if dose in visit.left],
            (dated, refused),
            today,
            is_ticked=any(_ticks(by_pack, one, dose, min(due, by_pack.due_by_age(dose, born))) for one in records),
        )
        for dose, due in sorted(first_due.items(), key=lambda item: (item[1], item[0]))
    ]
    others = [one for key, one in refused.items() if known[key].dose_id not in first_due]
    unread = [one for one in records if one.dose_id not in first_due and one.pk not in dated and one.due_by is None]
    rows = [row._replace(product=_other_product(by_pack, row.record)) for row in rows]
    return Card(tuple(rows), tuple(others), tuple(unread), _antigens(found))


def _row(
    dose: int,
    told: Sequence[Record],
    missing: Sequence[Planned],
    judged: tuple[set[int], dict[int, Verdict]],
    today: dt.date,
    *,
    is_ticked: bool,
) -> Row:
    dated, refused = judged
    chosen = next((one for one in told if one.pk in dated), None)
    record = chosen or next(iter(told), None)
    planned = next((one for one in missing if one.due >= today), missing[-1] if missing else None)
    not_counted = tuple(refused[one.pk] for one in told if one.pk in refused)
    contradicted = tuple(one for one in told if chosen and one.day and not _agree(one, chosen))
    if planned is not None:
        standing = _missing(missing, today)
    elif chosen is not None:
        standing = Standing.NOT_COUNTED if not_counted else Standing.GIVEN
    else:
        standing = Standing.UNDATED if record or is_ticked else Standing.ASSUMED
    return Row(dose, standing, record, planned, not_counted, contradicted)


def _missing(visits: Sequence[Planned], today: dt.date) -> Standing:
    if any(one.overdue_after is not None and one.overdue_after < today for one in visits):
        return Standing.OVERDUE
    return Standing.DUE if any(one.due <= today for one in visits) else Standing.TO_COME


def _antigens(found: Assessment) -> dict[str, Forecast]:
    """What comes next against each antigen: of several series the one that its group, which is alone, goes by."""
    return {
        name: next(one.forecast for one in found.best[name] if one.forecast.status is group.status)
        for name, group in found.groups.items()
    }


def _other_product(by_pack: ByPack, record: Record | None) -> str:
    """What was told to have been given, where it is not the product that is planned for the dose."""
    if record is None or not (record.product or record.text).strip():
        return ""
    told = by_pack.product(record._replace(dose_id=None))
    if told is None:
        return (record.product or record.text).strip()
    return "" if told == by_pack.product(record._replace(product="", text="")) else told


def _refused(found: Assessment) -> dict[int, Verdict]:
    """Of each record that counts against no disease, by its key, the first reason why."""
    verdicts = [
        *found.aside,
        *(one for best in found.best.values() for series in best for one in series.track.verdicts),
    ]
    counts = {one.dose.key for one in verdicts if one.status is Status.VALID}
    refused: dict[int, Verdict] = {}
    for one in verdicts:
        if one.dose.key not in counts:
            refused.setdefault(one.dose.key, one)
    return refused


def _agree(one: Record, other: Record) -> bool:
    """Whether two records can be of one day: a month agrees with its days, a year with its months."""
    assert one.day is not None
    assert other.day is not None
    parts = {"day": 3, "month": 2, "year": 1, "unknown": 0}
    same = min(parts[one.precision], parts[other.precision])
    return one.day.timetuple()[:same] == other.day.timetuple()[:same]


def _ticks(by_pack: ByPack, record: Record, dose: int, due: dt.date) -> bool:
    is_tick = record.dose_id is None and record.due_by is not None and due <= record.due_by
    return is_tick and any(
        vaccine.id == record.vaccine_id and known.id == dose for vaccine, known in by_pack.pack.doses().values()
    )
