"""Records of doses that a child had: append-only; what was wrong is retracted, with who, when and why."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext as _

from hera.child_health.changes import facts_changed
from hera.child_health.dose_numbers import Told, doses_of_products
from hera.child_health.models import Child, DoseGiven, VaccineDose
from hera.child_health.partial_dates import NOT_KNOWN, PartialDate
from hera.child_health.plan.doses_told import APART, is_possible
from hera.child_health.plan.given_sql import CAN_STAND, STANDS
from hera.child_health.plan.subject import Record
from hera.child_health.possible_dates import NotPossible
from hera.core import clock, countries
from hera.core.ids import id_in

Precision = DoseGiven.Precision
Source = DoseGiven.Source
# What she answered of a visit is kept with the day on which it was planned: it tells a birth date as that does.
ON_PLANNED_DAYS = frozenset({Source.SURVEY})
BY_HER = "the mother"
UNTICKED = "the vaccine was unticked"
ANSWERED_OTHERWISE = "the question was answered otherwise later"


@dataclass(frozen=True)
class Entry:
    """A dose as somebody enters it: a dose of the programme, or else the code of a product, or what the card says."""

    vaccine_dose_id: int | None = None
    product: str = ""
    text: str = ""
    date: PartialDate = NOT_KNOWN
    country: str = ""
    place: str = ""
    lot: str = ""
    campaign: bool = False
    client_key: str | None = None


def that_count(child_id: int) -> QuerySet[DoseGiven]:
    """The records of a child that were not retracted, in the order of their dates; those without one come last."""
    found = DoseGiven.objects.filter(child_id=child_id, retracted_at=None).select_related("child")
    return found.order_by(F("date").asc(nulls_last=True), "id")


def that_stand(found: QuerySet[DoseGiven], before: dt.datetime | None = None) -> QuerySet[DoseGiven]:
    """Those of these records that stand for a dose of the schedule (`given_sql.STANDS`).

    Args:
        before: those that did so at this moment, where that is not now.
    """
    if before is not None:
        return found.filter(pk__in=RawSQL(_STOOD, (before, before)))  # noqa: S611  (constants only)
    return found.filter(pk__in=RawSQL(_STANDING, ()))  # noqa: S611  (constants only)


_STANDING = f"""
    SELECT given.id FROM child_health_dosegiven given JOIN child_health_child child ON child.id = given.child_id
    WHERE {STANDS}
"""  # noqa: S608  (constants only)
_STOOD = f"""
    SELECT given.id FROM child_health_dosegiven given JOIN child_health_child child ON child.id = given.child_id
    WHERE given.entered_at < %s AND (given.retracted_at IS NULL OR given.retracted_at >= %s) AND {CAN_STAND}
"""  # noqa: S608  (constants only)


def stands(one: DoseGiven) -> bool:
    """Whether a record stands for a dose of the schedule; its child must be read with it."""
    return one.retracted_at is None and not one.campaign and is_possible(record_of(one), one.child.date_of_birth)


def record_of(one: DoseGiven) -> Record:
    """A record as a plan reads it."""
    return Record(
        one.vaccine_dose_id,
        one.vaccine_id,
        one.due_by,
        one.date,
        one.precision,
        one.product,
        one.text,
        one.source,
        one.campaign,
        one.entered_at.date(),
        one.pk,
    )


def given_to(child: Child, pk: str) -> DoseGiven | None:
    """A record of this child by its id as somebody wrote it, also a retracted one; None if there is none such."""
    return DoseGiven.objects.filter(pk=id_in(pk), child_id=child.pk).select_related("child").first()


@dataclass(frozen=True)
class Wanted:
    """An entry for a child; `today` is the mother's date."""

    child: Child
    entry: Entry
    today: dt.date


def record(
    child: Child, entries: Sequence[Entry], source: Source, *, today: dt.date, by: User | None = None
) -> list[DoseGiven]:
    """Record doses of one child, all or none, as `record_all` does.

    Raises:
        NotPossible: if it is not said which dose it was, or that is not known.
    """
    return record_all([Wanted(child, entry, today) for entry in entries], source, by=by)


