"""The first page and the programme by month: what they take to count, and to show where that was done before."""

from __future__ import annotations

import datetime as dt

import psycopg

from benchmarks import world
from benchmarks.measure import job
from benchmarks.report import Table

SOURCES = ("doses", "thirds", "visits", "antenatal", "reach", "failures", "money")
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
_COUNT_SOURCE = """
import time
from hera.figures import counting, sources
started = time.perf_counter()
counting.count(sources.SOURCES[{name!r}])
print(f"created=1 seconds={{time.perf_counter() - started:.3f}}")
"""
_SHOW_MONTHS = """
import datetime as dt, time
from hera.figures import asked, counting, plots, tabulated
from hera.figures.measures import MEASURES
longest = 0
for measure in MEASURES.values():
    for by in measure.dimensions:
        started = time.perf_counter()
        counting.counted(measure.source)
        wanted = asked.read({"measure": measure.key, "by": by})
        table = tabulated.table_of(measure, wanted.first, wanted.last, by=by, series=wanted.series)
        plots.over_time(table), plots.by_row(table)
        longest = max(longest, time.perf_counter() - started)
print(f"created=1 seconds={longest:.3f}")
"""
CENTRES = 100


def _centres(url: str) -> None:
    """Everybody goes to one of the centres, of ten districts."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            """
            INSERT INTO health_center_healthcenter (name, address, geolocation, district)
            SELECT 'Centre ' || n, '', '36.2,36.1', 'District ' || n %% 10 FROM generate_series(1, %s) n
            """,
            [CENTRES],
        )
        connection.execute(
            """
            INSERT INTO health_center_centerofperson (user_id, center_id, set_at)
            SELECT person.id, centre.ids[1 + person.id % cardinality(centre.ids)], now()
            FROM auth_user person, (SELECT array_agg(id) AS ids FROM health_center_healthcenter) centre
            """
        )
        connection.execute("ANALYZE")


def run(make_database, users: int) -> Table:
    table = Table(f"The first page's figures, of {users:,} people", ["what", "seconds"])
    with make_database() as url:
        world.fill(url, users=users, due=1000)
        world.live(url, dt.date.today())  # noqa: DTZ011  (the panel's today; a day more or less is the same work)
        for name, what in (("totals", "what stands"), ("days", "thirty days"), ("coverage", "vaccines given, by age")):
            table.add(f"counting {what}", job(url, "shell", "--no-imports", "-c", _COUNT.format(name=name)).seconds)
        _centres(url)
        for name in SOURCES:
            shell = ("shell", "--no-imports", "-c", _COUNT_SOURCE.format(name=name))
            table.add(f"counting by month, for {CENTRES} centres: {name}", job(url, *shell).seconds)
        longest = job(url, "shell", "--no-imports", "-c", _SHOW_MONTHS).seconds
        table.add("the slowest of the measures by month, read and drawn", longest)
        table.add("all of them, as the page asks", job(url, "shell", "--no-imports", "-c", _SHOW).seconds)
    return table
