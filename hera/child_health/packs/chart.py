"""A pack's doses by age, laid out for a drawing as SVG: places across in percent, so that text keeps its size.

The first half year is in weeks, then months, then years, each with its share of the width: most doses are early.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hera.child_health import why
from hera.child_health.dose_names import dose_name
from hera.child_health.packs import words
from hera.immunization.pack_table import in_days

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hera.immunization.ages import Period
    from hera.immunization.pack_table import Bar

_YEAR = 365.2425
_MONTH = _YEAR / 12
# Where a part of the axis ends, in days, and until which percent of the width it reaches.
_WEEKS_END, _WEEKS_SHARE = 6 * _MONTH, 38.0
_MONTHS_END, _MONTHS_SHARE = 2 * _YEAR, 68.0
_LEAST_YEARS = 6  # so that one sees until when doses are made up for
_MOST_TICKS = 6  # of years
_AGES = ("minimum", "due", "overdue", "maximum")
# In pixels.
ROW, HEAD, FOOT = 36, 36, 22


@dataclass(frozen=True, slots=True)
class Tick:
    """A line across the chart: `text` is a number of the part it is in."""

    x: str
    text: str
    is_border: bool = False


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a bar: where it begins and ends, and where it begins to be drawn."""

    x: str
    width: str
    end: str


@dataclass(frozen=True, slots=True)
class Line:
    """One dose: from its minimum age to due, to overdue, and from there on until its maximum.

    Args:
        label: its name, and when it is due.
        ages: each by its name, in words: for the table behind the chart.
        top: pixels from the top of the chart.
        early: None where it is due at its minimum age, late: where nothing says from when on it is late.
        is_open: no maximum ends it: it goes on beyond the axis.
    """

    name: str
    label: str
    ages: tuple[tuple[str, str], ...]
    top: int
    due: str
    early: Span | None
    on_time: Span
    late: Span | None
    is_open: bool


@dataclass(frozen=True, slots=True)
class Chart:
    """What a template draws. `parts`: where the names of weeks, months and years stand, in the middle of each."""

    height: int
    foot: int
    start: str
    columns: tuple[str, ...]
    parts: tuple[str, str, str]
    ticks: tuple[Tick, ...]
    lines: tuple[Line, ...]


class _Axis:
    """Ages across the width, from the left, or from the right where the reader's language is written so."""

    def __init__(self, years: int, *, from_right: bool) -> None:
        self.years, self._from_right = years, from_right

    def x(self, days: float) -> str:
        return self._written(_percent(days, self.years))

    def span(self, since: Period, until: Period | None) -> Span | None:
        """None where it has no length."""
        first = _percent(in_days(since), self.years)
        last = 100.0 if until is None else _percent(in_days(until), self.years)
        if last <= first:
            return None
        left = 100 - last if self._from_right else first
        return Span(f"{left:.2f}%", f"{last - first:.2f}%", self._written(last))

    def at(self, percent: float) -> str:
        return self._written(percent)

    def _written(self, percent: float) -> str:
        return f"{100 - percent if self._from_right else percent:.2f}%"


def draw(bars: Sequence[Bar], *, from_right: bool) -> Chart:
    """The chart of these doses, one line each.

    Args:
        from_right: ages grow to the left, for readers of Arabic, Pashto and Dari.
    """
    ages = [in_days(age) for bar in bars for age in (bar.due, bar.overdue) if age is not None]
    axis = _Axis(max(_LEAST_YEARS, math.ceil(max(ages, default=0) / _YEAR) + 1), from_right=from_right)
    middles = (_WEEKS_SHARE / 2, (_WEEKS_SHARE + _MONTHS_SHARE) / 2, (_MONTHS_SHARE + 100) / 2)
    return Chart(
        height=HEAD + ROW * len(bars) + FOOT,
        foot=HEAD + ROW * len(bars),
        start=axis.at(0),
        columns=tuple(str(words.NUMBERS[name]) for name in _AGES),
        parts=(axis.at(middles[0]), axis.at(middles[1]), axis.at(middles[2])),
        ticks=tuple(_ticks(axis)),
        lines=tuple(_line(bar, HEAD + ROW * place, axis) for place, bar in enumerate(bars)),
    )


def _line(bar: Bar, top: int, axis: _Axis) -> Line:
    on_time_ends = bar.overdue or bar.maximum
    name = f"{words.isolated(bar.vaccine.name)} · {words.isolated(dose_name(bar.dose.name))}"
    ages = [(str(words.NUMBERS[age]), getattr(bar, age)) for age in _AGES]
    return Line(
        name=name,
        label=f"{name} · {why.written_period(bar.due)}",
        ages=tuple((label, why.written_period(age) if age else "–") for label, age in ages),
        top=top,
        due=axis.x(in_days(bar.due)),
        early=axis.span(bar.minimum, bar.due),
        on_time=axis.span(bar.due, on_time_ends) or Span(axis.x(in_days(bar.due)), "0%", axis.x(in_days(bar.due))),
        late=axis.span(bar.overdue, bar.maximum) if bar.overdue else None,
        is_open=bar.maximum is None or in_days(bar.maximum) > axis.years * _YEAR,
    )


def _percent(days: float, years: int) -> float:
    """How far from the beginning of the axis an age is, in percent of its length."""
    if days <= _WEEKS_END:
        return max(days, 0) / _WEEKS_END * _WEEKS_SHARE
    if days <= _MONTHS_END:
        return _WEEKS_SHARE + (days - _WEEKS_END) / (_MONTHS_END - _WEEKS_END) * (_MONTHS_SHARE - _WEEKS_SHARE)
    end = years * _YEAR
    return _MONTHS_SHARE + (min(days, end) - _MONTHS_END) / (end - _MONTHS_END) * (100 - _MONTHS_SHARE)


def _ticks(axis: _Axis) -> list[Tick]:
    weeks = [Tick(axis.x(week * 7), str(week)) for week in range(0, 24, 4)]
    months = [Tick(axis.x(month * _MONTH), str(month), is_border=month == 6) for month in range(6, 24, 3)]  # noqa: PLR2004
    step = math.ceil((axis.years - 2) / _MOST_TICKS)
    years = [Tick(axis.x(year * _YEAR), str(year), is_border=year == 2) for year in range(2, axis.years, step)]  # noqa: PLR2004
    return weeks + months + years