@transaction.atomic
def record_all(wanted: Sequence[Wanted], source: Source, *, by: User | None = None) -> list[DoseGiven]:
    """Record doses of children, all or none; returns their records in the order of the entries.

    Those that were not there before have `is_new`. The same entry twice is one record. A product that has the name of a
    vaccine of the programme is the earliest dose of it that no record has.

    What cannot be right (`doubt`) is kept as it was said, counts for nothing, and is asked about.

    Args:
        by: the member of staff; None: the mother.

    Raises:
        NotPossible: if it is not said which dose it was, or that is not known.
    """
    if lock(one.child.pk for one in wanted) < len({one.child.pk for one in wanted}):
        raise NotPossible(_("This child has been deleted."))
    for refusal in refusals(wanted).values():
        raise NotPossible(refusal)
    records = matched(wanted, source, by=by)
    new = {id(row): row for row in records if row.pk is None}
    for row in DoseGiven.objects.bulk_create(list(new.values())):
        row.is_new = True  # type: ignore[attr-defined]
    facts_changed(sorted({one.child.user_id for one in wanted}))
    return records


def lock(child_ids: Iterable[int]) -> int:
    """Let nobody else add to these children's records until the transaction ends; returns how many there are."""
    found = Child.objects.select_for_update().filter(pk__in=set(child_ids)).order_by("pk")
    return len(found.values_list("pk"))


def matched(wanted: Sequence[Wanted], source: Source, *, by: User | None = None) -> list[DoseGiven]:
    """The records that these entries are, in their order: those that are there, and new ones that are not kept yet."""
    present: defaultdict[int, list[DoseGiven]] = defaultdict(list)
    counting = DoseGiven.objects.filter(child__in={one.child.pk for one in wanted}, retracted_at=None)
    for row in counting.order_by(F("date").asc(nulls_last=True), "id"):
        present[row.child_id].append(row)
    told = (Told(one.child.pk, one.entry.product, one.entry.date, one.entry.campaign) for one in wanted)
    named = doses_of_products(list(told), present, source)
    now = clock.now()
    records: list[DoseGiven] = []
    for place, (child, entry) in enumerate((one.child, one.entry) for one in wanted):
        new = DoseGiven(
            child=child,
            vaccine_dose_id=entry.vaccine_dose_id or named.get(place),
            product=entry.product,
            text=entry.text,
            date=entry.date.day,
            precision=entry.date.precision,
            source=source,
            country=entry.country,
            place=entry.place,
            lot=entry.lot,
            campaign=entry.campaign,
            client_key=entry.client_key,
            entered_by=by,
            entered_at=now,
        )
        same = next(
            (there for there in present[child.pk] if _is_same(there, new) and not _is_one_more(there, new, records)),
            None,
        )
        if same is None:
            if any(there.client_key == new.client_key for there in present[child.pk]):
                new.client_key = None  # of something else, long ago
            present[child.pk].append(new)
        records.append(same or new)
    return records


def _is_one_more(there: DoseGiven, new: DoseGiven, of_card: Iterable[DoseGiven]) -> bool:
    """Whether an entry of a product without a day is another dose than the one that is there.

    A card may have a vaccine three times with its year alone; a phone gives each entry a key of its own.
    """
    is_same_entry = new.client_key is not None and there.client_key == new.client_key
    if is_same_entry or not new.product or new.precision not in {Precision.YEAR, Precision.UNKNOWN}:
        return False
    has_own_key = there.client_key is not None and new.client_key is not None
    return has_own_key or any(there is one for one in of_card)


def _is_same(there: DoseGiven, wanted: DoseGiven) -> bool:
    what = ("source", "date", "precision", "text", "campaign")
    # Of a product, which dose it is follows from it.
    same_dose = bool(wanted.product) or there.vaccine_dose_id == wanted.vaccine_dose_id
    same_product = there.product.casefold() == wanted.product.casefold()
    return same_dose and same_product and all(getattr(there, name) == getattr(wanted, name) for name in what)


def refusals(wanted: Sequence[Wanted]) -> dict[int, str]:
    """Why entries cannot be recorded, each by its place, for whoever entered it; empty if all can."""
    asked = {one.entry.vaccine_dose_id for one in wanted if one.entry.vaccine_dose_id is not None}
    known = set(VaccineDose.objects.filter(pk__in=asked).values_list("pk", flat=True))
    told = {place: _refusal(one, known) for place, one in enumerate(wanted)}
    return {place: refusal for place, refusal in told.items() if refusal}


def doubt(wanted: Wanted) -> str:
    """Why an entry cannot be right, for whoever entered it; empty if it can."""
    latest = wanted.entry.date.latest
    if wanted.entry.date.day is not None and wanted.entry.date.day > wanted.today:
        return _("This date is in the future.")
    if latest is not None and latest < wanted.child.date_of_birth:
        return _("This date lies before the child's birth.")
    return ""


def _refusal(wanted: Wanted, known: set[int]) -> str:
    entry = wanted.entry
    if not (entry.vaccine_dose_id or entry.product or entry.text):
        return _("Please say which dose it was.")
    if entry.vaccine_dose_id is not None and entry.vaccine_dose_id not in known:
        return _("This dose is not in the programme.")
    if entry.country and entry.country not in countries.codes():
        return _("Write the country as its two letters, such as TR or SY.")
    return ""


