from __future__ import annotations

import datetime as dt

from hera.core.jobs import JobCommand, last_success
from hera.events.services import announce_due

# After a longer outage what was missed is of no use to anybody.
LONGEST_OUTAGE = dt.timedelta(days=7)


class Command(JobCommand):
    help = "Create the notifications that are due, and queue their delivery. Run it every minute."
    force_option = "--force-create-events"
    created = "notifications"

    def run(self, at: dt.datetime, *, regardless_of_time: bool, dry_run: bool) -> int:
        last = last_success(self.created)
        since = max(last, at - LONGEST_OUTAGE) if last else None
        return announce_due(at, since=since, regardless_of_time=regardless_of_time, dry_run=dry_run)
