"""One child's record judged and forecast: all antigens of CDC's supporting data, which are more than any country's."""

from __future__ import annotations

import datetime as dt
import itertools
import statistics
import time

from benchmarks.report import Table
from hera.immunization.ages import Period
from hera.immunization.assess import assess
from hera.immunization.organize_history import Given, Patient
from hera.immunization.schedule import Schedule
from tests.immunization import cdsi_adapter

BORN = dt.date(2024, 9, 10)
TODAY = dt.date(2026, 3, 10)
# What a child of the United States has had at eighteen months, by CVX code: DTaP-HepB-IPV, Hib, PCV and rotavirus, ...
GIVEN = {
    "0 days": ["08"],
    "2 months": ["110", "48", "133", "116"],
    "4 months": ["110", "48", "133", "116"],
    "6 months": ["110", "48", "133", "116"],
    "12 months": ["03", "21", "83"],
    "15 months": ["20", "48", "133"],
    "18 months - 1 day": ["83"],
}
# Those that many countries give to all children.
OF_CHILDREN = ["Diphtheria", "Tetanus", "Pertussis", "Hib", "HepB", "HepA", "Polio", "Pneumococcal", "Rotavirus"]
OF_CHILDREN += ["Measles", "Mumps", "Rubella", "Varicella"]
ROUNDS = 7
CHILDREN = 100  # of a round


def run() -> Table:
    schedule = cdsi_adapter.schedule()
    asked = {f"all {len(schedule.series)} antigens": None, f"{len(OF_CHILDREN)} of childhood": OF_CHILDREN}
    table = Table(
        "One child, judged and forecast",
        ["doses given", *(f"{name}, {what}" for name in asked for what in ("ms", "children a second and core"))],
        note=f"Medians of {ROUNDS} rounds of {CHILDREN} children each; time of the processor.",
    )
    said = [(age, product) for age, products in GIVEN.items() for product in products]
    doses = [Given(Period.parse(age).after(BORN), product, key=key) for key, (age, product) in enumerate(said)]
    births = itertools.count()  # each child is born on a day of its own: no date is known already from another one
    for count in (0, 6, len(doses)):
        figures: list[float] = []
        for antigens in asked.values():
            rounds = [[_born_later(doses[:count], next(births)) for _ in range(CHILDREN)] for _ in range(ROUNDS)]
            seconds = statistics.median(_seconds(children, schedule, antigens) for children in rounds)
            figures += [seconds * 1000, round(1 / seconds)]
        table.add(count, *figures)
    return table


def _born_later(doses: list[Given], days: int) -> Patient:
    later = dt.timedelta(days=days)
    return Patient(BORN + later, "F", tuple(Given(dose.date + later, dose.product, key=dose.key) for dose in doses))


def _seconds(children: list[Patient], schedule: Schedule, antigens: list[str] | None) -> float:
    """Seconds a child of this core's time."""
    started = time.process_time()
    for child in children:
        assess(child, schedule, TODAY + (child.date_of_birth - BORN), antigens=antigens)
    return (time.process_time() - started) / len(children)
