"""Figures that take long to count in a large country: counted in the background, and shown as of then.

Where counting is quick, as in most countries, nothing is kept and a figure is of this instant.
"""

from __future__ import annotations

import datetime as dt
import time
from typing import TYPE_CHECKING, Any

from hera.core import clock, timezones
from hera.figures import selectors
from hera.figures.coverage import coverage
from hera.figures.models import Figure

if TYPE_CHECKING:
    from collections.abc import Callable

DAYS = 30  # of the small charts
QUICK = 0.5  # seconds, of which a page can wait several
# The background counts each hour. Older than this, it is not at work, and whoever looks has to wait.
GOOD_FOR = dt.timedelta(hours=3)


def _days() -> dict[str, list[int]]:
    today = clock.today_in(timezones.default())
    return selectors.daily(today - dt.timedelta(days=DAYS - 1), today)


COUNTED: dict[str, Callable[[], Any]] = {
    "totals": selectors.totals,
    "days": _days,
    "coverage": coverage,
}


def figure(name: str) -> tuple[Any, dt.datetime]:
    """One of `COUNTED`, and when it was counted."""
    known = Figure.objects.filter(name=name).first()
    if known and known.seconds > QUICK and known.counted_at > clock.now() - GOOD_FOR:
        return known.value, known.counted_at
    return _count(name, was_slow=known is not None)


def count_slow_ones() -> int:
    """Count anew what takes long, so that nobody waits for it; returns how many figures those are."""
    slow = list(Figure.objects.filter(seconds__gt=QUICK, name__in=COUNTED).values_list("name", flat=True))
    for name in slow:
        _count(name, was_slow=True)
    return len(slow)


def _count(name: str, *, was_slow: bool) -> tuple[Any, dt.datetime]:
    now, started = clock.now(), time.perf_counter()
    value = COUNTED[name]()
    seconds = time.perf_counter() - started
    if seconds > QUICK:
        defaults = {"value": value, "seconds": seconds, "counted_at": now}
        Figure.objects.update_or_create(name=name, defaults=defaults)
    elif was_slow:
        Figure.objects.filter(name=name).delete()
    return value, now
