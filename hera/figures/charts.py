"""Charts as SVG: no script draws them, so they print; the numbers stand beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.html import format_html, format_html_join

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.utils.safestring import SafeString

WIDTH, HEIGHT = 240, 48


def spark(values: Sequence[int], label: str) -> SafeString:
    """A small chart of one value a day."""
    most = max([*values, 1])
    step = WIDTH / max(1, len(values))
    bars = format_html_join(
        "",
        '<rect x="{}" y="{}" width="{}" height="{}"></rect>',
        (
            (
                f"{place * step:.1f}",
                f"{HEIGHT - value / most * HEIGHT:.1f}",
                f"{step * 0.8:.1f}",
                f"{value / most * HEIGHT:.1f}",
            )
            for place, value in enumerate(values)
        ),
    )
    return format_html(
        '<svg viewBox="0 0 {} {}" role="img" aria-label="{}" preserveAspectRatio="none" '
        'class="w-full h-12 text-primary-600" fill="currentColor">{}</svg>',
        WIDTH,
        HEIGHT,
        label,
        bars,
    )


def shares(row: dict[str, Any], parts: Sequence[str]) -> list[tuple[str, int, str]]:
    """(part, count, its width in percent) of a stacked bar."""
    total = sum(row[part] for part in parts) or 1
    return [(part, row[part], f"{row[part] / total * 100:.1f}") for part in parts]


def ages(bounds: Sequence[tuple[int, int | None]]) -> list[str]:
    """What the ages of `coverage.AGES` are called."""
    return [f"{years}+" if below is None else str(years) if below == years + 1 else f"{years}–{below - 1}"
            for years, below in bounds]  # fmt: skip


def coverage(rows: Sequence[dict[str, Any]], bounds: Sequence[tuple[int, int | None]]) -> dict[str, Any]:
    """What the table of coverage shows: its rows, the ages, and whether it says how many were on time."""
    shown = _coverage(rows, bounds)
    has_on_time = any(row["on_time"] is not None for row in shown)
    return {"coverage": shown, "ages": ages(bounds), "has_on_time": has_on_time}


def _coverage(rows: Sequence[dict[str, Any]], bounds: Sequence[object]) -> list[dict[str, Any]]:
    """Rows of `coverage.coverage` with a list `ages` of (given, due, percent) in place of the columns of each age.

    `on_time` is (on time, given on a known day, percent); None where nobody says from when it is late.
    """
    return [
        {
            "name": row["name"],
            "given": row["given"],
            "due": row["due"],
            "on_time": None if row.get("on_time") is None else _part(row["on_time"], row["dated"]),
            "ages": [_part(row[f"given_{number}"], row[f"due_{number}"]) for number in range(len(bounds))],
        }
        for row in rows
    ]


def _part(given: int, due: int) -> tuple[int, int, int]:
    return given, due, round(given / due * 100) if due else 0
