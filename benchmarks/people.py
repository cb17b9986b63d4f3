"""The panel's list of people, filter by filter, and the export of all of them."""

from __future__ import annotations

from benchmarks import world
from benchmarks.measure import job
from benchmarks.report import Table

FILTERS = {
    "everybody": {},
    "number contains 12345": {"number": "12345"},
    "number, one person": {"number": "+905000012345"},
    "name contains ther 777": {"name": "ther 777"},
    "Arabic, pregnant": {"language": "ar", "pregnant": "yes"},
    "at least 2 children": {"children_from": "2"},
    "a child born 2020 to 2021": {"child_born_from": "2020", "child_born_to": "2021"},
    "a vaccination due in 7 days": {"due_days": "7"},
    "a vaccination overdue": {"overdue": "yes"},
    "none overdue": {"overdue": "no"},
    "no survey answered": {"surveys": "open"},
    "a time zone": {"timezone": "Asia/Kabul"},
}
_LIST = """
import statistics, time
from hera.custom_user.people import PeopleFilter, page_of
form = PeopleFilter({criteria!r})
assert form.is_valid()
def read():
    started = time.perf_counter()
    page = page_of(form)
    return time.perf_counter() - started, page.count
read()
runs = [read() for _ in range(5)]
print(f"created={{runs[0][1]}} seconds={{statistics.median(seconds for seconds, _count in runs):.4f}}")
"""
_EXPORT = """
import time
from hera.custom_user import exports
from hera.custom_user.masking import Mask
from hera.custom_user.people import people
started = time.perf_counter()
size = sum(len(piece) for piece in exports.{make}({kind!r}, people(), Mask(is_on=True)))
print(f"created={{size}} seconds={{time.perf_counter() - started:.1f}}")
"""


def run(make_database, users: int) -> list[Table]:
    """Two tables: seconds of a page of the list for each filter, and what an export costs."""
    lists = Table(f"A page of the panel's list, of {users:,} people", ["filter", "found (to 10,000)", "ms"])
    made = Table(f"Exports of {users:,} people", ["table", "MiB of file", "seconds", "peak MiB"])
    with make_database() as url:
        world.fill(url, users=users, due=1000)
        for name, criteria in FILTERS.items():
            cost = job(url, "shell", "--no-imports", "-c", _LIST.format(criteria=criteria))
            lists.add(name, cost.created, cost.seconds * 1000)
        for kind, make in (("people-wide", "as_csv"), ("children", "as_csv"), ("people", "as_xlsx")):
            cost = job(url, "shell", "--no-imports", "-c", _EXPORT.format(kind=kind, make=make))
            made.add(f"{kind}, {make.removeprefix('as_')}", cost.created / 2**20, cost.seconds, cost.mebibytes)
    return [lists, made]
