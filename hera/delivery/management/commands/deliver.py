from __future__ import annotations

import asyncio
import datetime as dt
import logging
import signal
import time
from typing import TYPE_CHECKING, Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import DatabaseError, close_old_connections, connections
from procrastinate.contrib.django import app
from procrastinate.exceptions import ConnectorException

from hera.delivery import claims, heartbeat, tasks
from hera.delivery.worker import Channels

if TYPE_CHECKING:
    from django.core.management.base import CommandParser

log = logging.getLogger(__name__)

BATCHES_AT_ONCE = 4
SECONDS_WITHOUT_DATABASE = 1.0
POLLING_SECONDS = 1.0  # new tasks announce themselves; those whose time has come do not
SECONDS_BETWEEN_LOOKS_AT_CLOCK = 2.0


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
    try:
        if once:
            worker_app = _worker_app()
            async with worker_app.open_async():
                await _drain(worker_app, channels)
        else:
            await _keep_working(channels)
    finally:
        await channels.aclose()
        await sync_to_async(connections.close_all)()


async def _keep_working(channels: Channels) -> None:
    """Work until a signal asks to stop. A database that goes away is waited for: a restart of it is no end of ours."""
    asked_to_stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, asked_to_stop.set)
    stopping = asyncio.create_task(asked_to_stop.wait())
    file = settings.HERA.worker_heartbeat
    beating = asyncio.create_task(heartbeat.keep_beating(file)) if file else None
    try:
        await _work_until(asked_to_stop, stopping, channels)
    finally:
        if beating:
            beating.cancel()


async def _work_until(asked_to_stop: asyncio.Event, stopping: asyncio.Task[Any], channels: Channels) -> None:
    while not asked_to_stop.is_set():
        working = asyncio.create_task(_work_while_there_is_a_database(channels))
        watching = asyncio.create_task(_clock_set())
        await asyncio.wait({working, stopping, watching}, return_when=asyncio.FIRST_COMPLETED)
        is_clock_set = not working.done() and watching.done()
        watching.cancel()
        if asked_to_stop.is_set() or is_clock_set:
            working.cancel()  # it finishes the batches that it has begun
        (ended,) = await asyncio.gather(working, return_exceptions=True)
        if asked_to_stop.is_set():
            return
        if is_clock_set:
            log.warning("the clock was set by %s; what is done each minute is counted anew", watching.result())
            continue
        if isinstance(ended, Exception) and not isinstance(ended, (ConnectorException, DatabaseError)):
            raise ended
        log.warning("the database went away (%s); trying again", type(ended).__name__ if ended else "worker stopped")
        await asyncio.wait({stopping}, timeout=SECONDS_WITHOUT_DATABASE)


async def _clock_set() -> dt.timedelta:
    """Wait until the machine's clock is set, and by how much.

    procrastinate, which knows no other clock, goes on from the minute that it saw last: after a clock that was ahead it
    would sweep again when the right one gets there, and after one that was behind it would make up for each minute
    that never was.
    """
    ahead = time.time() - time.monotonic()
    while True:
        await asyncio.sleep(SECONDS_BETWEEN_LOOKS_AT_CLOCK)
        before, ahead = ahead, time.time() - time.monotonic()
        by = dt.timedelta(seconds=ahead - before)
        if abs(by) > claims.LARGEST_CLOCK_DIFFERENCE:  # less is network time being followed
            return by


async def _work_while_there_is_a_database(channels: Channels) -> None:
    worker_app = _worker_app()
    async with worker_app.open_async():
        await sync_to_async(_requeue_lost)()
        await _work(worker_app, channels, wait=True)


def _requeue_lost() -> None:
    close_old_connections()
    # Not at once what was deferred just now: workers that are lost one after the other would each defer it all again.
    claims.requeue_lost(tasks.LOST_AFTER)


def _worker_app() -> Any:
    return app.with_connector(app.connector.get_worker_connector())  # type: ignore[attr-defined]


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
        fetch_job_polling_interval=POLLING_SECONDS,
        delete_jobs="successful",
        additional_context={"channels": channels},
        shutdown_graceful_timeout=claims.LEASE.total_seconds(),
        install_signal_handlers=False,
    )
