"""Is this environment able to do its work?"""

from __future__ import annotations

import datetime as dt
import functools
import threading
from collections.abc import Callable, Iterator

from django.conf import settings
from django.db import DatabaseError, InterfaceError, NotSupportedError, OperationalError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateWorker

from hera.child_health.packs import adopting
from hera.child_health.plan import checking
from hera.core import clock
from hera.core.models import JobRecord
from hera.core.ports import audit_trail
from hera.delivery import budget
from hera.delivery import selectors as delivery
from hera.delivery.channels.messagebird.settings import NO_LETTERS, MessageBirdSettings, is_number
from hera.delivery.outbox import oldest_waiting
from hera.immunization import pack
from hera.surveys import unreadable

WORKER_SILENT_AFTER = dt.timedelta(seconds=60)
JOB_LATE_AFTER = dt.timedelta(minutes=15)
MESSAGE_LATE_AFTER = dt.timedelta(minutes=10)
BROKEN_TEXT_TOLD_FOR = dt.timedelta(hours=1)  # after the last message that it stopped
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
        connection.ensure_connection()
        return _reasons_of_the_database()
    except (DatabaseError, InterfaceError) as problem:
        return [f"the database does not answer ({type(problem).__name__}): check HERA_DB_SECRET and the server"]


def _reasons_of_the_database() -> list[str]:
    if _migrations_missing():
        return ["migrations are missing: run manage.py migrate"]
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
        return [*budget.warnings(budget.month()), *_unreachable(), *audit_trail().notes()]
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


@functools.cache
def _newest_migrations() -> frozenset[tuple[str, str]]:
    """The last migration of each app, as the code of this process has them: reading them takes most of the time."""
    return frozenset(MigrationLoader(None, ignore_no_migrations=True).graph.leaf_nodes())


def _migrations_missing() -> bool:
    if _newest_migrations() <= MigrationRecorder(connection).applied_migrations().keys():
        return False
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


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
    latest = ProcrastinateWorker.objects.order_by("-last_heartbeat").values_list("last_heartbeat", flat=True).first()
    if latest is None or latest < timezone.now() - WORKER_SILENT_AFTER:
        yield "no delivery worker has been heard of for a minute: start manage.py deliver"


def _jobs_late() -> Iterator[str]:
    succeeded = dict(JobRecord.objects.values_list("job", "succeeded_at"))
    for job, command in JOBS.items():
        if job not in succeeded:
            yield f"the job {command} has never succeeded here: schedule it, and look at its log"
        elif succeeded[job] < clock.now() - JOB_LATE_AFTER:
            yield f"the job {command} has not succeeded since {succeeded[job]:%Y-%m-%d %H:%M} UTC: look at its log"


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
    present = None if settings.HERA.is_local else adopting.in_use()
    if present is not None and not pack.of(present.data).is_reviewed:
        yield (
            f"{present.name} is in use, and is a draft that nobody has reviewed: parents are reminded by it. "
            "Run manage.py pack leave, or adopt a reviewed one."
        )


def _plans_differ() -> Iterator[str]:
    last = checking.last_check()
    if last is not None and last.differing:
        yield (
            f"{last.differing} of {last.looked_at} plans of visits that were looked at on {last.checked_at:%Y-%m-%d}"
            " are not what they should be: run manage.py plan check --all --mend, and report this fault"
        )
