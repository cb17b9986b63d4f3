"""The worker's task of the panel; it only calls what does the work."""

from __future__ import annotations

from asgiref.sync import sync_to_async
from procrastinate.contrib.django import app

from hera.panel import audit, csv_imports


@app.periodic(cron="23 2 * * *")
@app.task(name="hera.panel.retention", queueing_lock="hera.panel.retention")
async def forget_what_is_old(timestamp: int) -> None:  # noqa: ARG001  (given by the periodic clock)
    """Delete entries of the trail past their time, and tables that nobody confirmed."""
    await sync_to_async(audit.delete_old)()
    await sync_to_async(csv_imports.delete_old_uploads)()
