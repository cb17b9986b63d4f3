"""The worker's tasks of campaigns; they only call what does the work."""

from __future__ import annotations

import asyncio

from asgiref.sync import sync_to_async
from django.db import connection
from procrastinate.contrib.django import app

from hera.campaigns import segments, services
from hera.core import clock


@app.periodic(cron="* * * * *")
@app.task(name=services.TASK, queueing_lock=services.TASK)
async def send_campaigns(timestamp: int) -> None:  # noqa: ARG001  (given by the periodic clock)
    """Hand over what staff have confirmed and whose time has come. Between its lists the worker sends."""
    lists = services.send_due(clock.now())
    while await sync_to_async(lambda: next(lists, None))() is not None:
        pass


@app.periodic(cron="37 3 * * *")
@app.task(name="hera.campaigns.count_segments", queueing_lock="hera.campaigns.count_segments")
async def count_segments(timestamp: int) -> None:  # noqa: ARG001
    """Count the people of each segment: a size a day."""
    await asyncio.to_thread(_count_segments)  # long: it must not hold the thread in which messages are claimed


def _count_segments() -> None:
    try:
        segments.count_all()
    finally:
        connection.close()  # this thread's own
