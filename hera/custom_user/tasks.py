"""The worker's tasks; they only call what does the work."""

from __future__ import annotations

import asyncio
import sys

from asgiref.sync import sync_to_async
from django.db import connection
from procrastinate.contrib.django import app

from hera import config
from hera.core import clock
from hera.custom_user import export_files, staff_messages
from hera.custom_user.dashboard import remembered


@app.periodic(cron="* * * * *")
@app.task(name=staff_messages.TASK, queueing_lock=staff_messages.TASK)
async def send_staff_messages(timestamp: int) -> None:  # noqa: ARG001  (given by the periodic clock)
    """Hand over what staff have confirmed and whose time has come. Between its lists the worker sends."""
    lists = staff_messages.send_due(clock.now())
    while await sync_to_async(lambda: next(lists, None))() is not None:
        pass


@app.periodic(cron="* * * * *")
@app.task(name=export_files.TASK, queueing_lock=export_files.TASK)
async def make_exports(timestamp: int) -> None:  # noqa: ARG001
    """Have the files made by a process of their own: they take minutes of a core, and this one's is for messages."""
    await sync_to_async(export_files.delete_old)()
    if await sync_to_async(export_files.is_any_waiting)():
        # A reminder does not wait for a spreadsheet.
        command = ["nice", "-n", "10", sys.executable, str(config.REPOSITORY / "manage.py"), "make_exports"]
        process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.DEVNULL)
        try:
            await process.wait()
        finally:
            if process.returncode is None:  # this worker ends; another begins the file anew
                process.terminate()


@app.periodic(cron="7 * * * *")
@app.task(name="hera.custom_user.count_figures", queueing_lock="hera.custom_user.count_figures")
async def count_figures(timestamp: int) -> None:  # noqa: ARG001
    """Count the first page's figures where that takes long, so that nobody waits for them."""
    await asyncio.to_thread(_count_figures)  # for a minute: it must not hold the thread in which messages are claimed


def _count_figures() -> None:
    try:
        remembered.count_slow_ones()
    finally:
        connection.close()  # this thread's own
