"""A child's record as a card by a pack: each dose as parents see it, how it stands, and why a record does not count.

Pure functions of facts: no query, and no today but the one that is given. A card names days, from which a birth date
can be worked out: where people are masked, there is no place for it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from hera.child_health.plan.doses_told import is_possible
from hera.child_health.plan.visits import VACCINATION, Planned
from hera.child_health.questions import agree
from hera.immunization.assess import assess
from hera.immunization.doses_had import doses_had
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
        since: the day from which on it is due, if it is missing.
        late_after: the last day on which it is not overdue, if it is missing; None if the pack does not say.
        not_counted: verdicts on records of this dose that count for nothing.
        contradicted: other records of this dose that name another day than `record`, and are taken for accounts of it,
            or for another dose of the same card.
        product: that of `record`, where it is not the planned one: as the pack calls it, or else as it was told.
        told_as: the dose as which `record` was told, where it counts for this one instead.
    """

    dose_id: int
    standing: Standing
    record: Record | None
    planned: Planned | None
    since: dt.date | None = None
    late_after: dt.date | None = None
    not_counted: tuple[Verdict, ...] = ()
    contradicted: tuple[Record, ...] = ()
    product: str = ""
    told_as: int | None = None


class Antigen(NamedTuple):
    """How a child stands against an antigen.

    Args:
        forecast: what comes next by the records with a day, and what is taken as given before them.
        undated: the doses that were told without a day.
        assumed: those that are taken as given, of which nobody has told.
        is_open: whether `forecast` tells what comes next: not so where that is one of these doses.
        missing: the first dose that is planned for it; None if none is.
    """

    forecast: Forecast
    undated: tuple[int, ...]
    assumed: tuple[int, ...]
    is_open: bool
    missing: Row | None


class Card(NamedTuple):
    """A child's card.

    Args:
        rows: in the order of their due days, then by id.
        besides: records that count against a disease, and stand for no dose of the pack.
        others: verdicts on records that count for nothing and were told of no dose of the pack.
        unread: records that nobody can place: of no known product, or of a product without a day.
        impossible: records of a day before the birth, or after the day on which they were told.
        antigens: what comes next against each antigen, by its key.
    """

    rows: tuple[Row, ...]
    besides: tuple[Record, ...]
    others: tuple[Verdict, ...]
    unread: tuple[Record, ...]
    impossible: tuple[Record, ...]
    antigens: Mapping[str, Antigen]


def card_of(by_pack: ByPack, child: Subject, today: dt.date) -> Card:
    """The card of a child by a pack, on a day in its zone.

    Raises:
        OverflowError: if a date lies beyond the last day that there is.
        EndlessScheduleError: if the pack plans visits without end.
    """
    born, gender = child.born, child.gender
    records = [one for one in child.records if is_possible(one, born)]
    visits = [one for one in by_pack.of_child(child) if one.kind == VACCINATION]
    dated = {one.key for one in by_pack.doses_told(child).given}
    found = assess(Patient(born, gender, by_pack.history_of(child)), by_pack.schedule, today)
    known = {one.pk: one for one in records}
    refused = {key: verdict for key, verdict in _refused(found).items() if key in known}
    counts_as = _counts_as(by_pack, found, known)
    first_due: dict[int, dt.date] = {}
    for visit in visits:
        for dose in visit.doses:
            first_due[dose] = min(visit.due, first_due.get(dose, visit.due))
    for one in records:
        if one.dose_id in by_pack.dose_names:
            first_due.setdefault(one.dose_id, one.day or dt.date.max)
    elsewhere = {record.pk for dose, record in counts_as.items() if dose != record.dose_id}
    rows = [
        _row(
            dose,
            counts_as.get(dose),
            [one for one in records if one.dose_id == dose and one.pk not in elsewhere],
            [visit for visit in visits if dose in visit.left],
            (dated, refused),
            today,
            is_ticked=any(_ticks(by_pack, one, dose, min(due, by_pack.due_by_age(dose, born))) for one in records),
        )
        for dose, due in sorted(first_due.items(), key=lambda item: (item[1], item[0]))
    ]
    others = [one for key, one in refused.items() if known[key].dose_id not in first_due]
    unread = [one for one in records if one.dose_id not in first_due and one.pk not in dated and one.due_by is None]
    rows = [
        row._replace(
            product=_other_product(by_pack, row.record),
            contradicted=row.contradicted
            + _told_twice(row, [one for one in records if one.pk in dated - refused.keys()]),
        )
        for row in rows
    ]
    shown = {one.pk for row in rows for one in (row.record, *row.contradicted) if one is not None}
    besides = [one for one in records if one.pk in dated - refused.keys() - shown and not one.campaign]
    impossible = tuple(one for one in child.records if not is_possible(one, born))
    return Card(tuple(rows), tuple(besides), tuple(others), tuple(unread), impossible, _antigens(by_pack, found, rows))


