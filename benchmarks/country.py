"""The demo country of `make up`: how long a new local database waits for it."""

from __future__ import annotations

from benchmarks.measure import inside
from benchmarks.report import Table
from hera.devserver.made_up_families import FAMILIES


def run(make_database) -> Table:
    table = Table("The demo country", ["families", "seconds", "MiB of the process"])
    with make_database() as url:
        made = inside(url, "demo", FAMILIES)
    table.add(made.created, made.seconds, made.mebibytes)
    table.note = "Two years, played day by day by the services behind the API."
    return table
