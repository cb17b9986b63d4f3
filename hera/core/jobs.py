"""What the two scheduled jobs have in common as commands, and how a worker runs them by its own clock."""

from __future__ import annotations

import argparse
import datetime as dt
import io
import logging
import time
from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connection
from django.db.models import F
from django.utils.dateparse import parse_datetime

from hera.core import clock
from hera.core.models import JobRecord
from hera.core.ports import outbox

if TYPE_CHECKING:
    from django.core.management.base import CommandParser


log = logging.getLogger(__name__)
# After a longer outage what was missed is of no use to anybody.
LONGEST_OUTAGE = dt.timedelta(days=7)
PRIORITY = 5  # of a job among a worker's tasks: before messages, which it counts; after codes, which people wait for


class JobCommand(BaseCommand):
    """A job that creates what is due and prints what it did as one line of key=value."""

    force_option: ClassVar[str]
    created: ClassVar[str]
    requires_system_checks: ClassVar[list[str]] = []  # type: ignore[misc]  # it starts every minute

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            self.force_option,
            dest="regardless_of_time",
            action="store_true",
            help="create for every calendar event, whenever it is due (for rehearsals)",
        )
        parser.add_argument("--dry-run", action="store_true", help="count what is due and change nothing")
        parser.add_argument(
            "--at",
            type=instant,
            metavar="ISO8601",
            help="act as at this instant, such as 2026-11-25T08:00:00+03:00",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        started = time.perf_counter()
        at: dt.datetime = options["at"] or clock.now()
        since = None if options["at"] else _last_success(self.created, at)  # a rehearsal is of its own instant
        count = self.run(at, since=since, regardless_of_time=options["regardless_of_time"], dry_run=options["dry_run"])
        seconds = time.perf_counter() - started
        if not options["dry_run"]:
            _record(self.created, seconds, count)
            if settings.HERA.log_format == "json":  # on a terminal, the line below says it
                _tell(self.created, seconds, count)
        self.stdout.write(
            f"job={self.created} at={at.isoformat(timespec='seconds')} dry_run={str(options['dry_run']).lower()}"
            f" {'due' if options['dry_run'] else 'created'}={count} seconds={seconds:.3f}"
        )

    def run(self, at: dt.datetime, *, since: dt.datetime | None, regardless_of_time: bool, dry_run: bool) -> int:
        """Do it as at this instant; returns how many were created.

        Args:
            since: when it was last done, if that is of interest.
        """
        raise NotImplementedError


def run_by_worker(command: str) -> None:
    """Run a job in this thread of a worker; nothing where something else's clock runs the jobs.

    Each run is a row of the queue that one worker takes, and a lock keeps the next one waiting. A worker that dies in
    it has committed whole lists; the next run finds the rest.
    """
    if not settings.HERA.worker_runs_jobs:
        return
    try:
        call_command(command, stdout=io.StringIO())  # the log has the same as one line of JSON
    finally:
        connection.close()  # this thread's own


def _record(job: str, seconds: float, created: int) -> None:
    """Note that a run has finished, for readiness and metrics; runs at once add up."""
    JobRecord.objects.bulk_create(
        [JobRecord(job=job, succeeded_at=clock.now(), seconds=seconds, created=created, created_in_all=0)],
        update_conflicts=True,
        unique_fields=["job"],
        update_fields=["succeeded_at", "seconds", "created"],
    )
    JobRecord.objects.filter(job=job).update(created_in_all=F("created_in_all") + created)


def _last_success(job: str, at: dt.datetime) -> dt.datetime | None:
    """When this job last ended well, `LONGEST_OUTAGE` ago at most; None if it never has."""
    last = JobRecord.objects.filter(job=job).values_list("succeeded_at", flat=True).first()
    return max(last, at - LONGEST_OUTAGE) if last else None


def _tell(job: str, seconds: float, created: int) -> None:
    """Say it to whatever reads the log: CloudWatch makes its alarms and the number of workers of these figures."""
    waiting = outbox().oldest_waiting()
    figures = {
        "job": job,
        "created_events": created,
        "seconds": round(seconds, 3),
        "oldest_message_seconds": round(waiting.total_seconds()) if waiting else 0,
    }
    log.info("job succeeded", extra=figures)


def instant(text: str) -> dt.datetime:
    """An ISO 8601 instant; without an offset it is UTC.

    Raises:
        argparse.ArgumentTypeError: if the text is something else.
    """
    try:
        moment = parse_datetime(text)
    except ValueError:
        moment = None
    if moment is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not an instant such as 2026-11-25T08:00:00+03:00")
    return moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment.astimezone(dt.UTC)
