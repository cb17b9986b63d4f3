from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError

from hera.immunization import pack_check

if TYPE_CHECKING:
    from django.core.management.base import CommandParser

    from hera.immunization.pack import Pack


class Command(BaseCommand):
    help = "A country's pack (docs/packs.md): whether it can be right (check)."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        deeds = parser.add_subparsers(dest="deed", required=True)
        check = deeds.add_parser(
            "check", help="name everything that cannot be right, try the worked cases, list the open questions"
        )
        check.add_argument("files", nargs="+", type=Path, metavar="FILE", help="such as packs/TR-2025-04-14.yaml")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            refused = [path for path in options["files"] if not self._check(path)]
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
        self.stdout.write(f"{path}: nothing wrong found; {len(report.pack.cases)} worked cases come out.")
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
