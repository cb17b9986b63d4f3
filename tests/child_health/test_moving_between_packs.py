"""A family that moves: the story of docs/packs.md, held to what comes out.

Born in Syria with two visits there, in Türkiye at one year, in Germany at twenty months. What was given stays; each
country's pack judges all of it anew, from the day on which the family came and its card was seen there.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from hera.child_health.plan.by_pack import ByPack
from hera.child_health.plan.due_ages import DueAges
from hera.child_health.plan.subject import Record, subject_of
from hera.immunization import pack_file

D = dt.date
ROOT = Path(__file__).parents[2]
BORN = D(2025, 3, 10)
IN_TURKEY, IN_GERMANY = D(2026, 3, 12), D(2026, 11, 16)
BEGINS, ENDS = "<!-- a family that moves -->\n", "<!-- end of the family that moves -->\n"
GIVEN = [
    ("bcg", D(2025, 3, 10)),
    ("hepb", D(2025, 3, 10)),
    ("bopv", D(2025, 3, 10)),
    ("penta_wp", D(2025, 5, 5)),
    ("ipv", D(2025, 5, 5)),
    ("hexa", D(2026, 3, 19)),
    ("pcv13", D(2026, 3, 19)),
    ("mmr", D(2026, 3, 19)),
    ("var", D(2026, 3, 19)),
    ("hexa", D(2026, 5, 14)),
    ("pcv13", D(2026, 5, 14)),
]
STAYS = [("SY-2023-01-01", BORN), ("TR-2025-04-14", IN_TURKEY), ("DE-2026-01-22", IN_GERMANY)]


def by(name: str) -> ByPack:
    return ByPack(pack_file.load(ROOT / "packs" / f"{name}.yaml"), D(2020, 1, 1), DueAges({}))


def records_on(day: D) -> list[Record]:
    """What the card says on the day on which it is seen."""
    return [
        Record(None, None, None, given, "day", product, "", "card", False, day, pk)
        for pk, (product, given) in enumerate(GIVEN, start=1)
        if given < day
    ]


def coming(pack: ByPack, since: D) -> list[tuple[D, list[int]]]:
    """The visits before the child, as seen on a day: each with its doses."""
    planned = pack.of_child(subject_of(BORN, "FEMALE", since, records_on(since)))
    firsts = {dose for visit in planned if visit.attempt == 1 and visit.due >= since for dose in visit.left}
    return [
        (visit.due, list(visit.left))
        for visit in planned
        if visit.left and visit.due >= since and not (visit.attempt > 1 and firsts.intersection(visit.left))
    ]


def told() -> str:
    lines = []
    for name, since in STAYS:
        pack = by(name)
        dose_of = {
            dose.id: f"{vaccine.nickname or vaccine.name}, {dose.name}" for vaccine, dose in pack.pack.doses().values()
        }
        lines += [f"From {since:%-d %b %Y} on, by {name}:", "", "| day | age | doses |", "|---|---|---|"]
        for day, doses in coming(pack, since):
            months = (day.year - BORN.year) * 12 + day.month - BORN.month - (day.day < BORN.day)
            age = f"{months} months" if months > 5 else f"{(day - BORN).days // 7} weeks"
            lines.append(f"| {day:%-d %b %Y} | {age} | {'; '.join(dose_of[dose] for dose in doses)} |")
        lines.append("")
    return "\n".join(lines)


def test_the_story_is_told_as_it_comes_out():
    page = (ROOT / "docs" / "packs.md").read_text()
    assert page.split(BEGINS)[1].split(ENDS)[0] == told(), told()


@pytest.mark.parametrize(("name", "since"), STAYS, ids=["Syria", "Türkiye", "Germany"])
def test_nothing_is_planned_before_it_may_be_given(name: str, since: D):
    pack = by(name)
    planned = pack.of_child(subject_of(BORN, "FEMALE", since, records_on(since)))
    assert all(
        visit.earliest is None or visit.due >= visit.earliest for visit in planned if visit.left and visit.due >= since
    )


def test_what_was_given_elsewhere_counts():
    """Birth doses of Syria in Türkiye; in Germany measles vaccine of Türkiye, by another product's name."""
    turkey, germany = by("TR-2025-04-14"), by("DE-2026-01-22")
    assert not {3, 6} & {dose for _, doses in coming(turkey, IN_TURKEY) for dose in doses}, "hepatitis B and BCG"
    names = {dose.id: vaccine.key for vaccine, dose in germany.pack.doses().values()}
    measles = [names[dose] for _, doses in coming(germany, IN_GERMANY) for dose in doses if names[dose] == "mmr"]
    assert len(measles) == 1, "the second alone"


def test_the_order_in_which_a_card_is_read_does_not_matter():
    pack, records = by("DE-2026-01-22"), records_on(IN_GERMANY)
    assert pack.of_child(subject_of(BORN, "FEMALE", IN_GERMANY, records[::-1])) == pack.of_child(
        subject_of(BORN, "FEMALE", IN_GERMANY, records)
    )
