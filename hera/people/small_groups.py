"""Tables in which nobody is found: groups of fewer than five people are merged, and cells that could be worked out from
the totals beside them are hidden with them. Pure functions of counts of people.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

FEWEST = 5  # people; of fewer, whoever may not know people is shown nothing: she might know them by it
OTHER = "\1other"  # no code of anything

Cell = tuple[int, int]  # row, column


def merged(people: Mapping[str, int], *, are_apart: bool = True) -> dict[str, str] | None:
    """What each group becomes: itself, or `OTHER`; None where all together are too few to show.

    Args:
        people: in each group.
        are_apart: nobody is in two of them; else what is merged may be as few as the largest of it.
    """
    small = {key for key, count in people.items() if 0 < count < FEWEST}
    if small:
        for key in sorted(people.keys() - small, key=lambda key: (people[key], key)):
            if _together([people[one] for one in small], are_apart=are_apart) >= FEWEST:
                break
            if people[key]:
                small.add(key)
        if _together([people[one] for one in small], are_apart=are_apart) < FEWEST:
            return None
    return {key: OTHER if key in small else key for key in people}


def _together(counts: Sequence[int], *, are_apart: bool) -> int:
    return sum(counts) if are_apart else max(counts)


def hidden_in_line(people: Sequence[int]) -> set[int]:
    """Which numbers of a line are not shown, where others tell what they add up to: those of few, and beside them the
    smallest of the rest, until two or more are hidden that hold at least five people.

    It turns on this line alone: shown beside other lines it is the same. Of equal numbers the first goes.
    """
    found = {place for place, count in enumerate(people) if 0 < count < FEWEST}
    others = sorted((count, place) for place, count in enumerate(people) if count >= FEWEST)
    while others and found and (len(found) == 1 or sum(people[place] for place in found) < FEWEST):
        found.add(others.pop(0)[1])
    return found


@dataclass(frozen=True)
class Counts:
    """People by row and column, and in each row and each column: of whom some may be in several cells of it."""

    cells: Sequence[Sequence[int]]
    rows: Sequence[int]
    columns: Sequence[int]

    @classmethod
    def of(cls, cells: Sequence[Sequence[int]]) -> Counts:
        """Where nobody is in two cells."""
        return cls(cells, [sum(row) for row in cells], [sum(column) for column in zip(*cells, strict=True)])

    def lines(self) -> Iterator[tuple[list[Cell], int]]:
        """The cells of each row, then those of each column, with how many people are in it."""
        for row, people in enumerate(self.rows):
            yield [(row, column) for column in range(len(self.columns))], people
        for column, people in enumerate(self.columns):
            yield [(row, column) for row in range(len(self.rows))], people

    def at(self, cell: Cell) -> int:
        return self.cells[cell[0]][cell[1]]


def hidden(counts: Counts) -> set[Cell] | None:
    """The cells that are not shown of a table whose totals are: those of few people, and others beside them.

    Whoever knows the totals of rows and columns can work out a hidden cell that is alone in its row or column, or that
    all ways between two parts of the hidden ones go through. So others are hidden until there is none of these, and
    until each row and column that hides something hides at least five people. None where there are not enough others:
    then rows have to be merged.
    """
    found = {cell for line, _people in counts.lines() for cell in line if 0 < counts.at(cell) < FEWEST}
    while more := _to_hide_too(counts, found):
        found.add(more)
    is_safe = not any(_is_alone(counts, found, *line) for line in counts.lines()) and not any(
        _is_bridge(found, cell) for cell in found
    )
    return found if is_safe else None


def _to_hide_too(counts: Counts, found: set[Cell]) -> Cell | None:
    for line, people in counts.lines():
        if _is_alone(counts, found, line, people) and (cell := _smallest_shown(counts, found, line)):
            return cell
    for bridge in sorted(cell for cell in found if _is_bridge(found, cell)):
        beside = [cell for line, _people in counts.lines() if bridge in line for cell in line]
        if cell := _smallest_shown(counts, found, beside):
            return cell
    return None


def _is_alone(counts: Counts, found: set[Cell], line: Sequence[Cell], people: int) -> bool:
    """Whether a line hides one cell only, or fewer than five people; there are at least as many as nowhere show."""
    hides = [counts.at(cell) for cell in line if cell in found]
    shown = sum(counts.at(cell) for cell in line if cell not in found)
    return bool(hides) and (len(hides) == 1 or max(*hides, people - shown) < FEWEST)


def _smallest_shown(counts: Counts, found: set[Cell], line: Sequence[Cell]) -> Cell | None:
    """What tells least when it is hidden, where others are hidden anyway.

    Never an empty cell: it can be no fewer, which would tell of the others.
    """
    rows, columns = {row for row, _column in found}, {column for _row, column in found}
    shown = [cell for cell in line if cell not in found and counts.at(cell)]
    return min(shown, key=lambda cell: (-(cell[0] in rows) - (cell[1] in columns), counts.at(cell), cell), default=None)


def _is_bridge(found: set[Cell], cell: Cell) -> bool:
    """Whether the hidden cells fall into two parts without this one: then it is the difference of their totals."""
    rows, columns = {cell[0]}, set[int]()
    others = found - {cell}
    while True:
        more_columns = {column for row, column in others if row in rows} - columns
        columns |= more_columns
        more_rows = {row for row, column in others if column in columns} - rows
        rows |= more_rows
        if cell[1] in columns:
            return False
        if not more_columns and not more_rows:
            return True
