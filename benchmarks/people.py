"""The panel's list of people, filter by filter, and the export of all of them."""

from __future__ import annotations

import datetime as dt

from benchmarks import world
from benchmarks.measure import inside
from benchmarks.report import Table

FILTERS = {
    "everybody": {},
    "the end of a number": {"number": "0012345"},
    "a number, as written at home": {"number": "0500 001 23 45"},
    "the beginning of numbers": {"number": "+90500"},
    "a word of a name": {"name": "777"},
    "a word of everybody's name": {"name": "mother"},
    "a word of nobody's name": {"name": "zeynep"},
    "Arabic, pregnant": {"language": "ar", "pregnant": "yes"},
    "a gender that nobody has": {"gender": "MALE"},
    "born 1990 to 1991": {"born_from": "1990", "born_to": "1991"},
    "a time zone": {"timezone": "Asia/Kabul"},
    "no children (nobody)": {"children_to": "0"},
    "at least 2 children": {"children_from": "2"},
    "at least 3 children (nobody)": {"children_from": "3"},
    "a child born 2020 to 2021": {"child_born_from": "2020", "child_born_to": "2021"},
    "a vaccination or visit in 7 days": {"due_days": "7"},
    "a vaccination overdue": {"overdue": "yes"},
    "none overdue": {"overdue": "no"},
    "a survey unanswered": {"surveys": "open"},
    "all surveys answered no": {"surveys": "all_no"},
    "all notifications read": {"notifications": "all_read"},
    "six criteria": {
        "language": "ar",
        "pregnant": "yes",
        "overdue": "yes",
        "child_born_from": "2025",
        "surveys": "open",
        "notifications": "none_read",
    },
}


def run(make_database, users: int) -> list[Table]:
    """Two tables: how long a page of the list takes for each filter, and what an export costs."""
    lists = Table(
        f"A page of the panel's list, of {users:,} people", ["filter", "found in one look", "slowest of 5, ms"]
    )
    made = Table(f"Exports of {users:,} people", ["table", "MiB of file", "seconds", "peak MiB"])
    with make_database() as url:
        world.fill(url, users=users, due=1000)
        world.live(url, dt.date.today())  # noqa: DTZ011  (the panel's today; a day more or less is the same work)
        for name, criteria in FILTERS.items():
            cost = inside(url, "list_of_people", criteria)
            lists.add(name, cost.created, cost.seconds * 1000)
        for kind, form in (("people-wide", "csv"), ("children", "csv"), ("people", "xlsx")):
            cost = inside(url, "export", kind, form)
            made.add(f"{kind}, {form}", cost.created / 2**20, cost.seconds, cost.mebibytes)
    return [lists, made]
