"""Whether a pack can be right: its form, its rules, its own worked cases, and children who come on time or late."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from hera.immunization import pack as packs
from hera.immunization import pack_file, pack_rules, pack_trial
from hera.immunization.forecast import SeriesStatus
from hera.immunization.pack_file import Document, Finding
from hera.immunization.pack_schedule import schedule_of

_FIRST_ZONE = dt.timezone(dt.timedelta(hours=14))


@dataclass(frozen=True)
class Report:
    """What was found of a file: `findings` are sentences that refuse it; `pack` is there if it has the form of one.

    `document` is what was looked at: the file is read once, and may change the moment after.
    """

    findings: list[str]
    pack: packs.Pack | None
    document: Document


def check(path: Path, today: dt.date | None = None) -> Report:
    """Try a file. The children of its worked cases and the others are tried only where the rules find nothing.

    Args:
        today: the day that no review can be after; else the day that it is somewhere on earth already.
    """
    document = pack_file.read(path)
    if document.findings:
        return _report(document, document.findings, None)
    pack = packs.of(document.data)
    found = pack_rules.findings(pack, path.stem, today or dt.datetime.now(_FIRST_ZONE).date())
    return _report(document, found or list(_tried(document.text)), pack)


def _report(document: Document, findings: list[Finding], pack: packs.Pack | None) -> Report:
    told = {document.told(finding): None for finding in findings}
    return Report(sorted(told, key=_line), pack, document)


def _line(sentence: str) -> int:
    return int(sentence.removeprefix("line ").split(":", 1)[0])


@functools.lru_cache(maxsize=64)
def _tried(text: bytes) -> tuple[Finding, ...]:
    """What trying a file finds, by its contents: who looks at a pack, and then adopts it, waits once."""
    return tuple(_trials(packs.of(pack_file.read_text(text).data)))


def _trials(pack: packs.Pack) -> Iterator[Finding]:
    schedule = schedule_of(pack)
    for number, case in enumerate(pack.cases):
        for antigen, says in pack_trial.differences(case, schedule):
            yield Finding(("cases", number, "expect", antigen), says)
    for sex in ("FEMALE", "MALE"):
        walked = pack_trial.walk(schedule, sex=sex)
        for antigen, status in walked.statuses.items():
            if status is not SeriesStatus.COMPLETE:
                yield Finding(("series", antigen), f"A child who is always on time is not done: {status.value}.")
        for antigen, delay in pack_trial.delays(walked, schedule, sex=sex):
            yield Finding(("series", antigen), f"A child who is always on time: {delay}")
        for trouble in walked.troubles:
            yield Finding(("series",), f"A child who is always on time: {trouble}")
    for weeks in pack_trial.LATE_BY_WEEKS:
        for trouble in pack_trial.walk(schedule, first_visit=dt.timedelta(weeks=weeks)).troubles:
            yield Finding(("series",), f"A child who comes first at {weeks} weeks: {trouble}")
