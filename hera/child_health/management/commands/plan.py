from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError

from hera.child_health.plan import all_at_once, checking

if TYPE_CHECKING:
    from django.core.management.base import CommandParser

SHOWN = 10


class Command(BaseCommand):
    help = "The stored plans of visits: compare them with what they should be, or bring all of them up to date now."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        check = actions.add_parser("check", help="Compare stored plans with plans that are worked out anew.")
        check.add_argument("--all", action="store_true", help=f"All of them, not {checking.SAMPLE:,} by chance.")
        check.add_argument("--mend", action="store_true", help="Make those anew that differ.")
        catch_up = actions.add_parser(
            "catch-up", help="Plan anew whatever is out of date; the jobs do so little by little."
        )
        catch_up.add_argument("--processes", type=int, default=1, help="How many at once; 1 if it is not said.")

    def handle(self, *_args: Any, **options: Any) -> None:
        if options["action"] == "catch-up":
            started = time.monotonic()
            planned = all_at_once.catch_up_by(options["processes"])
            self.stdout.write(f"planned={planned} seconds={time.monotonic() - started:.2f}")
            return
        found = checking.check(None if options["all"] else checking.SAMPLE)
        if not found.total:
            self.stdout.write(f"{found.looked_at:,} plans looked at: all are what they should be.")
            return
        said = f"{found.total:,} of {found.looked_at:,} plans looked at are not what they should be: {_named(found)}."
        if not options["mend"]:
            raise CommandError(f"{said} Run plan check --all --mend to make them anew, and report this fault.")
        checking.mend(found)
        self.stdout.write(f"{said} They were made anew.")


def _named(found: checking.Differing) -> str:
    """Whose they are, by number; no more than a line's worth."""
    named = [f"child {pk}" for pk in found.children] + [f"pregnancy {pk}" for pk in found.pregnancies]
    return ", ".join(named[:SHOWN]) + (" ..." if len(named) > SHOWN else "")
