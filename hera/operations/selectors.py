"""Is this environment able to do its work?"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Iterator

from django.conf import settings
from django.db import DatabaseError, InterfaceError, NotSupportedError, OperationalError, connection, transaction
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateWorker

from hera.child_health.packs import adopting
from hera.child_health.plan import checking
from hera.core import clock, tables
from hera.core.models import JobRecord
from hera.core.ports import audit_trail
from hera.delivery import budget
from hera.delivery import selectors as delivery
from hera.delivery.channels.messagebird.settings import NO_LETTERS, MessageBirdSettings, is_number
from hera.delivery.claims import LARGEST_CLOCK_DIFFERENCE
from hera.delivery.outbox import oldest_waiting
from hera.surveys import unreadable

WORKER_SILENT_AFTER = dt.timedelta(seconds=60)
JOB_LATE_AFTER = dt.timedelta(minutes=15)
MESSAGE_LATE_AFTER = dt.timedelta(minutes=10)
BROKEN_TEXT_TOLD_FOR = dt.timedelta(hours=1)  # after the last message that it stopped
PLANS_NAMED = 10
READY_KEPT = dt.timedelta(seconds=3)
_WRITTEN_TO_DISK = (
    "SELECT count(*) FROM (SELECT repeat('x', 100) || number FROM generate_series(1, 8000) number ORDER BY 1 DESC"
    " OFFSET 1) sorted"
)
JOBS = {"notifications": "generate_notifications", "surveys": "generate_surveys"}


def reasons_not_ready() -> list[str]:
    """What is wrong, each with its mend; empty if all is well.

    A connection of before may look open when the server has gone: whatever is asked on it may be what finds out.
    """
    try:
        return _reasons_of_the_database()
    except (DatabaseError, InterfaceError) as problem:
        return [tables.no_answer(problem)]


def _reasons_of_the_database() -> list[str]:
    if reason := tables.out_of_reach():
        return [reason]
    return [
        *_disk_full(),
        *_worker_silent(),
        *_jobs_late(),
        *_messages_late(),
        *_set_aside(),
        *_broken_texts(),
        *_plans_differ(),
        *_a_draft_in_use(),
        *audit_trail().problems(),
    ]


def notes() -> list[str]:
    """What does not stop the work, and wants somebody to look, each with its mend."""
    try:
        return [
            *budget.warnings(budget.month()),
            *_unreachable(),
            *_not_planned(),
            *_a_draft_left(),
            *audit_trail().notes(),
        ]
    except (DatabaseError, InterfaceError):
        return []  # it went away since it was looked at: the next look says so


def _unreachable() -> Iterator[str]:
    """Numbers that are served and that the gateway, as it is set up, cannot send to."""
    sms = settings.CHANNELS.by_role["sms"]
    if settings.HERA.otp_allowed_countries or not isinstance(sms, MessageBirdSettings):
        return
    if not is_number(sms.sender_nanp):
        yield NO_LETTERS


class Remembered:
    """What was found last, for a few seconds: anybody may ask, and all who ask meanwhile wait for one answer."""

    def __init__(self, find: Callable[[], list[str]], kept: dt.timedelta) -> None:
        self._find, self._kept = find, kept
        self._lock = threading.Lock()
        self.forget()

    def forget(self) -> None:
        self._found: tuple[dt.datetime, list[str]] | None = None

    def __call__(self) -> list[str]:
        with self._lock:
            now = clock.now()
            # A clock that was set back does not keep an old answer either.
            if self._found is None or not dt.timedelta(0) <= now - self._found[0] < self._kept:
                self._found = now, self._find()
            return self._found[1]


reasons_lately = Remembered(reasons_not_ready, READY_KEPT)
notes_lately = Remembered(notes, READY_KEPT)


def _disk_full() -> Iterator[str]:
    """Whether the database's disk takes a megabyte more: a sort that has no memory is written there, and taken away."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL work_mem = '64kB'")
            cursor.execute(_WRITTEN_TO_DISK)
    except (OperationalError, NotSupportedError) as problem:
        # 53: insufficient resources. A connection that broke is somebody else's reason.
        if not str(getattr(problem.__cause__, "sqlstate", "")).startswith("53"):
            raise
        yield (
            "the disk of the database is full: nothing new is kept, no reminder is made and nobody can sign in. Make"
            " room on the database's server (look with df -h); nothing has to be started anew"
        )


