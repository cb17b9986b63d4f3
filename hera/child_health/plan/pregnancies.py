"""Which visits are planned for a pregnancy, and after its birth: pure functions of facts and the programme.

Without a pack, the visits are those of `calendar.prenatal_visits`, and there are none after birth.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from hera.child_health import calendar, pregnancy_dates
from hera.child_health.plan.by_pack import ByPack
from hera.child_health.plan.visits import ANTENATAL, BIRTH, POSTNATAL, Planned
from hera.immunization import antenatal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hera.child_health.plan.due_ages import DueAges
    from hera.immunization.antenatal import AntenatalVisit
    from hera.immunization.pack import Antenatal


class Birth(NamedTuple):
    """A birth that stands: its day, and the day on which it was told."""

    born: dt.date
    known_on: dt.date


class Expecting(NamedTuple):
    """What is known of a pregnancy.

    Args:
        start: first day of the last menstrual period.
        visits_made: before she declared it.
        missed: the days on which visits were due, each with the day on which she said that she had not come.
        birth: none where its day is not known, or a child of it is reminded of nothing any more.
    """

    start: dt.date
    delivery: dt.date
    declared_on: dt.date
    visits_made: int | None
    missed: Mapping[dt.date, dt.date] = {}
    birth: Birth | None = None


def of_pregnancy(known: Expecting, by_pack: ByPack | None = None) -> list[Planned]:
    """The antenatal visits of a pregnancy, its expected birth, and the visits after its birth.

    Nothing of one that is longer than a pregnancy can be: its start is a slip.

    Args:
        by_pack: what plans by the pack in use; None without one.
    """
    if known.delivery - known.start > pregnancy_dates.LONGEST:
        return []
    expected = Planned(BIRTH, 1, (known.delivery - known.start).days // 7, known.delivery)
    if by_pack is None:
        visits = calendar.prenatal_visits(0, known.start, known.declared_on, known.visits_made)
        return [*(Planned(ANTENATAL, 1, visit.weeks_pregnant, visit.date) for visit in visits), expected]
    return [*_antenatal(known, by_pack), expected, *_postnatal(known, by_pack)]


def _reminded_of(known: Expecting, before: DueAges | ByPack, until: dt.date, kind: str) -> list[Planned]:
    """The visits of which the programmes before have reminded her until a day, by day: they stay as they were."""
    if isinstance(before, ByPack):
        planned = of_pregnancy(known, before)
    elif before.left is None or not isinstance(before.left.pack, ByPack):
        planned = of_pregnancy(known)
    else:
        planned = [visit for visit in of_pregnancy(known) if visit.due >= before.left.on]
        planned += _reminded_of(known, before.left.pack, before.left.on, kind)
    return sorted((visit for visit in planned if visit.kind == kind and visit.due < until), key=lambda one: one.due)


def _antenatal(known: Expecting, by_pack: ByPack) -> list[Planned]:
    """Of who declared before the pack was adopted: what she was reminded of, then what the pack wants besides.

    With their doses of Td, at those visits that she has not missed: nobody has told which she had before the first
    of them, so they are counted from it.
    """
    pack = by_pack.pack.antenatal
    if (
        known.declared_on < by_pack.adopted_on
        and isinstance(by_pack.before, ByPack)
        and _rules(pack) == _rules(by_pack.before.pack.antenatal)
    ):
        return _antenatal(known, by_pack.before)
    earlier, before = list[Planned](), None
    if known.declared_on < by_pack.adopted_on:
        earlier = _reminded_of(known, by_pack.before, by_pack.adopted_on, ANTENATAL)
        came_on = max((visit.due for visit in earlier if visit.due not in known.missed), default=None)
        before = antenatal.Before(by_pack.adopted_on, came_on)
    firsts = antenatal.plan_antenatal(known.start, known.declared_on, known.visits_made or 0, pack, before)
    again = antenatal.second_tries(known.start, firsts, known.missed)
    kept = sorted([*(visit for visit in firsts if visit.due not in known.missed), *again], key=lambda visit: visit.due)
    had = [visit for visit in earlier if visit.doses]
    td: defaultdict[dt.date, list[int]] = defaultdict(list)
    for one in antenatal.td_doses(
        kept, pack, known.delivery, sum(len(visit.doses) for visit in had), had[-1].due if had else None
    ):
        td[one.visit.due].append(one.dose.dose)
    return [*earlier, *_rows(firsts, td, attempt=1), *_rows(again, td, attempt=2)]


def _rules(pack: Antenatal) -> tuple[object, ...]:
    """What decides on visits and doses, without what is said about it."""
    td = [(row.dose, row.product, row.from_week, row.until_week, row.interval, row.before_birth) for row in pack.td]
    return pack.weeks, pack.windows, pack.catch_up, td


def _rows(visits: Sequence[AntenatalVisit], td: Mapping[dt.date, Sequence[int]], attempt: int) -> list[Planned]:
    found = []
    for visit in visits:
        doses = tuple(td.get(visit.due, ()))
        found.append(
            Planned(
                ANTENATAL,
                attempt,
                visit.week,
                visit.due,
                doses,
                doses,
                earliest=visit.earliest,
                latest=visit.latest,
            )
        )
    return found


def _postnatal(known: Expecting, by_pack: ByPack) -> list[Planned]:
    """The visits after a birth; of one that was told before the pack was adopted, those that the pack before had."""
    if known.birth is None:
        return []
    born, known_on = known.birth
    if known_on < by_pack.adopted_on and isinstance(by_pack.before, ByPack):
        planned, by_other = (
            antenatal.postnatal_contacts(born, one.pack.postnatal, known_on, one.due_ages())
            for one in (by_pack, by_pack.before)
        )
        if planned == by_other:
            return _postnatal(known, by_pack.before)
    earlier = list[Planned]()
    if known_on < by_pack.adopted_on:
        earlier = _reminded_of(known, by_pack.before, by_pack.adopted_on, POSTNATAL)
        known_on = by_pack.adopted_on
    last = earlier[-1].due if earlier else dt.date.min
    planned = antenatal.postnatal_contacts(born, by_pack.pack.postnatal, known_on, by_pack.due_ages())
    return [
        *earlier,
        *(
            Planned(POSTNATAL, 1, one.number, one.due, earliest=one.earliest, latest=one.latest)
            for one in planned
            if one.earliest > last
        ),
    ]
