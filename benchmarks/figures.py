"""The first page and the programme by month: what they take to count, and to show where that was done before."""

from __future__ import annotations

import datetime as dt

import psycopg

from benchmarks import world
from benchmarks.measure import inside
from benchmarks.report import Table

SOURCES = ("doses", "thirds", "visits", "antenatal", "reach", "failures", "money")
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
            table.add(f"counting {what}", inside(url, "figure", name).seconds)
        _centres(url)
        for name in SOURCES:
            seconds = inside(url, "source_of_months", name).seconds
            table.add(f"counting by month, for {CENTRES} centres: {name}", seconds)
        longest = inside(url, "slowest_of_months").seconds
        table.add("the slowest of the measures by month, read and drawn", longest)
        table.add("all of them, as the page asks", inside(url, "figures_shown").seconds)
    return table
