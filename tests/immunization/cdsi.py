"""Run published CDSi test cases against the engine and print how many it agrees with: `make cdsi` (CASES=file)."""

from __future__ import annotations

import datetime as dt
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO, TypeVar

from hera.immunization.assess import Assessment, assess
from hera.immunization.forecast import SeriesStatus
from hera.immunization.organize_history import Given, Patient
from hera.immunization.schedule import Group, Schedule
from hera.immunization.vaccine_group import GroupForecast
from hera.immunization.verdicts import Reason, Status, Verdict
from tests.immunization import cdsi_adapter

CASES = Path(__file__).parent / "cdsi" / "cases_healthy_v4.45.json"
Json = dict[str, Any]
T = TypeVar("T")
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


class UnreadableError(Exception):
    """A file or a case that is not of the published form; its sentence says what is wrong."""


@dataclass(frozen=True)
class Case:
    """A published case: whose record is judged on which day, and what is wanted of it, by measure."""

    group: str
    patient: Patient
    today: dt.date
    wanted: dict[str, Any]


@dataclass(frozen=True)
class Result:
    """What was found of a case: by measure whether it agrees, and what was got beside what was wanted."""

    case: Json
    agrees: dict[str, bool]
    got: dict[str, Any]


def read(path: Path = CASES) -> list[Json]:
    """The cases of a file of this form.

    Raises:
        UnreadableError: there is no such file, or it is no list of cases.
    """
    try:
        cases = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise UnreadableError(f"{path} cannot be read: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise UnreadableError(f"{path} is no JSON in UTF-8: {error}.") from error
    if not isinstance(cases, list) or not all(isinstance(case, dict) for case in cases):
        raise UnreadableError(f"{path} is no list of cases: such as {CASES.name} is wanted.")
    if not cases:
        raise UnreadableError(f"{path} holds no case.")
    return cases


def understood(case: Json) -> Case:
    """A case as it is run. What may be missing: makers, reasons, the forecast, all that is wanted.

    Raises:
        UnreadableError: a field is missing or odd; the sentence names it.
    """
    given = _held(case, "doses", list) or []
    doses = tuple(_dose(number, dose) for number, dose in enumerate(given))
    forecast = _held(case, "forecast", dict) or {}
    group = _held(case, "group", str)
    if not group:
        raise UnreadableError("'group' is missing")
    return Case(
        group,
        Patient(_day(case, "dob"), (_held(case, "sex", str) or "")[:1].upper(), doses),
        _day(case, "assess"),
        {
            "status": _lower(case.get("series_status")),
            "earliest": forecast.get("earliest") or None,
            "recommended": forecast.get("recommended") or None,
            "past due": forecast.get("past_due") or None,
            "dose number": str(forecast.get("dose") or ""),
            "evaluation": [_lower(dose.get("status")) for dose in given],
        },
    )


def _held(row: Json, name: str, kind: type[T]) -> T | None:
    """A field; None if it is not there."""
    value = row.get(name)
    if value is None or isinstance(value, kind):
        return value
    raise UnreadableError(f"'{name}' is {json.dumps(value)[:60]}, not {_KINDS[kind]}")


_KINDS = {list: "a list", dict: "a group of fields", str: "a text"}


def _day(row: Json, name: str) -> dt.date:
    text = _held(row, name, str)
    if text is None:
        raise UnreadableError(f"'{name}' is missing")
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise UnreadableError(f"'{name}' is {json.dumps(text)[:60]}, not a date such as 2025-04-14") from error


def _dose(number: int, dose: Any) -> Given:
    if not isinstance(dose, dict):
        raise UnreadableError(f"'doses' holds {json.dumps(dose)[:60]}, not a group of fields")
    if "cvx" not in dose:
        raise UnreadableError("'cvx' is missing")
    # A code that is no text is none that the data know, and is told like one.
    code = dose["cvx"] if isinstance(dose["cvx"], str) else json.dumps(dose["cvx"])
    return Given(_day(dose, "date"), code, _held(dose, "mvx", str) or "", key=number)


def _lower(text: Any) -> str:
    return str(text or "").lower()


def run(case: Json, schedule: Schedule) -> Result:
    """Judge one case. One that cannot be read, or is of a group that the schedule does not know, agrees in nothing."""
    try:
        wanted_of = understood(case)
    except UnreadableError as error:
        return Result(case, dict.fromkeys(MEASURES, False), {"cannot be read": str(error), "evaluation": []})
    group = _group(wanted_of.group, schedule)
    if group is None:
        got_none = {"unknown group": wanted_of.group, "evaluation": []}
        return Result(case, dict.fromkeys(MEASURES, False), got_none)
    found = assess(wanted_of.patient, schedule, wanted_of.today)
    forecast = found.groups.get(group.name) or GroupForecast(group, SeriesStatus.NOT_RECOMMENDED)
    due = forecast.status is SeriesStatus.NOT_COMPLETE
    got: dict[str, Any] = {
        "status": forecast.status.value,
        "earliest": forecast.earliest and forecast.earliest.isoformat(),
        "recommended": forecast.recommended and forecast.recommended.isoformat(),
        "past due": forecast.past_due and forecast.past_due.isoformat(),
        "dose number": str(forecast.number) if due else None,
        "evaluation": _evaluation(found, schedule, group, wanted_of.patient),
    }
    wanted = wanted_of.wanted
    agrees = {measure: got[measure] == wanted[measure] for measure in wanted}
    agrees["evaluation"] = _same_evaluation(got["evaluation"], wanted["evaluation"])
    if not wanted["dose number"].isdigit():
        agrees["dose number"] = True
    agrees["case"] = all(agrees.values())
    unknown = [json.dumps(one.product) for one in wanted_of.patient.doses if one.product not in schedule.products]
    if unknown:
        got["unknown product"] = ", ".join(unknown)
    return Result(case, agrees, got | {"wanted": wanted})


def _group(name: str, schedule: Schedule) -> Group | None:
    """A vaccine group by its name in the cases or in the supporting data, however it is capitalised."""
    known = {group.name.casefold(): group for group in schedule.groups}
    return known.get(GROUPS.get(name.upper(), name).casefold())


def _evaluation(found: Assessment, schedule: Schedule, group: Group, patient: Patient) -> list[tuple[str, str]]:
    """Of each dose given its verdict and reason.

    A dose that contains antigens of the group is judged by those, another by its own. Of several antigens the worst
    verdict speaks; of several series that speak for one antigen, the best.
    """
    of_doses = []
    for dose in patient.doses:
        antigens = [one.antigen for one in schedule.products.get(dose.product, ())]
        asked = [antigen for antigen in antigens if antigen in group.antigens] or antigens
        of_antigens = [verdict for antigen in asked if (verdict := _of_antigen(found, antigen, dose.key)) is not None]
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
    """Print of each vaccine group and measure how many cases agree; with -v those that do not.

    Returns 1, with a sentence, if the file is not of this form or no case of it can be read.
    """
    schedule = cdsi_adapter.schedule()
    try:
        results = [run(case, schedule) for case in read(_file(arguments))]
    except UnreadableError as error:
        out.write(f"cdsi: {error}\n")
        return 1
    lines = [f"{'':12}{'cases':>7}" + "".join(f"{measure:>13}" for measure in MEASURES)]
    for group in sorted({_group_of(one) for one in results}):
        lines.append(_line(group, [one for one in results if _group_of(one) == group]))
    lines.append(_line("all", results))
    for one in results:
        lines += [f"case {one.case.get('id')}: {what} {one.got[what]}" for what in _PROBLEMS if what in one.got]
    if "-v" in arguments:
        lines += [f"{json.dumps(one.case)}\n    {one.got}" for one in results if not one.agrees["case"]]
    lines.append(f"cdsi: {sum(one.agrees['case'] for one in results)} of {len(results)} cases")
    out.write("\n".join(lines) + "\n")
    return int(all("cannot be read" in one.got for one in results))


def _file(arguments: list[str]) -> Path:
    """The file that is named, or the published one. Make gives `CASES="one two"` as one argument."""
    named = [argument for argument in arguments if argument not in {"", "-v"}]
    named = [part for one in named for part in ([one] if Path(one).exists() else one.split())]
    if len(named) > 1:
        raise UnreadableError(f"One file at a time, please, and not {len(named)}: {', '.join(named)}.")
    return Path(named[0]) if named else CASES


_PROBLEMS = ("unknown group", "unknown product", "cannot be read")


def _group_of(result: Result) -> str:
    return str(result.case.get("group") or "?")


def _line(name: str, results: list[Result]) -> str:
    counts = [sum(one.agrees[measure] for one in results) for measure in MEASURES]
    return f"{name:12}{len(results):>7}" + "".join(f"{count:>13}" for count in counts)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
