from __future__ import annotations

import datetime as dt

from hera.core.jobs import JobCommand
from hera.surveys.services import ask_due


class Command(JobCommand):
    help = "Create the surveys that are due. Run it every few minutes."
    force_option = "--force-create-surveys"
    created = "surveys"

    def run(self, at: dt.datetime, *, since: dt.datetime | None, regardless_of_time: bool, dry_run: bool) -> int:  # noqa: ARG002  (nobody is asked late)
        return ask_due(at, regardless_of_time=regardless_of_time, dry_run=dry_run)