def _row(
    dose: int,
    counting: Record | None,
    told: Sequence[Record],
    missing: Sequence[Planned],
    judged: tuple[set[int], dict[int, Verdict]],
    today: dt.date,
    *,
    is_ticked: bool,
) -> Row:
    dated, refused = judged
    chosen = counting or next((one for one in told if one.pk in dated), None)
    planned = next((one for one in missing if one.due >= today), missing[-1] if missing else None)
    late_after = min((one.overdue_after for one in missing if one.overdue_after is not None), default=None)
    # What stands for a part of a dose that is missing, such as drops of polio for the six in one, is no account of it.
    record = next(iter(told), None) if chosen is None or (planned and chosen not in told) else chosen
    not_counted = tuple(refused[one.pk] for one in told if one.pk in refused)
    contradicted = tuple(
        one for one in told if chosen and one.pk not in dated and one.day and chosen.day and not agree(one, chosen)
    )
    if planned is not None:
        standing = _missing(missing, late_after, today)
    elif chosen is not None:
        standing = Standing.NOT_COUNTED if not_counted and counting is None else Standing.GIVEN
    else:
        standing = Standing.UNDATED if record or is_ticked else Standing.ASSUMED
    return Row(
        dose,
        standing,
        record,
        planned,
        missing[0].due if missing else None,
        late_after,
        not_counted,
        contradicted,
        told_as=record.dose_id if record and record == counting and record.dose_id != dose else None,
    )


def _told_twice(row: Row, counting: Sequence[Record]) -> tuple[Record, ...]:
    """Others that count too, of the number and the card of a row's record: weeks apart they are two doses, or else one
    whose day was written down twice."""
    mine = row.record
    if mine is None or mine not in counting or mine.day is None or mine.dose_id != row.dose_id:
        return ()
    same_card = (mine.dose_id, mine.source, mine.entered_on)
    return tuple(
        one
        for one in counting
        if one.pk != mine.pk
        and (one.dose_id, one.source, one.entered_on) == same_card
        and one.day is not None
        and not agree(one, mine)
    )


def _counts_as(by_pack: ByPack, found: Assessment, known: Mapping[int, Record]) -> dict[int, Record]:
    """The record by which a child has each dose that counts, by the dose.

    A dose that was told as another one may count for it: who has one dose on record has had the first. Of several, it
    is one that was told as it, or else the one that stands for it against most diseases.
    """
    ids = {key: dose.id for key, (_, dose) in by_pack.pack.doses().items()}
    had = doses_had({antigen: one[0] for antigen, one in found.best.items()}, by_pack.schedule)
    counts = {}
    for key, several in had.items():
        dose = ids.get(key)
        records = [known[given.key] for given in several if given.key in known]
        if dose is not None and records:
            counts[dose] = next((one for one in records if one.dose_id == dose), records[0])
    return counts


def _missing(visits: Sequence[Planned], late_after: dt.date | None, today: dt.date) -> Standing:
    if late_after is not None and late_after < today:
        return Standing.OVERDUE
    return Standing.DUE if any(one.due <= today for one in visits) else Standing.TO_COME


def _antigens(by_pack: ByPack, found: Assessment, rows: Sequence[Row]) -> dict[str, Antigen]:
    """What comes next against each antigen: of several series the one that its group, which is alone, goes by."""
    ids = {key: dose.id for key, (_, dose) in by_pack.pack.doses().items()}
    antigens = {}
    for name, group in found.groups.items():
        forecast = next(one.forecast for one in found.best[name] if one.forecast.status is group.status)
        doses = {ids[target.dose] for series in by_pack.pack.series[name] for target in series.doses}
        of_antigen = [row for row in rows if row.dose_id in doses]
        undated = tuple(row.dose_id for row in of_antigen if row.standing is Standing.UNDATED)
        assumed = tuple(row.dose_id for row in of_antigen if row.standing is Standing.ASSUMED)
        following = None if forecast.target is None else ids.get(forecast.target.key)
        missing = next((row for row in of_antigen if row.planned is not None), None)
        antigens[name] = Antigen(forecast, undated, assumed, following not in {*undated, *assumed}, missing)
    return antigens


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


def _ticks(by_pack: ByPack, record: Record, dose: int, due: dt.date) -> bool:
    is_tick = record.dose_id is None and record.due_by is not None and due <= record.due_by
    return is_tick and any(
        vaccine.id == record.vaccine_id and known.id == dose for vaccine, known in by_pack.pack.doses().values()
    )
