"""A measure as a table: rows of series or of a dimension's values, a column a month, and what is not shown."""

from __future__ import annotations

import csv
import datetime as dt
import io
import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.utils.translation import gettext as _

from hera.core.formulas import harmless
from hera.core.months import months_between
from hera.figures import targets
from hera.figures.counting import key_of
from hera.figures.dimensions import ALL, DIMENSIONS
from hera.figures.measures import MEASURES, Unit
from hera.people.small_groups import FEWEST, hidden_in_line
from hera.texts import written_numbers

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from hera.figures.measures import Measure


@dataclass(frozen=True)
class Number:
    """A measure's number of some people: `part` of `whole`, or `part` alone; neither where it is hidden."""

    part: float = 0
    whole: float | None = None
    is_hidden: bool = False

    @property
    def value(self) -> float | None:
        """In percent, where it is a part of a whole; None where there is nothing to tell."""
        if self.is_hidden:
            return None
        if self.whole is None:
            return self.part
        return self.part / self.whole * 100 if self.whole else None

    def __add__(self, other: Number) -> Number:
        return Number(self.part + other.part, None if self.whole is None else self.whole + (other.whole or 0))


_HIDDEN = Number(is_hidden=True)


@dataclass(frozen=True)
class Row:
    """A row of a table: what it is of, all months together, each month, and what it should be, in percent."""

    name: str
    total: Number
    months: Sequence[Number]
    target: float | None = None


@dataclass(frozen=True)
class Table:
    """What is shown of a measure.

    Args:
        head: what the rows are.
        total: all rows together; None where they add up to nothing.
        target: what all of it should be, in percent; None where nobody has said.
        hides: whether numbers of few people were left out.
    """

    measure: Measure
    head: str
    months: Sequence[dt.date]
    rows: Sequence[Row]
    total: Row | None
    target: float | None
    hides: bool


def series_of(measure: Measure, *, masked: bool = False) -> dict[str, str]:
    """What series a measure has, and what they are called, in their order; two queries at most."""
    rows = _run(
        "SELECT DISTINCT series FROM figures_cell WHERE source = %(source)s AND dimension = ''",
        {"source": key_of(measure.source, masked=masked)},
    )
    return dict(measure.series([series for (series,) in rows]))


def all_series() -> dict[tuple[str, Any], dict[str, str]]:
    """The counted series of every measure that has a whole, by its source and how it names them; a few statements."""
    kept: dict[str, list[str]] = {}
    for source, series in _run("SELECT DISTINCT source, series FROM figures_cell WHERE dimension = ''", {}):
        kept.setdefault(source, []).append(series)
    named = {(one.source.key, one.series) for one in MEASURES.values() if one.whole}
    return {(source, names): dict(names(kept[source])) for source, names in named if source in kept}


def table_of(
    measure: Measure, first: dt.date, last: dt.date, *, by: str = ALL, series: str = "", masked: bool = False
) -> Table:
    """A measure from a month to another; three queries, six if it is masked.

    Args:
        by: the dimension whose values are the rows; without one they are the series.
        series: of this series alone.
        masked: whether numbers below five, and what tells them, are hidden.
    """
    sums = list(measure.source.sums)
    row = "value" if by else "series"
    # What is hidden turns on all series of a month, whichever of them is asked for.
    looked_at = "" if masked and not by else series
    whole = f"sum(sums[{sums.index(measure.whole) + 1}])" if measure.whole else "NULL"
    found = _run(
        f"""
        SELECT {row}, month, sum(sums[{sums.index(measure.part) + 1}]), {whole} FROM figures_cell
        WHERE source = %(source)s AND dimension = %(by)s AND month BETWEEN %(first)s AND %(last)s
            AND (%(series)s = '' OR series = %(series)s)
        GROUP BY 1, 2 ORDER BY 1
        """,  # noqa: S608  (our own text)
        {"source": key_of(measure.source, masked=masked), "by": by, "first": first, "last": last, "series": looked_at},
    )
    months = months_between(first, last)
    none = Number(0, 0 if measure.whole else None)
    cells: dict[str, dict[dt.date, Number]] = {}
    for key, month, part, of in found:
        cells.setdefault(key, {})[month] = Number(float(part), None if of is None else float(of))
    names = DIMENSIONS[by].names(cells) if by else measure.series(cells)
    wanted = targets.of(measure)
    of_key = {
        key: _row(
            names[key] or _("not known"),
            [cells[key].get(month, none) for month in months],
            none,
            wanted.of(series, by, key) if by else wanted.of(key),
        )
        for key in names
        if key in cells
    }
    never = [False] * len(months)
    if masked and by and series:
        of_all = table_of(measure, first, last, series=series, masked=True).rows
        never = [any(row.months[place].is_hidden for row in of_all) for place in range(len(months))]
    shown = _masked(of_key, add_up=bool(by) or measure.is_summed, never=never) if masked else of_key
    if series and not by:
        of_key, shown = ({key: kept[key] for key in kept if key == series} for kept in (of_key, shown))
    order = sorted(of_key, key=lambda key: -(of_key[key].total.whole or of_key[key].total.part)) if by else of_key
    rows = [of_key[key] for key in order]
    is_summed = bool(rows) and (measure.is_summed or len(rows) == 1)
    target = wanted.of(series)
    total = _total(rows, none, target) if is_summed else None
    rows = [shown[key] for key in order]
    if masked and total:
        same = replace(rows[0], name=total.name, target=total.target)
        total = same if len(rows) == 1 else _masked({"": total}, add_up=False, never=never)[""]
    return Table(
        measure,
        str(DIMENSIONS[by].label if by else measure.series_label),
        months,
        rows,
        total,
        target,
        hides=any(number.is_hidden for row in rows for number in (row.total, *row.months)),
    )


