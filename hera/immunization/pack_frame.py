"""What cannot be right around the doses of a pack: who reviewed it, ids, visits, worked cases."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable, Iterable, Iterator

from hera.immunization.pack import Pack
from hera.immunization.pack_file import Finding, Place

# The ids of the first HERA's vaccines and doses, and the keys that packs give to them: what was announced of old is
# known by these. Other ids of packs begin at FIRST_NEW.
SEED_VACCINES = dict(enumerate(("hepb", "bcg", "hexa", "bopv", "pcv", "mmr", "var", "hepa", "rota"), start=1))
SEED_DOSES = dict(
    enumerate(
        (
            *("hepa-1", "hepa-2", "hepb-1", "hepb-2", "hepb-3", "bcg-1", "hexa-1", "hexa-2", "hexa-3", "hexa-4"),
            *("dtap-ipv-1", "td-1", "bopv-1", "bopv-2", "pcv-1", "pcv-2", "pcv-6m", "pcv-3", "mmr-1", "mmr-2"),
            *("var-1", "rota-1", "rota-2", "rota-3"),
        ),
        start=1,
    )
)
FIRST_NEW = 1000
_ANY_BIRTH = dt.date(2023, 1, 1)


def review(pack: Pack, today: dt.date) -> Iterator[Finding]:
    """What a pack that is to be no draft still lacks, and reviews that nobody has made yet.

    Args:
        today: the day that no review can be after.
    """
    for number, reviewer in enumerate(pack.reviewed_by):
        if reviewer.date > today:
            yield Finding(("reviewed_by", number, "date"), f"{reviewer.date} is in the future.")
    if pack.is_draft:
        return
    if not pack.reviewed_by:
        yield Finding(("draft",), "A pack that is no draft names who has reviewed it.")
    asked = list(pack.open_questions())
    if asked:
        where, question = asked[0]
        count = f"{len(asked)} are open, the first" if len(asked) > 1 else "one is open"
        yield Finding(("draft",), f"A pack that is no draft asks no questions: {count} of {where}: {question}")


def _ids(pack: Pack) -> Iterator[Finding]:
    vaccines = [(("vaccines", at), one.id, one.key) for at, one in enumerate(pack.vaccines)]
    doses = [
        (("vaccines", at, "doses", number), dose.id, dose.key)
        for at, one in enumerate(pack.vaccines)
        for number, dose in enumerate(one.doses)
    ]
    for rows, seed, kind in ((vaccines, SEED_VACCINES, "vaccine"), (doses, SEED_DOSES, "dose")):
        yield from twice([((*place, "id"), identity) for place, identity, _ in rows], f"Another {kind} has the id")
        yield from twice([((*place, "key"), key) for place, _, key in rows], f"Another {kind} has the key")
        for place, identity, key in rows:
            if identity not in seed and identity < FIRST_NEW:
                yield Finding(
                    (*place, "id"),
                    f"{identity} is no id of a {kind}: 1 to {len(seed)} are those of the first HERA,"
                    f" new ones begin at {FIRST_NEW}.",
                )
            elif seed.get(identity, key) != key:
                yield Finding(
                    (*place, "id"),
                    f"{identity} is the id of the first HERA's {kind} {seed[identity]}: another one needs a new id,"
                    f" from {FIRST_NEW} on.",
                )


def twice(named: Iterable[tuple[Place, object]], says: str) -> Iterator[Finding]:
    """A finding for each name that was there before."""
    seen = set()
    for place, name in named:
        if name in seen:
            yield Finding(place, f"{says} {name}.")
        seen.add(name)


def _sexes(pack: Pack) -> Iterator[Finding]:
    for at, vaccine in enumerate(pack.vaccines):
        if not (vaccine.male or vaccine.female):
            yield Finding(("vaccines", at), "It is for neither girls nor boys.")


def _visits(pack: Pack) -> Iterator[Finding]:
    antenatal = pack.antenatal
    if bool(antenatal.weeks) == bool(antenatal.windows):
        yield Finding(("antenatal",), "It has either weeks or windows.")
    weeks = [week for window in antenatal.windows for week in window] or list(antenatal.weeks)
    if any(one > other for one, other in itertools.pairwise(weeks)) or len(set(antenatal.weeks)) < len(antenatal.weeks):
        yield Finding(("antenatal",), "The weeks are not in order.")
    days = [period.after(_ANY_BIRTH) for contact in pack.postnatal.contacts for period in contact]
    if any(one > other for one, other in itertools.pairwise(days)):
        yield Finding(("postnatal", "contacts"), "The visits are not in order.")


def _td(pack: Pack) -> Iterator[Finding]:
    """The doses of each product are counted by themselves: Tdap may stand beside Td."""
    doses = [
        (("antenatal", "td", at, "dose"), f"{td.dose}{' of ' if td.product else ''}{td.product}")
        for at, td in enumerate(pack.antenatal.td)
    ]
    yield from twice(doses, "Another row is the dose")
    for at, td in enumerate(pack.antenatal.td):
        if td.from_week is not None and td.until_week is not None and td.from_week > td.until_week:
            yield Finding(
                ("antenatal", "td", at, "from_week"), f"Week {td.from_week} is after week {td.until_week}, its last."
            )


def _cases(pack: Pack) -> Iterator[Finding]:
    for number, case in enumerate(pack.cases):
        if case.today < case.born:
            yield Finding(("cases", number, "today"), "It is before the child's birth.")
        for at, (_, day) in enumerate(case.doses):
            if not case.born <= day <= case.today:
                when = "before the child's birth" if day < case.born else "after the day that is asked about"
                yield Finding(("cases", number, "doses", at, "date"), f"{day} is {when}.")


RULES: tuple[Callable[[Pack], Iterator[Finding]], ...] = (_ids, _sexes, _visits, _td, _cases)
