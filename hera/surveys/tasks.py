"""The worker's tasks of surveys; they only call what does the work."""

from __future__ import annotations

import asyncio

from django.db import connection
from procrastinate.contrib.django import app

from hera.core import jobs
from hera.surveys import services

TASK = "hera.surveys.generate_surveys"


@app.task(name=services.LOOK_AGAIN)
async def look_again() -> None:
    """Withdraw what is not true any more of the questions that wait for an answer, and bring back what is."""
    await asyncio.to_thread(_look_again)  # for seconds: it must not hold the thread in which messages are claimed


@app.periodic(cron="*/3 * * * *")
@app.task(name=TASK, lock=TASK, queueing_lock=TASK, priority=jobs.PRIORITY)
async def generate_surveys(timestamp: int) -> None:  # noqa: ARG001  (given by the periodic clock)
    """Create the surveys that are due, where the worker's clock runs the jobs."""
    await asyncio.to_thread(jobs.run_by_worker, "generate_surveys")


def _look_again() -> None:
    try:
        services.look_again()
    finally:
        connection.close()  # this thread's own
