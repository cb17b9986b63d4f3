"""The panel's first page: what its figures take to count, and to show where they were counted in the background."""

from __future__ import annotations

import datetime as dt

from benchmarks import world
from benchmarks.measure import job
from benchmarks.report import Table

_COUNT = """
import time
from hera.figures import cache
started = time.perf_counter()
cache.COUNTED[{name!r}]()
print(f"created=1 seconds={{time.perf_counter() - started:.3f}}")
"""
_SHOW = """
import time
from hera.figures import cache
for name in cache.COUNTED:
    cache.figure(name)
started = time.perf_counter()
for name in cache.COUNTED:
    cache.figure(name)
print(f"created=1 seconds={time.perf_counter() - started:.3f}")
"""


def run(make_database, users: int) -> Table:
    table = Table(f"The first page's figures, of {users:,} people", ["what", "seconds"])
    with make_database() as url:
        world.fill(url, users=users, due=1000)
        world.live(url, dt.date.today())  # noqa: DTZ011  (the panel's today; a day more or less is the same work)
        for name, what in (("totals", "what stands"), ("days", "thirty days"), ("coverage", "vaccines given, by age")):
            table.add(f"counting {what}", job(url, "shell", "--no-imports", "-c", _COUNT.format(name=name)).seconds)
        table.add("all of them, as the page asks", job(url, "shell", "--no-imports", "-c", _SHOW).seconds)
    return table
