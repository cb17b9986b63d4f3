"""The worker's tasks of the panel; it only calls what does the work."""

from __future__ import annotations

import logging

from asgiref.sync import sync_to_async
from procrastinate.contrib.django import app

from hera.panel import audit, audit_values, brought_kept, chain, uploads

log = logging.getLogger(__name__)


@app.periodic(cron="23 2 * * *")
@app.task(name="hera.panel.retention", queueing_lock="hera.panel.retention")
async def forget_what_is_old(timestamp: int) -> None:  # noqa: ARG001  (given by the periodic clock)
    """Delete what is past its time: entries of the trail, values of changes, tables, brought or not confirmed."""
    await sync_to_async(audit.delete_old)()
    await sync_to_async(audit_values.delete_old)()
    await sync_to_async(uploads.delete_old)()
    await sync_to_async(brought_kept.delete_old)()


@app.periodic(cron="53 2 * * *")
@app.task(name="hera.panel.verify_trail", queueing_lock="hera.panel.verify_trail")
async def verify_the_trail(timestamp: int) -> None:  # noqa: ARG001
    """Walk along the trail, and log its end: a log that is kept elsewhere is a witness (`audit verify --witness`)."""
    verdict = await sync_to_async(chain.check)()
    if verdict.trouble:
        log.error("the audit trail is not whole: %s", verdict.trouble)
    else:
        log.info("the audit trail is whole", extra={"witness": f"{verdict.last_id}:{verdict.last_hash}"})
