"""What cannot be right around the doses of a pack: who reviewed it, ids, visits, worked cases."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence

from hera.immunization.ages import Period
from hera.immunization.antenatal import FIRST_KNOWN_WEEK, TERM, plan_antenatal, td_doses
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
FIRST_OF_STAFF = 1_000_000  # what staff add beside a pack is numbered from here, so that it takes no pack's number
_ANY_BIRTH = dt.date(2023, 1, 1)
_LAST_CONTACT = Period(years=1)


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
    if any(other <= one for one, other in itertools.pairwise(antenatal.weeks)):
        yield Finding(("antenatal", "weeks"), "The weeks are not in order.")
    yield from _windows(antenatal.windows)
    for at, last in enumerate(antenatal.weeks or [last for _, last in antenatal.windows]):
        if last < FIRST_KNOWN_WEEK:
            place = ("antenatal", "weeks" if antenatal.weeks else "windows", at)
            yield Finding(place, f"Nobody comes by week {last}: a pregnancy is known from week {FIRST_KNOWN_WEEK} on.")


def _windows(windows: Sequence[tuple[int, int]]) -> Iterator[Finding]:
    for at, (first, last) in enumerate(windows):
        if first > last:
            yield Finding(("antenatal", "windows", at), f"It goes backwards, from week {first} to week {last}.")
        elif at and first <= max(windows[at - 1]):
            says = "begins before the one before it ends" if first > min(windows[at - 1]) else "is not in order"
            yield Finding(("antenatal", "windows", at), f"The window of week {first} to week {last} {says}.")


def _contacts(pack: Pack) -> Iterator[Finding]:
    ended = None
    for at, (since, until) in enumerate(pack.postnatal.contacts):
        place = ("postnatal", "contacts", at)
        first, last = since.after(_ANY_BIRTH), until.after(_ANY_BIRTH)
        if first < _ANY_BIRTH:
            yield Finding((*place, "since"), f"{since} is before birth.")
        if last > _LAST_CONTACT.after(_ANY_BIRTH):
            yield Finding((*place, "until"), f"{until} after a birth nobody comes for it: {_LAST_CONTACT} at most.")
        if first > last:
            yield Finding(place, f"It goes backwards, from {since} to {until}.")
        elif ended is not None and first <= ended:
            yield Finding(place, f"It begins at {since}, before the one before it is over.")
        ended = last


def _td(pack: Pack) -> Iterator[Finding]:
    """The doses of each product are counted by themselves: Tdap may stand beside Td."""
    rows = pack.antenatal.td
    doses = [
        (("antenatal", "td", at, "dose"), f"{td.dose}{' of ' if td.product else ''}{td.product}")
        for at, td in enumerate(rows)
    ]
    yield from twice(doses, "Another row is the dose")
    known = {(td.product, td.dose) for td in rows}
    for at, td in enumerate(rows):
        place = ("antenatal", "td", at)
        if td.from_week is not None and td.until_week is not None and td.from_week > td.until_week:
            yield Finding((*place, "from_week"), f"Week {td.from_week} is after week {td.until_week}, its last.")
        if td.interval is not None and td.interval.after(_ANY_BIRTH) <= _ANY_BIRTH:
            yield Finding((*place, "interval"), "An interval is a day at least.")
        if td.before_birth is not None and td.before_birth.after(_ANY_BIRTH) < _ANY_BIRTH:
            yield Finding((*place, "before_birth"), f"{td.before_birth} before birth is after it.")
        if td.dose > 1:
            if (td.product, td.dose - 1) not in known:
                yield Finding((*place, "dose"), f"There is no dose {td.dose - 1} before it.")
            if td.interval is None:
                yield Finding(place, "A dose after another needs an interval: nothing else keeps them apart.")
        elif td.interval is not None:
            yield Finding((*place, "interval"), "The first dose follows no other.")


def _td_visits(pack: Pack) -> Iterator[Finding]:
    """Who declares early and comes to each visit has the first dose of each product at one of them."""
    if any(itertools.chain(_visits(pack), _td(pack))):
        return
    visits = plan_antenatal(_ANY_BIRTH, _ANY_BIRTH, 0, pack.antenatal)
    given = {(one.dose.product, one.dose.dose) for one in td_doses(visits, pack.antenatal, _ANY_BIRTH + TERM)}
    for at, td in enumerate(pack.antenatal.td):
        if td.dose == 1 and (td.product, 1) not in given:
            weeks = ", ".join(str(visit.week) for visit in visits)
            yield Finding(("antenatal", "td", at), f"No visit is in its weeks: they are due in weeks {weeks}.")


def _cases(pack: Pack) -> Iterator[Finding]:
    for number, case in enumerate(pack.cases):
        if case.today < case.born:
            yield Finding(("cases", number, "today"), "It is before the child's birth.")
        for at, (_, day) in enumerate(case.doses):
            if not case.born <= day <= case.today:
                when = "before the child's birth" if day < case.born else "after the day that is asked about"
                yield Finding(("cases", number, "doses", at, "date"), f"{day} is {when}.")


RULES: tuple[Callable[[Pack], Iterator[Finding]], ...] = (
    _ids,
    _sexes,
    _visits,
    _contacts,
    _td,
    _td_visits,
    _cases,
)
