from __future__ import annotations

import asyncio
import datetime as dt
from typing import TYPE_CHECKING, Any

from asgiref.sync import sync_to_async
from django.core.management.base import BaseCommand
from django.db import connections
from procrastinate.contrib.django import app

from hera.delivery import claims
from hera.delivery.worker import Channels

if TYPE_CHECKING:
    from django.core.management.base import CommandParser

BATCHES_AT_ONCE = 4


class Command(BaseCommand):
    help = "The delivery worker: sends what is queued, on any number of machines at once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="send what is due now, and end")

    def handle(self, *_args: Any, **options: Any) -> None:
        asyncio.run(_deliver(once=options["once"]))
        if options["once"]:
            self.stdout.write("job=deliver once=true done=true")


async def _deliver(*, once: bool) -> None:
    channels = Channels()
    worker_app = app.with_connector(app.connector.get_worker_connector())  # type: ignore[attr-defined]
    try:
        async with worker_app.open_async():
            if once:
                await _drain(worker_app, channels)
            else:
                await sync_to_async(claims.requeue_lost)(dt.timedelta(0))
                await _work(worker_app, channels, wait=True)
    finally:
        await channels.aclose()
        await sync_to_async(connections.close_all)()


async def _drain(worker_app: Any, channels: Channels) -> None:
    """Work until nothing is due: tasks first, then messages whose task was lost or set for another clock."""
    while True:
        await _work(worker_app, channels, wait=False)
        await sync_to_async(claims.expire)()
        if not await sync_to_async(claims.requeue_lost)(dt.timedelta(0)):
            return


async def _work(worker_app: Any, channels: Channels, *, wait: bool) -> None:
    await worker_app.run_worker_async(
        wait=wait,
        concurrency=BATCHES_AT_ONCE,
        delete_jobs="successful",
        additional_context={"channels": channels},
        shutdown_graceful_timeout=claims.LEASE.total_seconds(),
    )
