"""The worker's task of exports; it only calls what does the work."""

from __future__ import annotations

import asyncio
import sys

from asgiref.sync import sync_to_async
from procrastinate.contrib.django import app

from hera import config
from hera.exports import services


@app.periodic(cron="* * * * *")
@app.task(name=services.TASK, queueing_lock=services.TASK)
async def make_exports(timestamp: int) -> None:  # noqa: ARG001  (given by the periodic clock)
    """Have the files made by a process of their own: they take minutes of a core, and this one's is for messages."""
    await sync_to_async(services.delete_old)()
    if await sync_to_async(services.is_any_waiting)():
        # A reminder does not wait for a spreadsheet.
        command = ["nice", "-n", "10", sys.executable, str(config.REPOSITORY / "manage.py"), "make_exports"]
        process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.DEVNULL)
        try:
            await process.wait()
        finally:
            if process.returncode is None:  # this worker ends; another begins the file anew
                process.terminate()
