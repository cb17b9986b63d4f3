"""The worker's task of the stored plans; it only calls what does the work."""

from __future__ import annotations

import asyncio
import logging

from django.db import connection
from procrastinate.contrib.django import app

from hera.child_health.plan import checking

log = logging.getLogger(__name__)


@app.periodic(cron="41 2 * * *")
@app.task(name="hera.child_health.check_plans", queueing_lock="hera.child_health.check_plans")
async def check_plans(timestamp: int) -> None:  # noqa: ARG001  (given by the periodic clock)
    """Compare a sample of stored plans with what they should be; readiness and a metric tell of a difference."""
    await asyncio.to_thread(_check)


def _check() -> None:
    try:
        found = checking.check()
        if found.total:
            log.error("stored plans differ from what they should be", extra={"differing": found.total})
    finally:
        connection.close()  # this thread's own
