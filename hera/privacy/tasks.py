"""The worker's tasks of privacy: who waits for the push provider to forget, what is kept too long, who is unused."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from asgiref.sync import sync_to_async
from django.db import connection
from procrastinate.contrib.django import app

from hera.privacy import inactivity, provider, retention

if TYPE_CHECKING:
    from procrastinate import JobContext

log = logging.getLogger(__name__)


@app.periodic(cron="* * * * *")
@app.task(name="hera.privacy.forget_at_provider", queueing_lock="hera.privacy.forget_at_provider", pass_context=True)
async def forget_at_provider(_context: JobContext, timestamp: int) -> None:  # noqa: ARG001  (given by the clock)
    """Ask the push provider to forget whoever was erased; what it does not take now is asked again."""
    await provider.forget_all()


@app.periodic(cron="23 2 * * *")
@app.task(name="hera.privacy.retention", queueing_lock="hera.privacy.retention", pass_context=True)
async def forget_what_is_old(_context: JobContext, timestamp: int) -> None:  # noqa: ARG001
    """Delete spent codes and what the settings say is old enough."""
    await sync_to_async(retention.delete_old)()


@app.periodic(cron="0 9 * * *")  # when it is day where HERA is: it sends texts
@app.task(name="hera.privacy.inactivity", queueing_lock="hera.privacy.inactivity", pass_context=True)
async def look_for_inactive_accounts(_context: JobContext, timestamp: int) -> None:  # noqa: ARG001
    """Warn whose account nobody uses, and delete those whom the warning did not bring back."""
    await asyncio.to_thread(_look)  # for minutes: it must not hold the thread in which messages are claimed


def _look() -> None:
    try:
        log.info("inactive accounts", extra=inactivity.look())
    finally:
        connection.close()  # this thread's own
