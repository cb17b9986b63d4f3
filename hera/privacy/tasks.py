"""The push provider forgets, however long it is down."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asgiref.sync import sync_to_async
from procrastinate.contrib.django import app

from hera.privacy import provider, retention

if TYPE_CHECKING:
    from procrastinate import JobContext


@app.periodic(cron="* * * * *")
@app.task(name="hera.privacy.forget_at_provider", queueing_lock="hera.privacy.forget_at_provider", pass_context=True)
async def forget_at_provider(_context: JobContext, timestamp: int) -> None:  # noqa: ARG001  (given by the clock)
    """Ask the push provider to forget whoever was erased; what it does not take now is asked again."""
    await provider.forget_all()


@app.periodic(cron="23 2 * * *")
@app.task(name="hera.privacy.retention", queueing_lock="hera.privacy.retention", pass_context=True)
async def forget_what_is_old(_context: JobContext, timestamp: int) -> None:  # noqa: ARG001
    """Delete spent codes and what the settings say is old enough."""
    await sync_to_async(retention.delete_old)()
