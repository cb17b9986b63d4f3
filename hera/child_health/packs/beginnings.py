"""With which doses a pack has a child begin each vaccine, and at which ages: pure functions of the pack."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hera.immunization.ages import Period
    from hera.immunization.pack import Pack, TargetDose, Vaccine

_BORN = dt.date(2001, 1, 1)  # to compare ages


class Beginning(NamedTuple):
    """How a vaccine of the programme is begun.

    Args:
        doses: the ids of those that are the first of this vaccine in some series: who is late may begin with another.
        due: the age at which the first of them is due.
        overdue: the age from which that one is late; None where the pack names none.
    """

    vaccine: Vaccine
    doses: tuple[int, ...]
    due: Period
    overdue: Period | None


def beginnings(pack: Pack) -> list[Beginning]:
    """The vaccines of a pack as they are begun, in the order of their due ages, then of their names."""
    found = []
    for vaccine in pack.vaccines:
        ids = {dose.key: dose.id for dose in vaccine.doses}
        firsts = list(_firsts(pack, frozenset(ids)))
        if firsts:
            first = min(firsts, key=lambda target: (target.due.after(_BORN), ids[target.dose]))
            doses = tuple(sorted({ids[target.dose] for target in firsts}))
            found.append(Beginning(vaccine, doses, first.due, first.overdue))
    return sorted(found, key=lambda one: (one.due.after(_BORN), one.vaccine.name))


def _firsts(pack: Pack, of_vaccine: frozenset[str]) -> Iterator[TargetDose]:
    for several in pack.series.values():
        for series in several:
            yield from [target for target in series.doses if target.dose in of_vaccine][:1]
