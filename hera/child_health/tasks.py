"""The worker's tasks of the stored plans; they only call what does the work."""

from __future__ import annotations

import asyncio
import logging

from django.db import connection
from procrastinate.contrib.django import app

from hera.child_health.plan import checking, stored
from hera.core.ports import announcements

log = logging.getLogger(__name__)


@app.periodic(cron="41 2 * * *")
@app.task(name="hera.child_health.check_plans", queueing_lock="hera.child_health.check_plans")
async def check_plans(timestamp: int) -> None:  # noqa: ARG001  (given by the periodic clock)
    """Compare a sample of stored plans with what they should be; readiness and a metric tell of a difference."""
    await asyncio.to_thread(_check)


def _check() -> None:
    try:
        found = checking.check()
        if found.total:
            log.error("stored plans differ from what they should be", extra={"differing": found.total})
    finally:
        connection.close()  # this thread's own


@app.task(name=stored.CATCH_UP)
async def catch_up_plans() -> None:
    """Plan anew what is out of date: a while, and then the next while by another task, so that a worker can stop."""
    await asyncio.to_thread(_catch_up)


def _catch_up() -> None:
    try:
        catch_up_for_a_while()
    finally:
        connection.close()  # this thread's own


def catch_up_for_a_while() -> None:
    """Plan anew for a while, and see to it that the rest follows."""
    if stored.catch_up(alone=False):
        stored.catch_up_later()
    else:  # questions were looked at before by plans of which many were not of this programme yet
        announcements().programme_changed()
