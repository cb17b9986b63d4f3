"""The fields and worked cases of docs/packs.md are what schema and engine say (`PACKS_PAGE=write` writes them)."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from hera.config import REPOSITORY
from hera.immunization import antenatal, pack, pack_file, pack_trial
from hera.immunization.assess import Assessment, assess
from hera.immunization.organize_history import Given, Patient
from hera.immunization.pack_schedule import schedule_of
from hera.immunization.verdicts import Reason, Verdict

PAGE = REPOSITORY / "docs" / "packs.md"
BEGIN, END = "<!-- worked cases -->\n", "<!-- end of worked cases -->\n"
COLUMNS = (
    "| against | was given | next | may be given from | due | late after | today it is |\n|---|---|---|---|---|---|---|"
)
WORDS = {
    None: "counts",
    Reason.TOO_YOUNG: "too young, does not count",
    Reason.TOO_SOON: "too soon after the dose before, does not count",
    Reason.LIVE_CONFLICT: "too near to another live vaccine, does not count",
    Reason.SAME_DAY: "another that day counts",
}


def _day(day: dt.date | None) -> str:
    return "" if day is None else f"{day.day} {day:%b %Y}"


def _given(one: pack.Pack, verdict: Verdict) -> str:
    return f"{_day(verdict.dose.date)}, {one.products[verdict.dose.product].names['en']}: {WORDS[verdict.reason]}"


def _rows(one: pack.Pack, case: pack.Case, found: Assessment) -> Iterator[str]:
    for antigen, (best, *_) in found.best.items():
        if antigen not in case.expect:
            continue
        forecast = found.groups[antigen]
        cells = [
            one.antigens[antigen].names["en"],
            "<br>".join(_given(one, verdict) for verdict in best.track.verdicts) or "nothing",
            "" if forecast.number is None else f"dose {forecast.number}",
            _day(forecast.earliest),
            _day(forecast.recommended),
            _day(forecast.past_due),
            f"**{pack_trial.standing(forecast, case.today)}**",
        ]
        yield f"| {' | '.join(cells)} |"


def _tables() -> Iterator[str]:
    files = [path for path in (REPOSITORY / "packs").glob("*.yaml") if "\ncases:" in path.read_text(encoding="utf-8")]
    for one in map(pack_file.load, files):
        for case in one.cases:
            doses = tuple(Given(date, product, key=number) for number, (product, date) in enumerate(case.doses))
            found = assess(Patient(case.born, case.sex, doses), schedule_of(one), case.today)
            name, what = case.what.split(": ", 1)
            head = f"### {name} {what[0].upper()}{what[1:]}\n"
            about = f"Born on {_day(case.born)}; asked on {_day(case.today)}; {one.name}.\n"
            yield "\n".join([head, about, COLUMNS, *_rows(one, case, found), ""])


def _parts(schema: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    yield "The file", schema
    yield from ((name, part) for name, part in schema["$defs"].items() if part.get("properties"))


def _field(name: str, field: Mapping[str, Any], needed: Collection[str]) -> str:
    inner = field if "$ref" in field else field.get("items", field.get("additionalProperties", {}))
    inner = inner if isinstance(inner, dict) else {}
    inner = inner.get("items", inner)
    reference = inner.get("$ref", "").rpartition("/")[2]
    needs = "yes" if name in needed else ""
    return f"| `{name}` | {needs} | {field['description']} | {reference and f'`{reference}`'} |"


def _fields() -> Iterator[str]:
    """Of every group of fields a table; the last column names the group or the form of what is in a field."""
    for name, part in _parts(pack_file.schema()):
        needed = part.get("required", [])
        rows = [_field(one, field, needed) for one, field in part["properties"].items()]
        title = name if name == "The file" else f"`{name}`"
        head = "| field | must be there | what it says | holds |\n|---|---|---|---|"
        yield "\n".join([f"{title}: {part['description']}\n", head, *rows, ""])


def _mother() -> Iterator[str]:
    """The visits of the mother of the page."""
    start, declared_on, born = dt.date(2026, 3, 4), dt.date(2026, 6, 24), dt.date(2026, 12, 9)
    one = pack_file.load(REPOSITORY / "packs" / "TR-2025-04-14.yaml")
    visits = antenatal.plan_antenatal(start, declared_on, 0, one.antenatal)
    given = {dose.visit: dose.dose.dose for dose in antenatal.td_doses(visits, one.antenatal, born)}
    yield "| due | week | may be from | to | why, and what is given |\n|---|---|---|---|---|"
    for visit in visits:
        why = "makes up for the visit that was missed" if visit.attempt == 2 else "its window"
        dose = f"; Td, dose {given[visit]}" if visit in given else ""
        days = f"{_day(visit.due)} | {visit.week} | {_day(visit.earliest)} | {_day(visit.latest)}"
        yield f"| {days} | {why}{dose} |"
    for contact in antenatal.postnatal_contacts(born, one.postnatal):
        yield f"| {_day(contact.due)} |  | {_day(contact.earliest)} | {_day(contact.latest)} | after the birth |"


def test_the_page_holds_a_mother_as_she_is_planned() -> None:
    _hold("<!-- a mother -->\n", "<!-- end of a mother -->\n", "\n" + "\n".join(_mother()) + "\n\n")


def test_the_page_lists_every_field() -> None:
    _hold("<!-- fields -->\n", "<!-- end of fields -->\n", "\n" + "\n".join(_fields()) + "\n")


def test_the_page_names_every_state() -> None:
    text = PAGE.read_text(encoding="utf-8")
    states = pack_file.schema()["$defs"]["expected"]["properties"]["status"]["enum"]
    assert [state for state in states if f"| `{state}` |" not in text] == []


def test_the_page_holds_the_worked_cases_as_they_come_out() -> None:
    tables = sorted(_tables(), key=lambda table: int(table.split()[1][1:]))
    _hold(BEGIN, END, "\n" + "\n".join(tables) + "\n")


def _hold(begin: str, end_mark: str, wanted: str) -> None:
    text = PAGE.read_text(encoding="utf-8")
    start, end = text.index(begin) + len(begin), text.index(end_mark)
    if os.environ.get("PACKS_PAGE") == "write":
        PAGE.write_text(text[:start] + wanted + text[end:], encoding="utf-8")
    assert text[start:end] == wanted or os.environ.get("PACKS_PAGE") == "write"
