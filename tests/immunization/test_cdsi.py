"""The engine against CDC's published cases, and what happens to them without each of its rules."""

from __future__ import annotations

import dataclasses
import io
import json
import re
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


def _with(**changes: object) -> dict:
    """A published case with a dose, changed; None takes a key away."""
    changed = {**next(case for case in CASES if case["doses"]), **changes}
    return {key: value for key, value in changed.items() if value is not None}


NOT_UNDERSTOOD = [
    {},
    _with(group=None),
    _with(group="NONE"),
    _with(group="MEASLES"),
    _with(dob=None),
    _with(dob="10.5.2025"),
    _with(assess=20250510),
    _with(doses="none"),
    _with(doses=[None]),
    _with(doses=[{}]),
    _with(doses=[{"date": "2020-02-30", "cvx": "03"}]),
    _with(series_status=None),
    _with(group=["MMR"]),
    _with(sex=1),
    _with(forecast=[1]),
    _with(forecast={"dose": 2, "earliest": 5, "recommended": [], "past_due": {}}),
]
ODD = [
    _with(id=None, sex=None),
    _with(sex="?"),
    _with(doses=None),
    _with(forecast=None),
    _with(forecast={}),
    _with(doses=[{"date": "2020-01-01", "cvx": 3, "mvx": None, "status": None}]),
    _with(doses=[{"date": "0001-01-01", "cvx": "03"}, {"date": "9999-12-31", "cvx": "03"}]),
    _with(dob="9999-12-31", assess="0001-01-01"),
]


@pytest.mark.parametrize("case", NOT_UNDERSTOOD + ODD)
def test_a_case_that_lacks_or_garbles_something_does_not_stop_the_run(case: dict, tmp_path: Path) -> None:
    path = tmp_path / "cases.json"
    path.write_text(json.dumps([case, CASES[0]]), encoding="utf-8")
    out = io.StringIO()
    assert cdsi.main([str(path)], out) == 0
    passed = "1" if case in NOT_UNDERSTOOD else "[12]"
    assert re.search(rf"^cdsi: {passed} of 2 cases\n\Z", out.getvalue(), re.MULTILINE)


@pytest.mark.parametrize("group", ["hepa", "HEPA", "HepA"])
def test_a_group_is_known_however_it_is_capitalised(group: str) -> None:
    case = next(case for case in CASES if case["group"] == "HepA")
    assert cdsi.run({**case, "group": group}, cdsi_adapter.schedule()).agrees["case"]


@pytest.mark.parametrize("of_dose", ["mvx", "reason"])
def test_what_a_dose_may_lack(of_dose: str) -> None:
    case = next(case for case in CASES if case["group"] == "DTAP" and case["doses"])
    doses = [{key: value for key, value in dose.items() if key != of_dose} for dose in case["doses"]]
    assert cdsi.run({**case, "doses": doses}, cdsi_adapter.schedule()).agrees["case"]


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        (None, "cannot be read: No such file or directory."),
        (b"", "is no JSON in UTF-8"),
        (b"{", "is no JSON in UTF-8"),
        (b"\xff\xfe[", "is no JSON in UTF-8"),
        (b"[" * 100_000, "is no JSON in UTF-8"),
        (b"{}", "is no list of cases"),
        (b"null", "is no list of cases"),
        (b"[1]", "is no list of cases"),
        (b"[]", "holds no case."),
    ],
)
def test_a_file_of_another_form_is_refused_in_one_sentence(
    written: bytes | None, sentence: str, tmp_path: Path
) -> None:
    path = tmp_path / "cases.json"
    if written is not None:
        path.write_bytes(written)
    out = io.StringIO()
    assert cdsi.main([str(path)], out) == 1
    (line,) = out.getvalue().splitlines()
    assert sentence in line


@pytest.mark.parametrize(
    ("case", "sentence"),
    [
        (_with(dob=None), "'dob' is missing"),
        (_with(dob="10.5.2025"), "'dob' is \"10.5.2025\", not a date such as 2025-04-14"),
        (_with(assess=20250510), "'assess' is 20250510, not a text"),
        (_with(group=None), "'group' is missing"),
        (_with(doses="none"), "'doses' is \"none\", not a list"),
        (_with(doses=[None]), "'doses' holds null, not a group of fields"),
        (_with(doses=[{"cvx": "03"}]), "'date' is missing"),
        (_with(doses=[{"date": "2020-01-01"}]), "'cvx' is missing"),
        (_with(sex=1), "'sex' is 1, not a text"),
    ],
)
def test_what_is_missing_or_odd_is_named(case: dict, sentence: str, tmp_path: Path) -> None:
    path = tmp_path / "cases.json"
    path.write_text(json.dumps([case]), encoding="utf-8")
    out = io.StringIO()
    assert cdsi.main([str(path)], out) == 1
    assert f"cannot be read {sentence}\n" in out.getvalue()


@pytest.mark.parametrize(
    ("code", "told"), [("9999", '"9999"'), (None, '"null"'), (" 20", '" 20"'), ("20.0", '"20.0"'), (3, '"3"')]
)
def test_a_product_that_the_data_do_not_know_has_a_line(code: object, told: str, tmp_path: Path) -> None:
    path = tmp_path / "cases.json"
    path.write_text(json.dumps([_with(id="x", doses=[{"date": "2020-01-01", "cvx": code}])]), encoding="utf-8")
    out = io.StringIO()
    assert cdsi.main([str(path)], out) == 0
    assert f"case x: unknown product {told}\n" in out.getvalue()


@pytest.mark.parametrize("written", [str.lower, lambda sex: {"F": "Female", "M": "male"}[sex]])
def test_a_sex_is_known_by_its_first_letter(written: Callable[[str], str]) -> None:
    cases = [case for case in CASES if case["group"] == "HPV"]
    schedule = cdsi_adapter.schedule()
    assert all(cdsi.run({**case, "sex": written(case["sex"])}, schedule).agrees["case"] for case in cases)


@pytest.mark.parametrize("arguments", [["one.json", "two.json"], ["one.json two.json"]])
def test_more_than_one_file_is_refused_in_a_sentence(arguments: list[str]) -> None:
    out = io.StringIO()
    assert cdsi.main(arguments, out) == 1
    assert out.getvalue() == "cdsi: One file at a time, please, and not 2: one.json, two.json.\n"
