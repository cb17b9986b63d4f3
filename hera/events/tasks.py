"""The worker's task of notifications; it only calls what does the work."""

from __future__ import annotations

import asyncio

from procrastinate.contrib.django import app

from hera.core import jobs

TASK = "hera.events.generate_notifications"


@app.periodic(cron="* * * * *")
@app.task(name=TASK, lock=TASK, queueing_lock=TASK, priority=jobs.PRIORITY)
async def generate_notifications(timestamp: int) -> None:  # noqa: ARG001  (given by the periodic clock)
    """Create the notifications that are due, where the worker's clock runs the jobs."""
    await asyncio.to_thread(jobs.run_by_worker, "generate_notifications")
