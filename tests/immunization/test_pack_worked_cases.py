"""Twelve children against the packs of Türkiye and Germany: every dose, date and state of `worked_cases.md`."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from hera.config import REPOSITORY
from hera.immunization import pack_file, pack_trial
from hera.immunization.assess import assess
from hera.immunization.organize_history import Given, Patient
from hera.immunization.pack_schedule import schedule_of
from hera.immunization.verdicts import Reason

PACKS = {country: pack_file.load(next((REPOSITORY / "packs").glob(f"{country}-*.yaml"))) for country in ("TR", "DE")}
REASONS = {
    "ok": None,
    "Age: Too Young": Reason.TOO_YOUNG,
    "Interval: too Soon": Reason.TOO_SOON,
    "Live Virus Conflict": Reason.LIVE_CONFLICT,
}
# What the table calls otherwise than the packs.
PRODUCTS = {"pcv": "pcv13"}
SERIES = {"std": "standard", "late": "late-12m"}
ANTIGENS = {"MumpsRubella": ("Mumps", "Rubella")}

# Where we differ, and who is right. The draft had the German booster against polio at 9 years, and against tetanus at 9
# years too, though 5 years after that of 5 years: `pack check` refuses it. They are one injection (Tdap-IPV): the pack
# plans both at 10 years, within the calendar's 9 to 16.
OURS = {("W4", "Polio"): {"due": dt.date(2033, 1, 15)}}

# Of two products with one antigen on one day, one counts: the drops are the third dose, the hexavalent besides is no
# other. The table judges the drops as a fourth, too young. No date differs, whichever of the two counts.
JUDGED = {
    ("W6", "Polio"): [
        (dt.date(2026, 3, 10), "hexa", None),
        (dt.date(2026, 5, 10), "hexa", None),
        (dt.date(2026, 7, 10), "bopv", None),
        (dt.date(2026, 7, 10), "hexa", Reason.SAME_DAY),
    ]
}


@dataclass
class Child:
    """A worked case: by antigen its series, the doses with their verdicts, and what comes next."""

    name: str
    country: str
    born: dt.date
    today: dt.date
    rows: dict[str, list[str]] = field(default_factory=dict)

    def verdicts(self, antigen: str) -> list[tuple[dt.date, str, Reason | None]]:
        found = re.findall(r"(\d\d-\d\d-\d\d) (\w+):(ok|[A-Z][\w: ]*?)(?= \d\d-|$)", self.rows[antigen][2])
        return [
            (dt.date.fromisoformat(f"20{day}"), PRODUCTS.get(product, product), REASONS[why])
            for day, product, why in found
        ]

    def given(self) -> tuple[Given, ...]:
        doses = {(day, product) for antigen in self.rows for day, product, _ in self.verdicts(antigen)}
        return tuple(Given(day, product, key=number) for number, (day, product) in enumerate(sorted(doses)))


def _children() -> Iterator[Child]:
    text = (Path(__file__).parent / "worked_cases.md").read_text(encoding="utf-8")
    for part in text.split("\n### ")[1:]:
        about = re.search(r"pack (\w+), born (\S+), today (\S+)", part)
        assert about is not None
        child = Child(part.split()[0], about[1], dt.date.fromisoformat(about[2]), dt.date.fromisoformat(about[3]))
        for line in re.findall(r"^\| (\w+ \| .*) \|$", part, re.MULTILINE):
            cells = [cell.strip() for cell in line.split("|")]
            if cells[0] != "antigen":
                child.rows[cells[0]] = cells
        yield child


CHILDREN = {child.name: child for child in _children()}


def test_there_are_twelve() -> None:
    assert list(CHILDREN) == [f"W{number}" for number in range(1, 13)]
    assert sum(len(child.rows) for child in CHILDREN.values()) == 131


@pytest.mark.parametrize(
    ("name", "antigen"), [(child.name, antigen) for child in CHILDREN.values() for antigen in child.rows]
)
def test_a_worked_case_comes_out(name: str, antigen: str) -> None:
    child = CHILDREN[name]
    pack = PACKS[child.country]
    found = assess(Patient(child.born, "FEMALE", child.given()), schedule_of(pack), child.today)
    _, series, _, number, earliest, due, overdue, state = child.rows[antigen]
    for ours in ANTIGENS.get(antigen, (antigen,)):
        (best,) = found.best[ours]
        forecast = found.groups[ours]
        assert best.series.name in {SERIES.get(series, series), series}
        if antigen not in ANTIGENS:
            judged = [(one.dose.date, one.dose.product, one.reason) for one in best.track.verdicts]
            assert judged == JUDGED.get((name, antigen), child.verdicts(antigen))
        wanted = {
            "next": int(number) if number else None,
            "earliest": dt.date.fromisoformat(earliest) if earliest else None,
            "due": dt.date.fromisoformat(due) if due else None,
            "overdue": dt.date.fromisoformat(overdue) if overdue else None,
            "state": state.lower(),
        } | OURS.get((name, antigen), {})
        assert wanted == {
            "next": forecast.number,
            "earliest": forecast.earliest,
            "due": forecast.recommended,
            "overdue": forecast.past_due,
            "state": pack_trial.standing(forecast, child.today),
        }


@pytest.mark.parametrize("country", PACKS)
def test_the_packs_hold_their_worked_cases(country: str) -> None:
    """So that `pack check` tries them wherever a pack is changed."""
    named = [case.what.split(":")[0] for case in PACKS[country].cases]
    of_table = [child.name for child in CHILDREN.values() if child.country == country]
    assert named[: len(of_table)] == of_table, "a pack may have cases of its own after them"