@transaction.atomic
def retract(given: DoseGiven, reason: str, *, by: User | None = None) -> None:
    """Retract a record: it counts for nothing from now on, as if it had never been entered. Harmless if repeated."""
    _retract(DoseGiven.objects.filter(pk=given.pk), reason, by)
    facts_changed([given.child.user_id])


def hold(ids: Iterable[int]) -> None:
    """Let nobody else change the records of the children that these are of, until the transaction ends."""
    lock(DoseGiven.objects.filter(pk__in=list(ids)).values_list("child_id", flat=True))


def states(ids: Iterable[int]) -> dict[int, str]:
    """Whether each of these records counts still, or was retracted; one that is gone is left out."""
    found = DoseGiven.objects.filter(pk__in=list(ids)).values_list("pk", "retracted_at", "child_id")
    return {pk: f"{child} retracted" if retracted else f"{child} counts" for pk, retracted, child in found}


@transaction.atomic
def remove(ids: Iterable[int]) -> None:
    """Delete records that a table brought and that is taken back: it may be brought again, mended."""
    found = DoseGiven.objects.filter(pk__in=list(ids))
    users = sorted(set(found.values_list("child__user_id", flat=True)))
    found.delete()
    facts_changed(users)


def record_answer(child_id: int, dose_ids: Sequence[int], given_on: dt.date | None, key: str) -> dict[int, int]:
    """Record the doses of a visit that she says took place, in the caller's transaction; returns vaccine by dose id.

    What is recorded already, off a card perhaps, is left as it is; unless that was weeks before: a schedule may ask
    for a number again.
    """
    known = dict(VaccineDose.objects.filter(pk__in=dose_ids).values_list("pk", "vaccine_id"))
    there = that_stand(DoseGiven.objects.filter(child_id=child_id, vaccine_dose__in=known))
    recorded = {dose for dose, day in there.values_list("vaccine_dose", "date") if not _is_later(given_on, day)}
    now = clock.now()
    DoseGiven.objects.bulk_create(
        [
            DoseGiven(
                child_id=child_id,
                vaccine_dose_id=dose_id,
                date=given_on,
                precision=Precision.DAY if given_on else Precision.UNKNOWN,
                source=Source.SURVEY,
                client_key=f"{key}/dose-{dose_id}",
                entered_at=now,
            )
            for dose_id in sorted(set(known) - recorded)
        ],
        ignore_conflicts=True,
    )
    return known


def _is_later(given_on: dt.date | None, there: dt.date | None) -> bool:
    """Whether that is another dose than the one that is there."""
    return given_on is not None and there is not None and given_on - there >= APART


def retract_answer(child_id: int, key: str) -> set[int]:
    """Retract what this answer recorded, in the caller's transaction; returns the vaccines concerned."""
    found = DoseGiven.objects.filter(child_id=child_id, client_key__startswith=f"{key}/", retracted_at=None)
    vaccines = set(found.values_list("vaccine_dose__vaccine", flat=True))
    _retract(found, ANSWERED_OTHERWISE, None)
    return vaccines


def vaccines_known(child_id: int) -> set[int]:
    """The vaccines of which some record of a child counts."""
    found = that_count(child_id).values_list("vaccine", "vaccine_dose__vaccine")
    return {vaccine for row in found for vaccine in row if vaccine is not None}


def record_ticks(child_id: int, vaccine_ids: set[int], today: dt.date) -> None:
    """Record new ticks, in the caller's transaction: the doses of these vaccines that are due by `today` were given."""
    now = clock.now()
    DoseGiven.objects.bulk_create(
        DoseGiven(child_id=child_id, vaccine_id=vaccine_id, due_by=today, source=Source.TICK, entered_at=now)
        for vaccine_id in sorted(vaccine_ids)
    )


def retract_hearsay(child_id: int, vaccine_ids: set[int]) -> None:
    """Retract what ticks and answers said of these vaccines, in the caller's transaction."""
    said = Q(source=Source.TICK, vaccine__in=vaccine_ids) | Q(
        source=Source.SURVEY, vaccine_dose__vaccine__in=vaccine_ids
    )
    _retract(DoseGiven.objects.filter(said, child_id=child_id, retracted_at=None), UNTICKED, None)


def _retract(found: QuerySet[DoseGiven], reason: str, by: User | None) -> None:
    found.filter(retracted_at=None).update(retracted_at=clock.now(), retracted_by=by, retraction=reason[:255])
