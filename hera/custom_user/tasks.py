"""The worker's tasks; they only call what does the work."""

from __future__ import annotations

from asgiref.sync import sync_to_async
from procrastinate.contrib.django import app

from hera.core import clock
from hera.custom_user import staff_messages


@app.periodic(cron="* * * * *")
@app.task(name=staff_messages.TASK, queueing_lock=staff_messages.TASK)
async def send_staff_messages(timestamp: int) -> None:  # noqa: ARG001  (given by the periodic clock)
    """Hand over what staff have confirmed and whose time has come. Between its lists the worker sends."""
    lists = staff_messages.send_due(clock.now())
    while await sync_to_async(lambda: next(lists, None))() is not None:
        pass
