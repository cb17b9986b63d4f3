"""Tables in which nobody is found: groups of fewer than five people are merged, and cells that could be worked out from
the totals beside them are hidden with them. Pure functions of counts of people.
"""

from __future__ import annotations

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


def hidden(people: Sequence[Sequence[int]]) -> set[Cell] | None:
    """The cells that are not shown of a table whose totals are: those of few people, and others beside them.

    Whoever knows the totals of rows and columns can work out a hidden cell that is alone in its row or column, or that
    all ways between two parts of the hidden ones go through. So others are hidden until there is none of these, and
    until each row and column that hides something hides at least five people. None where there are not enough others:
    then rows have to be merged.
    """
    found = {cell for cell, count in _cells(people) if 0 < count < FEWEST}
    while more := _to_hide_too(people, found):
        found.add(more)
    is_safe = not any(_is_alone(people, found, line) for line in _lines(people)) and not any(
        _is_bridge(found, cell) for cell in found
    )
    return found if is_safe else None


def _to_hide_too(people: Sequence[Sequence[int]], found: set[Cell]) -> Cell | None:
    for line in _lines(people):
        if _is_alone(people, found, line) and (cell := _smallest_shown(people, found, line)):
            return cell
    for row, column in sorted(found):
        if _is_bridge(found, (row, column)):
            beside = [cell for line in _lines(people) if (row, column) in line for cell in line]
            if cell := _smallest_shown(people, found, beside):
                return cell
    return None


def _is_alone(people: Sequence[Sequence[int]], found: set[Cell], line: Sequence[Cell]) -> bool:
    counts = [people[row][column] for row, column in line if (row, column) in found]
    return bool(counts) and (len(counts) == 1 or max(counts) < FEWEST)


def _smallest_shown(people: Sequence[Sequence[int]], found: set[Cell], line: Sequence[Cell]) -> Cell | None:
    """What tells least when it is hidden. Never an empty cell: it can be no fewer, which would tell of the others."""
    shown = [cell for cell in line if cell not in found and people[cell[0]][cell[1]]]
    return min(shown, key=lambda cell: (people[cell[0]][cell[1]], cell), default=None)


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


def _cells(people: Sequence[Sequence[int]]) -> Iterator[tuple[Cell, int]]:
    for row, counts in enumerate(people):
        for column, count in enumerate(counts):
            yield (row, column), count


def _lines(people: Sequence[Sequence[int]]) -> Iterator[list[Cell]]:
    """The cells of each row, then those of each column."""
    width = len(people[0]) if people else 0
    for row in range(len(people)):
        yield [(row, column) for column in range(width)]
    for column in range(width):
        yield [(row, column) for row in range(len(people))]
