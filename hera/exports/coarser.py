"""Masked tables in which nobody stands alone: what people are known by is made coarser until at least five share it.

Each table is looked at as a whole before it is written. A row whose age, gender, language, time zone and first digits
fewer than five people of it share is told more coarsely, step by step, and among those alone of whom the same is true:
all others stay as exact as they are. Its last column says what became of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hera.people import likeness
from hera.people.likeness import CHILD, PERSON

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from django.contrib.auth.models import User
    from django.db.models import QuerySet

    from hera.exports.formats import Row
    from hera.people.likeness import Likeness

MERGED = "merged"  # the column
# By which columns the rows of a table are known; the wide one has those of persons, and of each child.
KNOWN_BY = {"people": PERSON, "people-wide": PERSON, "children": CHILD, "doses": CHILD}
# From a month and the age at which a dose is due follows the age that was merged.
_TELLS_THE_AGE = {"doses": ("given", "age_months_at_dose")}


@dataclass(frozen=True)
class _Columns:
    """Where in a row what somebody is known by stands, and what it becomes."""

    places: tuple[int, ...]
    names: tuple[str, ...]
    likeness: Likeness

    def put(self, row: Row) -> list[str]:
        """Make a row's own values as coarse as they have to be; returns which these were."""
        exact = tuple(row[place] for place in self.places)
        if all(value == "" for value in exact):
            return []  # the columns of a child that there is not
        shown = self.likeness.shown(exact)
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
        found.append(_at(head, PERSON, PERSON, likeness.of_people(chosen)))
    if kind != "people":
        of_children = likeness.of_children(chosen)
        prefixes = {name.removesuffix("child_id") for name in head if name.endswith("child_id")}
        found += [_at(head, [f"{prefix}{name}" for name in CHILD], CHILD, of_children) for prefix in sorted(prefixes)]
    return found


def _at(head: Row, names: Sequence[str], of: Sequence[str], alike: Likeness) -> _Columns:
    assert len(names) == len(of)
    return _Columns(tuple(map(head.index, names)), tuple(names), alike)