def _worker_silent() -> Iterator[str]:
    # What a clock that was ahead has stored says nothing of now.
    until_now = ProcrastinateWorker.objects.filter(last_heartbeat__lte=timezone.now() + LARGEST_CLOCK_DIFFERENCE)
    latest = until_now.order_by("-last_heartbeat").values_list("last_heartbeat", flat=True).first()
    if latest is None or latest < timezone.now() - WORKER_SILENT_AFTER:
        yield "no delivery worker has been heard of for a minute: start manage.py deliver"


def _jobs_late() -> Iterator[str]:
    succeeded = dict(JobRecord.objects.values_list("job", "succeeded_at"))
    for job, command in JOBS.items():
        if job not in succeeded:
            yield f"the job {command} has never succeeded here: schedule it, and look at its log"
        elif succeeded[job] < clock.now() - JOB_LATE_AFTER:
            yield f"the job {command} has not succeeded since {succeeded[job]:%Y-%m-%d %H:%M} UTC: look at its log"
        elif succeeded[job] > clock.now() + LARGEST_CLOCK_DIFFERENCE:
            yield (
                f"the clock was set back, and the job {command} has not succeeded since: it runs within minutes; if it"
                " does not, look at its log"
            )


def _messages_late() -> Iterator[str]:
    late = oldest_waiting()
    if late is not None and late > MESSAGE_LATE_AFTER:
        minutes = int(late.total_seconds() / 60)
        yield f"a message has been due for {minutes} minutes: look at the workers' log, or start more of them"


def _set_aside() -> Iterator[str]:
    if count := delivery.count_set_aside():
        yield (
            f"messages are set aside since workers were lost with them: {count}. Look at the workers' log,"
            " and put them back in the panel, under Messages"
        )


def _broken_texts() -> Iterator[str]:
    if stopped := delivery.texts_that_stop_messages(BROKEN_TEXT_TOLD_FOR):
        codes = ", ".join(sorted(stopped))
        yield f"texts do not render, and messages did not go out: mend the texts of {codes} in the panel"
    if surveys := unreadable.codes(BROKEN_TEXT_TOLD_FOR):
        codes = ", ".join(surveys)
        yield f"questions of surveys do not render, and were not asked: mend the texts of {codes} in the panel"


def _a_draft_in_use() -> Iterator[str]:
    """As after a backup of a developer's machine was restored here."""
    if (present := adopting.draft_in_use()) is not None:
        yield (
            f"{present.name} is in use, and is a draft that nobody has reviewed: the minute's jobs leave it before "
            "they announce anything. See that they run, or run manage.py pack leave --yes"
        )


def _a_draft_left() -> Iterator[str]:
    if (left := adopting.draft_left_lately()) is not None:
        yield (
            f"{left.name}, a draft that nobody has reviewed, was in use until {left.left_at:%Y-%m-%d %H:%M} UTC, and "
            "was left: due ages hold. Look at vaccines and doses in the panel, or adopt a reviewed pack"
        )


def _not_planned() -> Iterator[str]:
    """What is wrong with one child stops nobody else's reminders, so it stops no environment."""
    if failed := checking.failures():
        named = [f"child {child}" if child else f"pregnancy {pregnancy}" for child, pregnancy in failed[:PLANS_NAMED]]
        yield (
            f"visits could not be planned of {', '.join(named)}{' ...' if len(failed) > PLANS_NAMED else ''}: correct "
            "dates that cannot be, else report this fault; the log says more, and they are tried again each night"
        )


def _plans_differ() -> Iterator[str]:
    last = checking.last_check()
    if last is not None and last.differing:
        yield (
            f"{last.differing} of {last.looked_at} plans of visits that were looked at on {last.checked_at:%Y-%m-%d}"
            " are not what they should be: run manage.py plan check --all --mend, and report this fault"
        )
