"""The worker's task of campaigns; it only calls what does the work."""

from __future__ import annotations

from asgiref.sync import sync_to_async
from procrastinate.contrib.django import app

from hera.campaigns import services
from hera.core import clock


@app.periodic(cron="* * * * *")
@app.task(name=services.TASK, queueing_lock=services.TASK)
async def send_campaigns(timestamp: int) -> None:  # noqa: ARG001  (given by the periodic clock)
    """Hand over what staff have confirmed and whose time has come. Between its lists the worker sends."""
    lists = services.send_due(clock.now())
    while await sync_to_async(lambda: next(lists, None))() is not None:
        pass
