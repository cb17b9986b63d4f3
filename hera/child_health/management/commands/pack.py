from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from hera.child_health.packs import adopting, preview, reading
from hera.child_health.packs.reading import NotAdoptedError
from hera.child_health.plan import all_at_once, checking
from hera.core import operator
from hera.core.ports import Action, audit_trail
from hera.immunization import pack_check

if TYPE_CHECKING:
    from django.core.management.base import CommandParser

    from hera.child_health.models import AdoptedPack
    from hera.child_health.packs.preview import Children, Pregnancies, Preview
    from hera.immunization.pack import Pack


class Command(BaseCommand):
    help = "A country's pack (docs/packs.md): whether it can be right, and having it in use."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        deeds = parser.add_subparsers(dest="deed", required=True)
        check = deeds.add_parser(
            "check", help="name everything that cannot be right, try the worked cases, list the open questions"
        )
        adopt = deeds.add_parser(
            "adopt", help="show what a pack changes; with --yes have it in use, and plan all visits anew"
        )
        adopt.add_argument("file", type=Path, metavar="FILE", help="such as packs/TR-2025-04-14.yaml")
        adopt.add_argument("--yes", action="store_true", help="do it; an interrupted one is gone on with")
        leave = deeds.add_parser(
            "leave", help="show what leaving it changes; with --yes have due ages alone hold again"
        )
        leave.add_argument("--yes", action="store_true", help="do it; without it, what that changes is shown")
        for deed in (adopt, leave):
            deed.add_argument(
                "--processes", type=int, default=1, help="how many plan visits anew at once; 1 if not said"
            )
        deeds.add_parser("status", help="which pack is in use, and how many plans are not yet by it")
        check.add_argument("files", nargs="+", type=Path, metavar="FILE", help="such as packs/TR-2025-04-14.yaml")

    def handle(self, *_args: Any, **options: Any) -> None:
        match options["deed"]:
            case "check":
                self._check_all(options["files"])
            case "adopt":
                self._adopt(options["file"], options["processes"], yes=options["yes"])
            case "leave":
                self._leave(options["processes"], yes=options["yes"])
            case "status":
                self._status()

    def _check_all(self, files: list[Path]) -> None:
        try:
            refused = [path for path in files if not self._check(path)]
            self.stdout.flush()
        except BrokenPipeError:
            # Whoever read it has seen enough, as `| head` does; Python would say so when it ends.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(1)
        if refused:
            raise CommandError(f"Refused: {', '.join(map(str, refused))}.")

    def _check(self, path: Path) -> bool:
        report = pack_check.check(path)
        for sentence in report.findings:
            self.stdout.write(f"{path}: {sentence}")
        if report.findings or report.pack is None:
            return False
        many = len(report.pack.cases)
        cases = (
            f"{many} worked cases come out." if many else "it has no worked cases: no example says what it has to plan."
        )
        self.stdout.write(f"{path}: nothing wrong found; {cases}")
        self._tell(report.pack)
        return True

    def _tell(self, pack: Pack) -> None:
        for reviewer in pack.reviewed_by:
            self.stdout.write(f"  Reviewed by {reviewer.name}, {reviewer.role}, {reviewer.date:%Y-%m-%d}.")
        if not pack.is_reviewed:
            self.stdout.write("  A draft: nobody has reviewed it, and no parent is told of it.")
        asked: dict[str, list[str]] = {}
        for where, question in pack.open_questions():
            asked.setdefault(question, []).append(where)
        for number, (question, places) in enumerate(asked.items(), start=1):
            self.stdout.write(f"  Question {number} ({'; '.join(places)}): {question}")

    def _adopt(self, path: Path, processes: int, *, yes: bool) -> None:
        try:
            read = reading.read(path)
            present = adopting.in_use()
            if present is not None and present.digest == read.digest:
                self.stdout.write(f"{read.pack.name} is in use since {present.adopted_on}. Its plans are gone on with.")
            elif not yes:
                self._show(preview.of(read))
                if not read.pack.is_reviewed:
                    self.stdout.write("  A draft: it can be adopted on a developer's machine alone.")
                self.stdout.write("Nothing has changed.", ending=" ")
                reading.refuse_what_must_wait(read.pack)
                self.stdout.write("To adopt it, run this again with --yes.")
                return
            with transaction.atomic():
                adopted = adopting.adopt(read)
                if adopted != present:
                    self._note(adopted, adopted=True)
        except NotAdoptedError as problem:
            raise CommandError(str(problem)) from None
        self.stdout.write(f"{read.pack.name} is in use.")
        self._catch_up(processes)

    def _note(self, pack: AdoptedPack, **deed: bool) -> None:
        audit_trail().record_of(operator.name(), Action.CHANGE, about=f"pack {pack.name}", **deed)

    def _show(self, found: Preview) -> None:
        for sentence in [*found.vaccines, *found.visits]:
            self.stdout.write(f"  {sentence}")
        children, pregnancies = found.children, found.pregnancies
        self.stdout.write(
            f"  {children.total:,} children; {_compared(children)}\n"
            f"  {children.changed:,} have other visits before them.\n"
            f"  Doses before them: {children.earlier:,} earlier, {children.later:,} later, {children.added:,} new, "
            f"{children.gone:,} gone.\n"
            f"  {children.made_up:,} children are asked to come within {found.soon_days} days for what they lack by "
            f"it.\n"
            f"  {found.unplaced:,} records of doses count for nothing by it, until somebody says which vaccines they "
            f"were.\n"
            f"  {pregnancies.total:,} pregnancies and births of late; {_compared(pregnancies)}\n"
            f"  {pregnancies.changed:,} have other visits before them; the next one is earlier for "
            f"{pregnancies.earlier:,}, later for {pregnancies.later:,}.\n"
            f"  Visits before birth: {_from_to(pregnancies.antenatal)}; after birth: "
            f"{_from_to(pregnancies.postnatal)}."
        )

    def _leave(self, processes: int, *, yes: bool) -> None:
        present = adopting.in_use()
        if present is None:
            self.stdout.write("No pack is in use.")
            return
        first = adopting.first_of(present)
        if not yes:
            self._show(preview.of_leaving(present))
            self.stdout.write(
                f"Nothing has changed. To leave {present.name}, and have due ages alone hold as before {first.name} of "
                f"{first.adopted_on}, run this again with --yes."
            )
            return
        with transaction.atomic():
            left = adopting.leave()
            if left is not None:
                self._note(left, left=True)
        self.stdout.write(
            f"{present.name} is not in use any more: due ages alone hold, as before {first.name} of {first.adopted_on}."
        )
        self._catch_up(processes)

    def _catch_up(self, processes: int) -> None:
        waiting, started = checking.out_of_date(), time.monotonic()
        self.stdout.write(
            f"{waiting:,} plans are made anew; reminders and sign-ins go on. `pack status` tells what is left."
        )
        self.stdout.flush()
        planned = all_at_once.catch_up_by(processes)
        if left := checking.out_of_date():
            raise CommandError(f"{left:,} plans are still to be made: run this again, or wait for the minute's jobs.")
        self.stdout.write(f"All visits are planned anew. planned={planned} seconds={time.monotonic() - started:.2f}")

    def _status(self) -> None:
        present = adopting.in_use()
        said = f"{present.name} is in use since {present.adopted_on}" if present else "No pack is in use"
        self.stdout.write(f"{said}; {checking.out_of_date():,} plans are not yet by the programme of now.")


def _compared(found: Children | Pregnancies) -> str:
    if found.looked_at == found.total:
        return "the plans of all were compared:"
    return f"the plans of {found.looked_at:,}, the same ones at each look today, were compared:"


def _from_to(visits: tuple[int, int]) -> str:
    before, after = visits
    return f"{after:,}, until now {before:,}"
