"""Run published CDSi test cases against the engine and print how many it agrees with: `make cdsi` (CASES=file)."""

from __future__ import annotations

import datetime as dt
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from hera.immunization.assess import Assessment, assess
from hera.immunization.forecast import SeriesStatus
from hera.immunization.organize_history import Given, Patient
from hera.immunization.schedule import Group, Schedule
from hera.immunization.vaccine_group import GroupForecast
from hera.immunization.verdicts import Reason, Status, Verdict
from tests.immunization import cdsi_adapter

CASES = Path(__file__).parent / "cdsi" / "cases_healthy_v4.45.json"
MEASURES = ("evaluation", "status", "earliest", "recommended", "past due", "dose number", "case")
# What the cases call a vaccine group, and what the supporting data do.
GROUPS = {
    "DTAP": "DTaP/Tdap/Td",
    "FLU": "Influenza",
    "HIB": "Hib",
    "MCV": "Meningococcal",
    "MENB": "Meningococcal B",
    "PCV": "Pneumococcal",
    "POL": "Polio",
    "ROTA": "Rotavirus",
    "VAR": "Varicella",
    "ZOSTER": "Zoster",
}

# Our words for the reasons of the cases.
REASONS = {
    "age: too young": Reason.TOO_YOUNG,
    "age: too old": Reason.TOO_OLD,
    "interval: too soon": Reason.TOO_SOON,
    "live virus conflict": Reason.LIVE_CONFLICT,
    "inadvertent vaccine": Reason.INADVERTENT,
    "not a preferable or allowable vaccine": Reason.WRONG_PRODUCT,
    "series already complete": Reason.SERIES_COMPLETE,
}


@dataclass(frozen=True)
class Result:
    """What was found of a case: by measure whether it agrees, and what was got beside what was wanted."""

    case: dict[str, Any]
    agrees: dict[str, bool]
    got: dict[str, Any]


def read(path: Path = CASES) -> list[dict[str, Any]]:
    """The cases of a file of this form."""
    cases: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return cases


def run(case: dict[str, Any], schedule: Schedule) -> Result:
    """Judge one case."""
    group_name = GROUPS.get(case["group"], case["group"])
    group = next((one for one in schedule.groups if one.name == group_name), None)
    if group is None:
        return Result(case, dict.fromkeys(MEASURES, False), {"unknown group": group_name})
    found = assess(patient_of(case), schedule, dt.date.fromisoformat(case["assess"]))
    forecast = found.groups.get(group.name) or GroupForecast(group, SeriesStatus.NOT_RECOMMENDED)
    due = forecast.status is SeriesStatus.NOT_COMPLETE
    got: dict[str, Any] = {
        "status": forecast.status.value,
        "earliest": forecast.earliest and forecast.earliest.isoformat(),
        "recommended": forecast.recommended and forecast.recommended.isoformat(),
        "past due": forecast.past_due and forecast.past_due.isoformat(),
        "dose number": str(forecast.number) if due else None,
        "evaluation": _evaluation(found, schedule, group, case),
    }
    wanted = {
        "status": case["series_status"].lower(),
        "earliest": case["forecast"]["earliest"],
        "recommended": case["forecast"]["recommended"],
        "past due": case["forecast"]["past_due"],
        "dose number": case["forecast"]["dose"],
        "evaluation": [dose.get("status", "").lower() for dose in case["doses"]],
    }
    agrees = {measure: got[measure] == wanted[measure] for measure in wanted}
    agrees["evaluation"] = _same_evaluation(got["evaluation"], wanted["evaluation"])
    if wanted["dose number"] is None or not wanted["dose number"].isdigit():
        agrees["dose number"] = True
    agrees["case"] = all(agrees.values())
    return Result(case, agrees, got | {"wanted": wanted})


def patient_of(case: dict[str, Any]) -> Patient:
    """The person of a case."""
    doses = tuple(
        Given(dt.date.fromisoformat(dose["date"]), dose["cvx"], dose.get("mvx") or "", key=number)
        for number, dose in enumerate(case["doses"])
    )
    return Patient(dt.date.fromisoformat(case["dob"]), case["sex"], doses)


def _evaluation(found: Assessment, schedule: Schedule, group: Group, case: dict[str, Any]) -> list[tuple[str, str]]:
    """Of each dose given its verdict and reason.

    A dose that contains antigens of the group is judged by those, another by its own. Of several antigens the worst
    verdict speaks; of several series that speak for one antigen, the best.
    """
    of_doses = []
    for number, dose in enumerate(case["doses"]):
        antigens = [one.antigen for one in schedule.products.get(dose["cvx"], ())]
        asked = [antigen for antigen in antigens if antigen in group.antigens] or antigens
        of_antigens = [verdict for antigen in asked if (verdict := _of_antigen(found, antigen, number)) is not None]
        worst = min(of_antigens, key=lambda one: (_WORST_FIRST.index(one.status), one.reason or ""), default=None)
        of_doses.append(("", "") if worst is None else (worst.status.value, worst.reason or ""))
    return of_doses


_BEST_FIRST = [Status.VALID, Status.EXTRANEOUS, Status.NOT_VALID]
_WORST_FIRST = [Status.NOT_VALID, Status.VALID, Status.EXTRANEOUS]


def _of_antigen(found: Assessment, antigen: str, number: int) -> Verdict | None:
    verdicts = [
        verdict for one in found.best.get(antigen, ()) for verdict in one.track.verdicts if verdict.dose.key == number
    ]
    return min(verdicts, key=lambda one: _BEST_FIRST.index(one.status), default=None)


def _same_evaluation(got: list[tuple[str, str]], wanted: list[str]) -> bool:
    return [status for status, _ in got] == wanted


def main(arguments: list[str], out: TextIO = sys.stdout) -> int:
    """Print of each vaccine group and measure how many cases agree; with -v those that do not."""
    paths = [Path(argument) for argument in arguments if argument not in {"", "-v"}]
    schedule = cdsi_adapter.schedule()
    results = [run(case, schedule) for case in read(*paths[:1])]
    lines = [f"{'':12}{'cases':>7}" + "".join(f"{measure:>13}" for measure in MEASURES)]
    for group in sorted({one.case["group"] for one in results}):
        lines.append(_line(group, [one for one in results if one.case["group"] == group]))
    lines.append(_line("all", results))
    if "-v" in arguments:
        lines += [f"{json.dumps(one.case)}\n    {one.got}" for one in results if not one.agrees["case"]]
    lines.append(f"cdsi: {sum(one.agrees['case'] for one in results)} of {len(results)} cases")
    out.write("\n".join(lines) + "\n")
    return 0


def _line(name: str, results: list[Result]) -> str:
    counts = [sum(one.agrees[measure] for one in results) for measure in MEASURES]
    return f"{name:12}{len(results):>7}" + "".join(f"{count:>13}" for count in counts)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
