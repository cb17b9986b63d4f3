"""Tables drawn as SVG, with axes and units: no script draws them, so they print, and are files as they stand."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from hera.figures.measures import Unit
from hera.figures.tabulated import as_text, written
from hera.texts import written_dates, written_numbers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from hera.figures.tabulated import Table

_WIDTH, _HEIGHT = 640, 240
_START, _END, _TOP, _BOTTOM = 64, 28, 16, 40  # around what is drawn
_MOST_LABELS = 6  # on the axis of months or days
_LETTER = 10  # the width of one at most
_MOST_BARS = 40
_MOST_POINTS = 40
_BAR = 40  # the height of one with its name
_INK, _PALE, _LINE, _TARGET = "#374151", "#d1d5db", "#7e22ce", "#b45309"


def over_time(table: Table, *, is_rtl: bool = False) -> SafeString:
    """The months as a line, of all rows together or else of the first, with the target as a dashed one; nothing where
    no month has a number that is shown."""
    row = table.total or (table.rows[0] if table.rows else None)
    if row is None or all(number.value is None for number in row.months):
        return SafeString("")
    months = f"{written_dates.month(table.months[0])} – {written_dates.month(table.months[-1])}"
    return line(
        [number.value for number in row.months],
        [f"{month:%Y-%m}" for month in table.months],
        f"{table.measure.label}: {row.name}, {months}",
        unit=table.measure.unit,
        target=table.target,
        is_rtl=is_rtl,
    )


def line(
    values: Sequence[float | None],
    names: Sequence[str],
    label: str,
    *,
    unit: Unit = Unit.COUNT,
    target: float | None = None,
    is_rtl: bool = False,
) -> SafeString:
    """Values as a line over what they are called, with axes; the target as a dashed one."""
    top = top_of([*values, target], unit)

    def across(place: int) -> float:
        at = _START + (place + 0.5) * (_WIDTH - _START - _END) / len(values)
        return _WIDTH - at if is_rtl else at

    def up(value: float) -> float:
        return _HEIGHT - _BOTTOM - value / top * (_HEIGHT - _TOP - _BOTTOM)

    room = (_WIDTH - _START - _END) // (max(map(len, names), default=1) * _LETTER + _LETTER)
    every = math.ceil(len(values) / max(1, min(_MOST_LABELS, room)))
    parts = [_grid(top, unit, up, is_rtl=is_rtl)]
    parts += [
        _text(across(place), _HEIGHT - _BOTTOM + 22, name, "middle")
        for place, name in enumerate(names)
        if place % every == 0
    ]
    if target is not None:
        parts.append(_line(across(0), up(target), across(len(values) - 1), up(target), _TARGET, dashes="6 4"))
    points = [(across(place), up(value), value) for place, value in enumerate(values) if value is not None]
    parts.append(
        format_html(
            '<polyline points="{}" fill="none" stroke="{}" stroke-width="2"></polyline>',
            " ".join(f"{x:.1f},{y:.1f}" for x, y, _value in points),
            _LINE,
        )
    )
    if len(points) <= _MOST_POINTS:
        parts += [_point(x, y, as_text(value, unit)) for x, y, value in points]
    return _svg(_HEIGHT, parts, label)


def _point(x: float, y: float, says: str) -> SafeString:
    circle = '<circle cx="{}" cy="{}" r="3" fill="{}"><title>{}</title></circle>'
    return format_html(circle, f"{x:.1f}", f"{y:.1f}", _LINE, says)


class Bar(NamedTuple):
    """A row as a bar: its name, its value, the value as it is written, and what it should be."""

    name: str
    value: float | None
    says: str
    target: float | None = None


def by_row(table: Table, *, is_rtl: bool = False) -> SafeString:
    """Each row as a bar of all months together, with what it should be as a dashed line; nothing where no row has a
    number that is shown."""
    unit = table.measure.unit
    if all(row.total.value is None for row in table.rows):
        return SafeString("")
    rows = [Bar(row.name, row.total.value, written(row.total, unit), row.target) for row in table.rows]
    return bars(rows, f"{table.measure.label}, {table.head}", unit=unit, is_rtl=is_rtl)


def bars(rows: Sequence[Bar], label: str, *, unit: Unit = Unit.COUNT, is_rtl: bool = False) -> SafeString:
    """Rows as bars, with axes, and with what each should be as a dashed line."""
    rows = rows[:_MOST_BARS]
    if not rows:
        return SafeString("")
    top = top_of([*(row.value for row in rows), *(row.target for row in rows)], unit)
    height, room = _BAR * len(rows) + _TOP + _BOTTOM, _WIDTH - 2 * _END - _START

    def across(value: float) -> float:
        at = _END + value / top * room
        return _WIDTH - at if is_rtl else at

    parts = [
        _line(across(tick), _TOP, across(tick), height - _BOTTOM, _PALE)
        + _text(across(tick), height - _BOTTOM + 20, _tick(tick, unit), "middle")
        for tick in _ticks(top)
    ]
    for place, row in enumerate(rows):
        parts.append(_bar(row, across, _TOP + place * _BAR, is_rtl=is_rtl))
        if row.target is not None:
            at, above = across(row.target), _TOP + place * _BAR
            parts.append(_line(at, above, at, above + _BAR, _TARGET, dashes="6 4"))
    return _svg(height, parts, label)


def _bar(row: Bar, across: Callable[[float], float], y: float, *, is_rtl: bool) -> SafeString:
    end, begin = across(row.value or 0), across(0)
    side = -1 if is_rtl else 1
    return (
        _text(begin, y + 14, row.name, "start", is_rtl=is_rtl)
        + format_html('<rect x="{}" y="{}" width="{}" height="14" fill="{}"></rect>', f"{min(begin, end):.1f}", y + 19,
                      f"{abs(end - begin):.1f}", _LINE)
        + _text(end + 6 * side, y + 32, row.says, "end" if is_rtl else "start")
    )  # fmt: skip


def _grid(top: float, unit: Unit, up: Callable[[float], float], *, is_rtl: bool) -> SafeString:
    edge = _WIDTH - _START + 6 if is_rtl else _START - 6
    start, end = (_END, _WIDTH - _START) if is_rtl else (_START, _WIDTH - _END)
    lines = (
        _line(start, up(tick), end, up(tick), _INK if tick == 0 else _PALE)
        + _text(edge, up(tick) + 5, _tick(tick, unit), "start" if is_rtl else "end")
        for tick in _ticks(top)
    )
    return _joined(lines)


def top_of(values: Sequence[float | None], unit: Unit) -> float:
    """The end of the axis: a round number that nothing is above."""
    if unit is Unit.PERCENT:
        return 100
    most = max([value for value in values if value is not None], default=0) or 1
    step = 10.0 ** math.floor(math.log10(most))
    return float(next(step * times for times in (1, 2, 4, 5, 10) if step * times >= most))


def _ticks(top: float) -> list[float]:
    return [top * quarter / 4 for quarter in range(5)]


def _tick(value: float, unit: Unit) -> str:
    text = written_numbers.shortest(value, 2)
    return written_numbers.with_percent(text) if unit is Unit.PERCENT else text


def _line(x1: float, y1: float, x2: float, y2: float, colour: str, dashes: str = "none") -> SafeString:
    return format_html(
        '<line x1="{}" y1="{}" x2="{}" y2="{}" stroke="{}" stroke-dasharray="{}"></line>',
        *(f"{at:.1f}" for at in (x1, y1, x2, y2)),
        colour,
        dashes,
    )


def _text(x: float, y: float, text: str, anchor: str, *, is_rtl: bool = False) -> SafeString:
    """Numbers read from left to right; names in their page's direction, in which the start is its own side."""
    return format_html(
        '<text x="{}" y="{}" text-anchor="{}" direction="{}" fill="{}">{}</text>',
        f"{x:.1f}",
        f"{y:.1f}",
        anchor,
        "rtl" if is_rtl else "ltr",
        _INK,
        text,
    )


def _svg(height: float, parts: Sequence[SafeString], label: str) -> SafeString:
    return format_html(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {} {}" role="img" aria-label="{}" font-size="16" '
        'font-family="sans-serif"><rect width="100%" height="100%" fill="#ffffff"></rect>{}</svg>',
        _WIDTH,
        height,
        _("Chart of %(what)s") % {"what": label},
        _joined(parts),
    )


def _joined(parts: Iterable[SafeString]) -> SafeString:
    return format_html_join("", "{}", ((mark_safe(part),) for part in parts))  # noqa: S308  (escaped where made)
