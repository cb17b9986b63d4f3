"""The notifications job on countries of different sizes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg

from benchmarks import world
from benchmarks.measure import Cost, job, median
from benchmarks.report import Table

if TYPE_CHECKING:
    from collections.abc import Iterator

RUNS = 3
COMMAND = "generate_notifications"
SAME_DUE = 5000


def run(make_database, sizes: list[int], due: int) -> Iterator[Table]:
    """The tables, each as soon as it is full: the largest country takes most of an hour."""
    small, large = sizes[0], sizes[-1]
    scaling = Table("The same number due, more people", ["people", "due", "seconds", "MiB"])
    by_size = {}
    for users in sizes:
        with make_database() as url:
            world.fill(url, users=users, due=SAME_DUE)
            by_size[users] = median([_create(url) for _ in range(RUNS)])
            scaling.add(users, by_size[users].created, by_size[users].seconds, by_size[users].mebibytes)
    scaling.note = f"{large:,} people against {small:,}: {by_size[large].seconds / by_size[small].seconds:.2f} times"
    yield scaling

    busy = Table(f"{large:,} people", ["run", "created", "seconds", "MiB"])
    with make_database() as url:
        planned = Table(f"Planning the visits of {large:,} children", ["run", "planned", "seconds", "MiB"])
        planned.add("all, for the first time", *_row(world.fill(url, users=large, due=due)))
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("UPDATE child_health_vaccinedose SET week_age = week_age + 1 WHERE id = 20")
        planned.add("all, after a dose was moved", *_row(world.plan(url)))
        planned.add("nobody", *_row(world.plan(url)))
        quiet = median([job(url, COMMAND, "--at", f"{world.QUIET}{world.NOON}") for _ in range(RUNS)])
        busy.add("nothing due", *_row(quiet))
        busy.add(f"{due:,} due", *_row(median([_create(url) for _ in range(RUNS)])))
        job(url, COMMAND, "--at", f"{world.TARGET}{world.NOON}")
        again = median([job(url, COMMAND, "--at", f"{world.TARGET}{world.NOON}") for _ in range(RUNS)])
        busy.add("all of them announced already", *_row(again))
        monday = job(url, COMMAND, "--at", f"{world.MONDAY}{world.NOON}")
        busy.add("a Monday: antenatal visits too", *_row(monday))
        monday_again = median([job(url, COMMAND, "--at", f"{world.MONDAY}{world.NOON}") for _ in range(RUNS)])
        busy.add("that Monday, a minute later", *_row(monday_again))
        yield busy
        planned.add("all, after a pack was adopted", *_row(world.plan_by_a_pack(url)))
        yield planned
        by_pack = Table(f"{large:,} people, by a pack", ["run", "created", "seconds", "MiB"])
        by_pack.add("a usual day", *_row(_create(url)))
        later = median([job(url, COMMAND, "--at", f"{world.TARGET}{world.NOON}") for _ in range(RUNS)])
        by_pack.add("that day, a minute later", *_row(later))
        yield by_pack


def _create(url: str) -> Cost:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("TRUNCATE events_notificationevent, procrastinate_jobs CASCADE")
        connection.execute("CHECKPOINT")
    return job(url, COMMAND, "--at", f"{world.TARGET}{world.NOON}")


def _row(cost: Cost) -> tuple[int, float, float]:
    return cost.created, cost.seconds, cost.mebibytes