def _row(name: str, numbers: Sequence[Number], none: Number, target: float | None) -> Row:
    return Row(name, sum(numbers, none), numbers, target)


def _total(rows: Sequence[Row], none: Number, target: float | None) -> Row:
    months = [sum(numbers, none) for numbers in zip(*(row.months for row in rows), strict=True)]
    return _row(_("All"), months, none, target)


def _masked(rows: Mapping[str, Row], *, add_up: bool, never: Sequence[bool]) -> dict[str, Row]:
    """Rows, by their keys in the order of these, without the numbers of few.

    Args:
        add_up: somebody can know what the rows of a month are together: then others are hidden with those of few. All
            months of a row are shown together only where each of them is.
        never: of which months no number is shown, since what they are together is hidden.
    """
    columns = zip(*(row.months for row in rows.values()), strict=True) if rows else [() for _ in never]
    hidden = [
        set(range(len(rows))) if is_hidden else _hidden_of([_people(number) for number in column], add_up=add_up)
        for column, is_hidden in zip(columns, never, strict=True)
    ]
    shown = {}
    for place, (key, row) in enumerate(rows.items()):
        months = [_HIDDEN if place in of_month else number for number, of_month in zip(row.months, hidden, strict=True)]
        is_whole = _HIDDEN not in months
        shown[key] = Row(row.name, row.total if is_whole else _HIDDEN, months, row.target)
    return shown


def _hidden_of(people: Sequence[int], *, add_up: bool) -> set[int]:
    return hidden_in_line(people) if add_up else {place for place, count in enumerate(people) if 0 < count < FEWEST}


def _people(number: Number) -> int:
    return math.ceil(number.part if number.whole is None else number.whole)


def written(number: Number, unit: Unit) -> str:
    """A number as people read it: `82.4%`; a dash where there is none, and dots where it is hidden."""
    if number.is_hidden:
        return "…"
    if number.value is None:
        return "–"
    return as_text(number.value, unit)


def as_text(value: float, unit: Unit) -> str:
    """A value with its unit."""
    if unit is Unit.PERCENT:
        return written_numbers.percent(value, 1)
    return written_numbers.number(value, 2 if unit is Unit.MONEY else 0)


def as_csv(table: Table) -> str:
    """A line a row and month, with what it is a part of; dates as ISO has them. What is hidden is empty."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["measure", "row", "month", "part", "whole", "value", "unit"])
    unit = table.measure.unit.value
    for row in [*table.rows, *([table.total] if table.total else [])]:
        for month, number in zip(table.months, row.months, strict=True):
            value = "" if number.value is None else round(number.value, 2)
            of = (
                ["", ""]
                if number.is_hidden
                else [f"{number.part:g}", "" if number.whole is None else f"{number.whole:g}"]
            )
            cells: list[Any] = [table.measure.key, harmless(row.name), f"{month:%Y-%m}", *of, value, unit]
            writer.writerow(cells)
    return "\ufeff" + out.getvalue()


def _run(statement: str, parameters: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return iter(cursor.fetchall())
