"""The worker's tasks of figures; they only call what does the work."""

from __future__ import annotations

import asyncio

from django.db import connection
from procrastinate.contrib.django import app

from hera.figures import cache, counting, mails, reports


@app.periodic(cron="7 * * * *")
@app.task(name="hera.figures.count_figures", queueing_lock="hera.figures.count_figures")
async def count_figures(timestamp: int) -> None:  # noqa: ARG001  (given by the periodic clock)
    """Count the first page's figures where that takes long, and each measure, so that nobody waits for them."""
    await asyncio.to_thread(_count_figures)  # for a minute: it must not hold the thread in which messages are claimed


def _count_figures() -> None:
    try:
        cache.count_slow_ones()
        counting.count_all()
    finally:
        connection.close()  # this thread's own


@app.periodic(cron="* * * * *")
@app.task(name=reports.TASK, queueing_lock=reports.TASK)
async def make_reports(timestamp: int) -> None:  # noqa: ARG001  (given by the periodic clock)
    """Make the reports that staff have asked for, and send those that go by e-mail."""
    await asyncio.to_thread(_make_reports)


def _make_reports() -> None:
    try:
        reports.make_all()
        mails.send_all()
    finally:
        connection.close()  # this thread's own
