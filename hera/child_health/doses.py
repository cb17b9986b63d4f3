"""Records of doses that a child had: append-only; what was wrong is retracted, with who, when and why."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from hera.child_health.models import Child, DoseGiven, VaccineDose
from hera.core import clock
from hera.core.ports import announcements

_LONGEST_ID = 18  # digits
Precision = DoseGiven.Precision
Source = DoseGiven.Source
BY_HER = "the mother"
UNTICKED = "the vaccine was unticked"
ANSWERED_OTHERWISE = "the question was answered otherwise later"


class NotPossible(ValueError):  # noqa: N818
    """Such a dose cannot have been given; the message is for whoever entered it."""


@dataclass(frozen=True)
class PartialDate:
    """A date of which perhaps only the year, or the month, is known: its first day, and how exact it is."""

    day: dt.date | None = None
    precision: Precision = Precision.UNKNOWN

    @classmethod
    def read(cls, text: str | None) -> PartialDate:
        """The date of `2026`, `2026-03`, `2026-03-09`, or of nothing.

        Raises:
            ValueError: if the text is something else.
        """
        if not text:
            return cls()
        parts = text.split("-")
        precisions = {1: Precision.YEAR, 2: Precision.MONTH, 3: Precision.DAY}
        if len(parts) not in precisions or not all(part.isascii() and part.isdigit() for part in parts):
            raise ValueError(text)
        year, month, day = [*map(int, parts), 1, 1][:3]
        return cls(dt.date(year, month, day), precisions[len(parts)])

    def __str__(self) -> str:
        if self.day is None:
            return ""
        length = {Precision.YEAR: 4, Precision.MONTH: 7}.get(self.precision, 10)
        return self.day.isoformat()[:length]

    @property
    def latest(self) -> dt.date | None:
        """The last day that it can have been; None if nothing is known."""
        if self.day is None or self.precision == Precision.DAY:
            return self.day
        if self.precision == Precision.YEAR:
            return dt.date(self.day.year, 12, 31)
        return (self.day.replace(day=28) + dt.timedelta(days=4)).replace(day=1) - dt.timedelta(days=1)


@dataclass(frozen=True)
class Entry:
    """A dose as somebody enters it: a dose of the programme, or else the code of a product, or what the card says."""

    vaccine_dose_id: int | None = None
    product: str = ""
    text: str = ""
    date: PartialDate = PartialDate()
    country: str = ""
    place: str = ""
    lot: str = ""
    campaign: bool = False
    client_key: str | None = None


def that_count(child_id: int) -> QuerySet[DoseGiven]:
    """The records of a child that were not retracted, in the order of their dates; those without one come last."""
    found = DoseGiven.objects.filter(child_id=child_id, retracted_at=None)
    return found.order_by(F("date").asc(nulls_last=True), "id")


def given_to(child: Child, pk: str) -> DoseGiven | None:
    """A record of this child by its id as somebody wrote it, also a retracted one; None if there is none such."""
    if not (pk.isascii() and pk.isdigit()) or len(pk) > _LONGEST_ID:
        return None
    return DoseGiven.objects.filter(pk=int(pk), child_id=child.pk).select_related("child").first()


@transaction.atomic
def record(
    child: Child, entries: Sequence[Entry], source: Source, *, today: dt.date, by: User | None = None
) -> list[DoseGiven]:
    """Record doses of one child, all or none; returns their records in the order of the entries.

    The same entry twice is one record. A product that has the name of a vaccine of the programme is the earliest dose
    of it that no record has.

    Args:
        today: the mother's date.
        by: the member of staff; None: the mother.

    Raises:
        NotPossible: if a date lies before the birth or in the future, or a dose is not known.
    """
    list(Child.objects.select_for_update().filter(pk=child.pk).values_list("pk"))
    for entry in entries:
        _refuse_impossible(child, entry, today)
    present = list(that_count(child.pk))
    named = _doses_of_products(entries, present)
    known = set(
        VaccineDose.objects.filter(pk__in=[entry.vaccine_dose_id for entry in entries]).values_list("pk", flat=True)
    )
    now = clock.now()
    records: list[DoseGiven] = []
    for number, entry in enumerate(entries):
        if entry.vaccine_dose_id is not None and entry.vaccine_dose_id not in known:
            raise NotPossible(_("This dose is not in the programme."))
        wanted = DoseGiven(
            child=child,
            vaccine_dose_id=entry.vaccine_dose_id or named.get(number),
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
        same = next((there for there in [*present, *records] if _is_same(there, wanted)), None)
        records.append(same or wanted)
    new = list({id(row): row for row in records if row.pk is None}.values())
    DoseGiven.objects.bulk_create(new)
    announcements().look_again([child.user_id])
    return records


def _is_same(there: DoseGiven, wanted: DoseGiven) -> bool:
    if wanted.client_key is not None and there.client_key == wanted.client_key:
        return True
    what = ("source", "date", "precision", "product", "text", "campaign")
    # Of a product, which dose it is follows from it.
    same_dose = bool(wanted.product) or there.vaccine_dose_id == wanted.vaccine_dose_id
    return same_dose and all(getattr(there, name) == getattr(wanted, name) for name in what)


def _refuse_impossible(child: Child, entry: Entry, today: dt.date) -> None:
    if not (entry.vaccine_dose_id or entry.product or entry.text):
        raise NotPossible(_("Please say which dose it was."))
    day, latest = entry.date.day, entry.date.latest
    if day is not None and day > today:
        raise NotPossible(_("This date is in the future."))
    if latest is not None and latest < child.date_of_birth:
        raise NotPossible(_("This date lies before the child's birth."))


def _doses_of_products(entries: Sequence[Entry], present: Sequence[DoseGiven]) -> dict[int, int]:
    """The dose that an entry of a product is, by the entry's number; none where no vaccine is named like it."""
    wanted = {number: entry.product.casefold() for number, entry in enumerate(entries) if entry.product}
    if not wanted:
        return {}
    doses: dict[str, list[int]] = {}
    rows = VaccineDose.objects.filter(vaccine__is_active=True, is_active=True).select_related("vaccine")
    for dose in rows.order_by("week_age", "id"):
        for name in {dose.vaccine.name.casefold(), dose.vaccine.display_name.casefold()}:
            doses.setdefault(name, []).append(dose.pk)
    taken = {row.vaccine_dose_id for row in present} | {entry.vaccine_dose_id for entry in entries}
    found: dict[int, int] = {}
    for number, name in wanted.items():
        free = [pk for pk in doses.get(name, []) if pk not in taken]
        if free:
            found[number] = free[0]
            taken.add(free[0])
    return found


@transaction.atomic
def retract(given: DoseGiven, reason: str, *, by: User | None = None) -> None:
    """Retract a record: it counts for nothing from now on, as if it had never been entered. Harmless if repeated."""
    _retract(DoseGiven.objects.filter(pk=given.pk), reason, by)
    announcements().look_again([given.child.user_id])


def record_answer(child_id: int, dose_ids: Sequence[int], given_on: dt.date | None, key: str) -> dict[int, int]:
    """Record the doses of a visit that she says took place, in the caller's transaction; returns vaccine by dose id.

    What is recorded already, off a card perhaps, is left as it is.
    """
    known = dict(VaccineDose.objects.filter(pk__in=dose_ids).values_list("pk", "vaccine_id"))
    recorded = set(that_count(child_id).values_list("vaccine_dose", flat=True))
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


def retract_answer(child_id: int, key: str) -> set[int]:
    """Retract what this answer recorded, in the caller's transaction; returns the vaccines concerned."""
    found = DoseGiven.objects.filter(child_id=child_id, client_key__startswith=f"{key}/", retracted_at=None)
    vaccines = set(found.values_list("vaccine_dose__vaccine", flat=True))
    _retract(found, ANSWERED_OTHERWISE, None)
    return vaccines


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
