"""The worker's tasks; they only call what does the work."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import TYPE_CHECKING

from asgiref.sync import sync_to_async
from django.db import connection
from procrastinate.contrib.django import app
from procrastinate.jobs import Status

from hera.core import limits
from hera.delivery import claims, fallbacks, outbox, receipts, retention, text_gate, withdrawing
from hera.delivery.worker import Channels, send_batch

if TYPE_CHECKING:
    from procrastinate import JobContext

# A task that waited this long is more likely lost with its worker than late.
LOST_AFTER = dt.timedelta(minutes=2)


@app.task(name=outbox.SEND_MESSAGES, pass_context=True)
async def send_messages(context: JobContext, message_ids: list[int]) -> None:
    """Send those of these messages that are open and due."""
    channels = context.additional_context.get("channels")
    if isinstance(channels, Channels):
        await send_batch(message_ids, channels)
        return
    channels = Channels()  # a worker started by procrastinate's own command
    try:
        await send_batch(message_ids, channels)
    finally:
        await channels.aclose()


@app.periodic(cron="* * * * *")
@app.task(name="hera.delivery.sweep", queueing_lock="hera.delivery.sweep", pass_context=True)
async def sweep(_context: JobContext, timestamp: int) -> None:  # noqa: ARG001  (given by the periodic clock)
    """End what is out of time, send what stayed unread another way, and find what was lost with a worker."""
    await sync_to_async(claims.expire)()
    await sync_to_async(fallbacks.enqueue)()
    await sync_to_async(withdrawing.look_again_at_withdrawn)()
    await sync_to_async(claims.mend_clock_jump)()
    await sync_to_async(text_gate.release)()
    await sync_to_async(claims.requeue_lost)(LOST_AFTER)
    for job in await app.job_manager.get_stalled_jobs():
        await app.job_manager.finish_job(job, status=Status.FAILED, delete_job=True)


@app.periodic(cron="17 * * * *")
@app.task(name="hera.delivery.tidy", queueing_lock="hera.delivery.tidy", pass_context=True)
async def tidy(_context: JobContext, timestamp: int) -> None:  # noqa: ARG001
    """Remove counts whose period is over, receipts that nothing waits for, and tasks that failed a week ago."""
    await sync_to_async(limits.delete_expired)()
    await sync_to_async(receipts.delete_old)()
    await app.job_manager.delete_old_jobs(nb_hours=7 * 24, include_failed=True)


@app.periodic(cron="41 1 * * *")
@app.task(name="hera.delivery.forget_history", queueing_lock="hera.delivery.forget_history", pass_context=True)
async def forget_history(_context: JobContext, timestamp: int) -> None:  # noqa: ARG001
    """Delete the history of delivery that is older than the setting says."""
    await asyncio.to_thread(_forget_history)  # for minutes: it must not hold the thread in which messages are claimed


def _forget_history() -> None:
    try:
        retention.delete_old()
    finally:
        connection.close()  # this thread's own
