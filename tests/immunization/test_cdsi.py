"""The engine against CDC's published cases, and what happens to them without each of its rules."""

from __future__ import annotations

import dataclasses
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from hera.immunization.ages import Period
from hera.immunization.schedule import AgeRule, IntervalRule, Schedule, TargetDose
from hera.immunization.verdicts import Reason
from tests.immunization import cdsi, cdsi_adapter

CASES = cdsi.read()


@pytest.mark.parametrize("group", sorted({case["group"] for case in CASES}))
def test_every_published_case_of_a_vaccine_group(group: str) -> None:
    """Evaluation of each dose, status, three dates and the dose number."""
    schedule = cdsi_adapter.schedule()
    results = [cdsi.run(case, schedule) for case in CASES if case["group"] == group]
    assert [one.case["id"] for one in results if not one.agrees["case"]] == []


def test_all_the_handed_cases_are_there() -> None:
    assert len(CASES) == 759


# Two objections hold of these doses; the cases name the other one.
EITHER = {"2013-0192": Reason.TOO_YOUNG, "2013-0823": Reason.TOO_SOON, "2018-0022": Reason.WRONG_PRODUCT}


def test_reasons_are_the_published_ones() -> None:
    """Where a published case gives a reason, ours is the same."""
    schedule = cdsi_adapter.schedule()
    differing = {
        case["id"]: reason
        for case in CASES
        for dose, (_, reason) in zip(case["doses"], cdsi.run(case, schedule).got["evaluation"], strict=True)
        if dose.get("reason") and cdsi.REASONS[dose["reason"].lower()] != reason
    }
    assert differing == EITHER


def _with_doses(schedule: Schedule, change: Callable[[TargetDose], TargetDose]) -> Schedule:
    series = {
        antigen: tuple(dataclasses.replace(one, doses=tuple(map(change, one.doses))) for one in several)
        for antigen, several in schedule.series.items()
    }
    return dataclasses.replace(schedule, series=series)


def _ages(change: Callable[[AgeRule], AgeRule]) -> Callable[[Schedule], Schedule]:
    return lambda schedule: _with_doses(
        schedule, lambda dose: dataclasses.replace(dose, ages=tuple(map(change, dose.ages)))
    )


def _intervals(change: Callable[[IntervalRule], IntervalRule]) -> Callable[[Schedule], Schedule]:
    return lambda schedule: _with_doses(
        schedule, lambda dose: dataclasses.replace(dose, intervals=tuple(map(change, dose.intervals)))
    )


def _without_grace(period: Period | None) -> Period | None:
    return period and dataclasses.replace(period, days=max(0, period.days))


MUTATIONS: dict[str, Callable[[Schedule], Schedule]] = {
    "no age grace": _ages(
        lambda rule: dataclasses.replace(rule, absolute_minimum=_without_grace(rule.absolute_minimum))
    ),
    "no interval grace": _intervals(
        lambda rule: dataclasses.replace(rule, absolute_minimum=_without_grace(rule.absolute_minimum))
    ),
    "no skips": lambda schedule: _with_doses(schedule, lambda dose: dataclasses.replace(dose, skips=())),
    "no maximum ages": _ages(lambda rule: dataclasses.replace(rule, maximum=None)),
    "no live conflicts": lambda schedule: dataclasses.replace(schedule, conflicts={}),
    "no allowable intervals": lambda schedule: _with_doses(
        schedule, lambda dose: dataclasses.replace(dose, allowable_intervals=())
    ),
    "no inadvertent products": lambda schedule: _with_doses(
        schedule, lambda dose: dataclasses.replace(dose, inadvertent=frozenset())
    ),
    "no priority of intervals": _intervals(lambda rule: dataclasses.replace(rule, overrides=False)),
    "no immunity by birth date": lambda schedule: dataclasses.replace(schedule, born_before={}),
    "no seasons": lambda schedule: _with_doses(schedule, lambda dose: dataclasses.replace(dose, season=None)),
}


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_without_a_rule_cases_fail(mutation: str) -> None:
    """What the cases hold the engine to: each rule of its data matters to some."""
    schedule = MUTATIONS[mutation](cdsi_adapter.schedule())
    assert not all(cdsi.run(case, schedule).agrees["case"] for case in CASES)


def test_other_cases_of_the_same_form_are_run(tmp_path: Path) -> None:
    """Of a group or a product that the data do not know, a case disagrees, and the others are run."""
    unknown = [{**CASES[0], "id": "x", "group": "NONE"}, {**CASES[5], "doses": [{"date": "2020-01-01", "cvx": "9999"}]}]
    path = tmp_path / "cases.json"
    path.write_text(json.dumps([*CASES[:3], *unknown]), encoding="utf-8")
    out = io.StringIO()
    assert cdsi.main([str(path)], out) == 0
    assert out.getvalue().endswith("cdsi: 3 of 5 cases\n")
