"""Django's `migrate`, for a database that is in use."""

from __future__ import annotations

import time
from typing import Any

from django.core.management.base import CommandError
from django.core.management.commands import migrate
from django.db import OperationalError, connections
from psycopg.errors import LockNotAvailable

from hera.schema_changes.live import LOCK_TIMEOUT, lock_timeout

TRIES = 100
PAUSE = 1.0  # seconds in which those who queued behind us get on

GAVE_UP = (
    "Gave up: another transaction keeps a lock on what this migration changes; what is done so far stays. Find it with"
    " SELECT pid, state, xact_start, query FROM pg_stat_activity ORDER BY xact_start, end it, and run migrate again."
)


class Command(migrate.Command):
    """A change waits for its lock for a moment only, and tries again: whoever signs in never queues for long.

    A migration that gave up has changed nothing, or is one that can be run again.
    """

    def handle(self, *args: Any, **options: Any) -> None:
        alias = options["database"]
        for left in reversed(range(TRIES)):
            try:
                with lock_timeout(connections[alias], LOCK_TIMEOUT):
                    super().handle(*args, **options)
            except OperationalError as problem:
                if not isinstance(problem.__cause__, LockNotAvailable):
                    raise
                if not left:
                    raise CommandError(GAVE_UP) from problem
                _begin_anew(alias)
                self.stderr.write(f"\n  waiting for a lock without stopping anybody; {left} tries left")
                time.sleep(PAUSE)
            else:
                return


def _begin_anew(alias: str) -> None:
    """Give up the connection: where a statement that Django had put off fails, it leaves its transaction open."""
    connections[alias].connection.close()
    del connections[alias]
