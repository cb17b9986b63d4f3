from __future__ import annotations

import datetime as dt

from hera.core.jobs import JobCommand
from hera.events.services import announce_due


class Command(JobCommand):
    help = "Create the notifications that are due, and queue their delivery. Run it every minute."
    force_option = "--force-create-events"
    created = "notifications"

    def run(self, at: dt.datetime, *, since: dt.datetime | None, regardless_of_time: bool, dry_run: bool) -> int:
        return announce_due(at, since=since, regardless_of_time=regardless_of_time, dry_run=dry_run)
