"""What adopting a pack changes, or leaving it, read before it is done.

Plans by the programme of now and by the one to come are worked out for everybody or, where people are many, for some:
the same ones at each look of a day at the same file, so that nobody looks again until she likes what she sees.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db.models import F, Q, TextField, Value
from django.db.models.functions import MD5, Cast, Concat

from hera.child_health import pregnancy_dates
from hera.child_health.doses import that_stand
from hera.child_health.models import Child, DoseGiven, Pregnancy, PregnancyOutcome
from hera.child_health.packs import adopting, reading, seen_otherwise, tables
from hera.child_health.plan import worked_out
from hera.child_health.plan.by_pack import ByPack
from hera.child_health.plan.due_ages import DueAges, Left
from hera.child_health.plan.programme import Programme, current_programme
from hera.child_health.plan.visits import ANTENATAL, CATCH_UP_AFTER, POSTNATAL

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from django.db.models import QuerySet

    from hera.child_health.models import AdoptedPack
    from hera.child_health.plan.visits import Planned

LIMIT = 2000  # children, and as many pregnancies, whose plans are worked out
# No contact after a birth is later than this after the day on which it was expected.
_AFTER_TERM = pregnancy_dates.RUNS_ON + dt.timedelta(days=100)


@dataclass
class Children:
    """What changes for children.

    Args:
        total: how many there are; of `looked_at` of them the plans were compared.
        changed: how many of these have other doses, or other days, before them.
        earlier, later, added, gone: doses before them that come on an earlier or a later day, that are new, that are
            not planned any more.
        made_up: children who are asked to come soon for what they lack.
    """

    total: int = 0
    looked_at: int = 0
    changed: int = 0
    earlier: int = 0
    later: int = 0
    added: int = 0
    gone: int = 0
    made_up: int = 0


@dataclass
class Pregnancies:
    """What changes for pregnancies, and after births.

    Args:
        total, looked_at: as for children.
        changed: how many have other visits before them.
        earlier, later: how many have their next visit on an earlier or a later day.
        antenatal, postnatal: visits before them, by the programme of now and by the one to come.
    """

    total: int = 0
    looked_at: int = 0
    changed: int = 0
    earlier: int = 0
    later: int = 0
    antenatal: tuple[int, int] = (0, 0)
    postnatal: tuple[int, int] = (0, 0)


@dataclass
class Preview:
    """What changes.

    Args:
        vaccines: of each vaccine and dose that parents see otherwise, a sentence.
        visits: as many of the weeks of visits before and after birth.
        soon_days: within how many days children are asked to come for what they lack.
        unplaced: records of doses of which it does not know which vaccine they were: they will count for nothing.
    """

    vaccines: list[str]
    visits: list[str]
    soon_days: int
    children: Children = field(default_factory=Children)
    pregnancies: Pregnancies = field(default_factory=Pregnancies)
    unplaced: int = 0


def of(read: reading.Read, limit: int = LIMIT) -> Preview:
    """What adopting this pack would change.

    Args:
        limit: of how many children and pregnancies plans are worked out; each takes some milliseconds.
    """
    today, now, pack = reading.today_of_country(), current_programme().programme, read.pack
    of_now = tables.of_now()
    before = now.by_pack or DueAges(tables.weeks(of_now), now.left, tables.vaccines_of(of_now))
    found = Preview(
        list(seen_otherwise.by_pack(pack)),
        list(seen_otherwise.of_visits(now.by_pack.pack if now.by_pack else None, pack)),
        pack.catch_up_days,
    )
    by_pack = ByPack(pack, today, before)
    records = that_stand(DoseGiven.objects.exclude(vaccine_dose=None))
    found.unplaced = records.exclude(vaccine_dose__in=by_pack.product_of_dose).count()
    return _compared(found, now, Programme("[]", by_pack), f"{read.digest} {today}", limit)


def of_leaving(adopted: AdoptedPack, limit: int = LIMIT) -> Preview:
    """What leaving the pack in use would change; `limit` as above."""
    today, now = reading.today_of_country(), current_programme().programme
    assert now.by_pack is not None
    before = adopting.first_of(adopted).before
    found = Preview(
        list(seen_otherwise.without_pack(before)),
        list(seen_otherwise.of_visits(now.by_pack.pack, None)),
        CATCH_UP_AFTER.days,
    )
    to_be = Programme(tables.doses_of(before), left=Left(now.by_pack, today))
    return _compared(found, now, to_be, f"{adopted.digest} {today}", limit)


def _compared(found: Preview, now: Programme, to_be: Programme, by: str, limit: int) -> Preview:
    children, pregnancies = Child.objects.filter(ended_at=None), _pregnancies()
    found.children.total, found.pregnancies.total = children.count(), pregnancies.count()
    ids = _some(children, by, limit), _some(pregnancies, by, limit)
    was, will = worked_out.plans_of(now, *ids)[0], worked_out.plans_of(to_be, *ids)[0]
    today = reading.today_of_country()
    for pk, plan in will.children.items():
        _compare_child(found.children, was.children[pk], plan, today, found.soon_days)
    ended = set(Pregnancy.objects.filter(pk__in=ids[1]).exclude(ended_at=None).values_list("pk", flat=True))
    for pk, plan in will.pregnancies.items():
        kind = POSTNATAL if pk in ended else ANTENATAL
        _compare_pregnancy(found.pregnancies, was.pregnancies[pk], plan, today, kind)
    return found


def _pregnancies() -> QuerySet[Pregnancy]:
    """Those that have, or may have, visits before them: that run, and those of which a birth was told lately."""
    today = reading.today_of_country()
    births = PregnancyOutcome.objects.filter(kind=PregnancyOutcome.Kind.BIRTH, taken_back_at=None)
    runs = Q(ended_at=None, estimated_delivery_date__gte=today - pregnancy_dates.RUNS_ON)
    born = Q(pk__in=births.values("pregnancy"), estimated_delivery_date__gte=today - _AFTER_TERM)
    return Pregnancy.objects.filter(runs | born & ~Q(ended_at=None))


def _some(rows: QuerySet[Any], by: str, limit: int) -> list[int]:
    """Ids of as many as the limit says, by chance, and the same ones for the same text."""
    chance = MD5(Concat(Cast(F("pk"), TextField()), Value(f" {by}")))
    return list(rows.order_by(chance, "pk").values_list("pk", flat=True)[:limit])


def _compare_child(
    found: Children, was: Mapping[Planned, Any], will: Mapping[Planned, Any], today: dt.date, soon_days: int
) -> None:
    before, after = _doses_ahead(was, today), _doses_ahead(will, today)
    both = before.keys() & after.keys()
    found.looked_at += 1
    found.changed += before != after
    found.earlier += sum(after[dose] < before[dose] for dose in both)
    found.later += sum(after[dose] > before[dose] for dose in both)
    found.added += len(after.keys() - before.keys())
    found.gone += len(before.keys() - after.keys())
    soon = today + dt.timedelta(days=soon_days)
    found.made_up += any(visit.attempt > 1 and visit.left and today <= visit.due <= soon for visit in will)


def _doses_ahead(plan: Mapping[Planned, Any], today: dt.date) -> dict[int, dt.date]:
    """The day of each dose that is still to come."""
    found: dict[int, dt.date] = {}
    for visit in sorted(plan, key=lambda visit: (visit.due, visit.attempt)):
        for dose in visit.left if visit.due >= today else ():
            found.setdefault(dose, visit.due)
    return found


def _compare_pregnancy(
    found: Pregnancies, was: Mapping[Planned, Any], will: Mapping[Planned, Any], today: dt.date, kind: str
) -> None:
    before, after = _visits_ahead(was, today, kind), _visits_ahead(will, today, kind)
    found.looked_at += 1
    found.changed += before != after
    if before and after:
        found.earlier += after[0] < before[0]
        found.later += after[0] > before[0]
    if kind == ANTENATAL:
        found.antenatal = found.antenatal[0] + len(before), found.antenatal[1] + len(after)
    else:
        found.postnatal = found.postnatal[0] + len(before), found.postnatal[1] + len(after)


def _visits_ahead(plan: Mapping[Planned, Any], today: dt.date, kind: str) -> Sequence[dt.date]:
    return sorted(visit.due for visit in plan if visit.kind == kind and visit.due >= today)
