"""A newer pack that says the same but for one antigen: it moves nobody's visits for the others."""

from __future__ import annotations

import datetime as dt
import random
from pathlib import Path

import pytest
import time_machine
from django.db.models import Q

from hera.child_health import endings
from hera.child_health.models import Child, DoseGiven, PlannedVisit
from hera.child_health.packs import adopting, reading
from hera.child_health.plan import checking, stored
from hera.core import clock
from tests.families import make_child, make_pregnancy, make_user, tick

pytestmark = pytest.mark.django_db
D = dt.date
FILE = Path(__file__).parents[2] / "packs" / "TR-2025-04-14.yaml"
NOW = dt.datetime(2026, 6, 1, 9, tzinfo=dt.UTC)
TODAY = D(2026, 6, 1)
DAY = dt.timedelta(days=1)
HEPATITIS_A = {1, 2}  # its doses: due at 18 and 24 months


@pytest.fixture(autouse=True)
def now():
    with time_machine.travel(NOW) as traveller:
        yield traveller


def newer(folder: Path, day: str, *changes: tuple[str, str]) -> reading.Read:
    """The pack of Türkiye as of another day, with these words changed in the series of hepatitis A."""
    text = FILE.read_text().replace("TR-2025-04-14\n", f"TR-{day}\n").replace("from: 2025-04-14", f"from: {day}")
    before, after = text.split("\n  HepA:\n    - id", 1)
    series, rest = after.split("\nantenatal:", 1)
    for old, new in changes:
        assert old in series
        series = series.replace(old, new)
    cases = rest.index("\ncases:")  # they are of the pack as it was
    path = folder / f"TR-{day}.yaml"
    path.write_text(f"{before}\n  HepA:\n    - id{series}\nantenatal:{rest[:cases] if changes else rest}\n")
    return reading.read(path)


def families(chance: random.Random, until: D) -> None:
    """On time and late, with and without a card, ticks, and second tries that wait."""
    for number in range(120):
        born = until - chance.randrange(1, 2200) * DAY
        known_on = born if number % 3 == 0 else min(until - chance.randrange(1, 25) * DAY, until)
        child = make_child(make_user(), born, chance.choice(["MALE", "FEMALE"]), known_on=max(born, known_on))
        if number % 4 == 0:
            for dose, age in ((3, 0), (7, 60), (15, 60)):
                if born + age * DAY <= known_on:
                    DoseGiven.objects.create(
                        child=child, vaccine_dose_id=dose, date=born + age * DAY, precision="day", source="card",
                        entered_at=dt.datetime.combine(known_on, dt.time(9), dt.UTC),
                    )  # fmt: skip
        if number % 7 == 0:
            tick(child, 3, 5)
    for weeks in range(7, 40, 3):
        start = until - weeks * 7 * DAY
        make_pregnancy(make_user(), start, start + chance.randrange(5, weeks + 1) * 7 * DAY, visits=weeks % 2)
    for days in (0, 1, 4, 12):
        start = until - 39 * 7 * DAY
        newborn = endings.Newborn("Leyla", "FEMALE", until - days * DAY)
        mother = make_pregnancy(make_user(), start, start + 70 * DAY)
        endings.end_pregnancy(mother, endings.Kind.BIRTH, endings.By(), date=newborn.date_of_birth, newborns=[newborn])


def before_them(today: D, *, second_tries: bool) -> set[tuple[object, ...]]:
    """All that is before children and mothers, but for hepatitis A.

    Args:
        second_tries: also those that are far ahead. Whether one is needed depends on the other visits about that time.
    """
    rows = PlannedVisit.objects.filter(is_open=True, due__gte=today)
    rows = rows if second_tries else rows.filter(Q(attempt=1) | Q(due__lt=today + 30 * DAY))
    found = {
        (row.child_id, row.pregnancy_id, row.kind, row.attempt, row.due, tuple(set(row.left) - HEPATITIS_A), row.week)
        for row in rows
    }
    return {row for row in found if row[5] or row[2] != "v"}


def concerned(today: D) -> set[int]:
    """Whom it is about: their dose was planned by the one pack by now, and by the other not yet."""
    return {child.pk for child in Child.objects.all() if today - 830 * DAY <= child.date_of_birth <= today - 725 * DAY}


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize(
    "changes", [(), (("due: 24 months", "due: 26 months"), ("overdue: 27 months", "overdue: 29 months"))]
)
def test_a_dose_of_another_antigen_that_moves_moves_no_visit(programme, now, tmp_path, seed, changes):
    chance = random.Random(seed)
    adopting.adopt(reading.read(FILE))
    today = TODAY + 40 * DAY
    now.move_to(NOW + 40 * DAY)
    families(chance, today)
    stored.catch_up()
    now.move_to(NOW + 43 * DAY)
    today = clock.now().date()
    wanted = before_them(today, second_tries=not changes)
    for day in ("2026-01-01", "2026-02-01"):
        adopting.adopt(newer(tmp_path, day, *changes))
        stored.catch_up()
        assert checking.check(None).total == 0
        others = concerned(today) if changes else set()
        found = {row for row in before_them(today, second_tries=not changes) if row[0] not in others}
        assert found == {row for row in wanted if row[0] not in others}
        assert len(found) > 300
