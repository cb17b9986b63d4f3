"""Masked tables in which nobody stands alone: what people are known by is made coarser until at least five share it.

Each table is looked at as a whole before it is written. A row whose age, gender, language, time zone and first digits
fewer than five people of it share is told more coarsely, step by step, and among those alone of whom the same is true:
all others stay as exact as they are. Its last column says what became of it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Count
from django.db.models.functions import Left, TruncMonth

from hera.child_health.calendar import months_of_age
from hera.child_health.models import Child
from hera.core import clock, phone_numbers, timezones
from hera.people.masking import MASKED
from hera.people.small_groups import FEWEST

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from django.contrib.auth.models import User
    from django.db.models import QuerySet

    from hera.exports.formats import Row

MERGED = "merged"  # the column
OTHER = "other"
PERSON, CHILD = ("age_months", "gender", "language", "time_zone", "number"), ("age_months", "gender")
# By which columns the rows of a table are known; the wide one has those of persons, and of each child.
KNOWN_BY = {"people": PERSON, "people-wide": PERSON, "children": CHILD, "doses": CHILD}
# From a month and the age at which a dose is due follows the age that was merged.
_TELLS_THE_AGE = {"doses": ("given", "age_months_at_dose")}

_DIGITS_LOOKED_AT = len(phone_numbers.NO_NUMBER)  # more than a masked number shows

Key = tuple[Any, ...]


def _band(months: int, width: int) -> str:
    first = months // width * width
    return f"{first}-{first + width - 1}"


_NOTHING_OF_HER = ("", OTHER, OTHER, OTHER, OTHER)
# From one step to the next nothing becomes more exact.
_PERSON_STEPS: tuple[Callable[[Key], Key], ...] = (
    lambda key: key,
    lambda key: (*key[:4], OTHER),
    lambda key: (_band(key[0], 12), *key[1:4], OTHER),
    lambda key: (_band(key[0], 60), *key[1:4], OTHER),
    lambda key: (_band(key[0], 60), key[1], key[2], OTHER, OTHER),
    lambda key: (_band(key[0], 120), key[1], OTHER, OTHER, OTHER),
    lambda key: (_band(key[0], 120), OTHER, OTHER, OTHER, OTHER),
    lambda _key: _NOTHING_OF_HER,
)
_CHILD_STEPS: tuple[Callable[[Key], Key], ...] = (
    lambda key: key,
    lambda key: (_band(key[0], 6), key[1]),
    lambda key: (_band(key[0], 12), key[1]),
    lambda key: (_band(key[0], 60), key[1]),
    lambda key: (_band(key[0], 60), OTHER),
    lambda _key: ("", OTHER),
)


def made_coarser(counts: Mapping[Key, int], steps: Sequence[Callable[[Key], Key]]) -> dict[Key, Key]:
    """What each combination of values becomes, so that at least five people share what is shown; pure.

    Of fewer than five people in all nothing is shown.
    """
    left, shown = dict(counts), dict[Key, Key]()
    for step in steps:
        groups: Counter[Key] = Counter()
        for key, count in left.items():
            groups[step(key)] += count
        for key in [key for key in left if groups[step(key)] >= FEWEST]:
            shown[key] = step(key)
            del left[key]
    if left and shown:  # too few even so: the smallest of the other groups becomes as coarse as they
        sizes: Counter[Key] = Counter()
        for key, becomes in shown.items():
            sizes[becomes] += counts[key]
        smallest = min(sizes, key=lambda becomes: (sizes[becomes], str(becomes)))
        left |= {key: counts[key] for key, becomes in shown.items() if becomes == smallest}
    return shown | {key: steps[-1](key) for key in left}


@dataclass(frozen=True)
class _Columns:
    """Where in a row what somebody is known by stands, and what it becomes."""

    places: tuple[int, ...]
    names: tuple[str, ...]
    becomes: Mapping[Key, Key]
    coarsest: Key

    def put(self, row: Row) -> list[str]:
        """Make a row's own values as coarse as they have to be; returns which these were."""
        exact = tuple(row[place] for place in self.places)
        if all(value == "" for value in exact):
            return []  # the columns of a child that there is not
        # Whoever came since the table was looked at is known by nothing.
        shown = self.becomes.get(exact, self.coarsest)
        for place, value in zip(self.places, shown, strict=True):
            row[place] = value
        return [name for name, old, new in zip(self.names, exact, shown, strict=True) if old != new]


def rows(kind: str, table: Iterator[Row], chosen: QuerySet[User]) -> Iterator[Row]:
    """A masked table with small groups merged, and with a last column that says what was; three queries at most."""
    if kind not in KNOWN_BY:
        yield from table
        return
    head = next(table)
    columns = _columns(kind, head, chosen)
    blanked = [head.index(name) for name in _TELLS_THE_AGE.get(kind, ())]
    yield [*head, MERGED]
    for row in table:
        cells = list(row)
        merged = [name for part in columns for name in part.put(cells)]
        if any(name.endswith("age_months") for name in merged):
            for place in blanked:
                cells[place] = ""
        yield [*cells, ", ".join(merged)]


def _columns(kind: str, head: Row, chosen: QuerySet[User]) -> list[_Columns]:
    found = []
    if KNOWN_BY[kind] == PERSON:
        becomes = made_coarser(_people(chosen), _PERSON_STEPS)
        found.append(_at(head, PERSON, PERSON, becomes, _NOTHING_OF_HER))
    if kind != "people":
        becomes = made_coarser(_children(chosen), _CHILD_STEPS)
        prefixes = {name.removesuffix("child_id") for name in head if name.endswith("child_id")}
        found += [
            _at(head, [f"{prefix}{name}" for name in CHILD], CHILD, becomes, ("", OTHER)) for prefix in sorted(prefixes)
        ]
    return found


def _at(head: Row, names: Sequence[str], of: Sequence[str], becomes: Mapping[Key, Key], coarsest: Key) -> _Columns:
    assert len(names) == len(of)
    return _Columns(tuple(map(head.index, names)), tuple(names), becomes, coarsest)


def _people(chosen: QuerySet[User]) -> Counter[Key]:
    month = TruncMonth("profile__date_of_birth")
    begins = Left("username", _DIGITS_LOOKED_AT)
    found = chosen.order_by().values_list(
        month, "profile__gender", "profile__language_code", "profile__timezone", begins
    )
    counts: Counter[Key] = Counter()
    for born, gender, language, zone, number, count in found.annotate(count=Count("pk", distinct=True)):
        counts[months_of_age(born, _today(zone)), gender, language, zone, MASKED.number(number)] += count
    return counts


def _children(chosen: QuerySet[User]) -> Counter[Key]:
    found = Child.objects.filter(MASKED.was_told("created_at"), user__in=chosen.order_by().values("pk"))
    of = found.values_list(TruncMonth("date_of_birth"), "gender", "user__profile__timezone")
    counts: Counter[Key] = Counter()
    for born, gender, zone, count in of.annotate(count=Count("pk")):
        counts[months_of_age(born, _today(zone)), gender] += count
    return counts


def _today(zone: str) -> Any:
    return clock.today_in(timezones.effective(zone, ""))
