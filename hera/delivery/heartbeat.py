"""Does this worker still work? It touches a file; `python -m hera.delivery.heartbeat` looks how old that is.

The file is there from the worker's first look at its tables on: a release that cannot reach them never has one. After
that the database is not asked: a blink of it is no reason to replace workers. What is asked is whether the event loop
turns, and whether the thread in which messages are claimed is free now and then.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import time
from pathlib import Path

log = logging.getLogger(__name__)

VARIABLE = "HERA_WORKER_HEARTBEAT"
BETWEEN_BEATS = 10.0  # seconds
SILENT_AFTER = 600.0  # seconds; nothing that a worker does holds that thread so long


async def keep_beating(file: Path) -> None:
    """Touch the file as long as this worker works; it is not there before the tables have been reached."""
    from asgiref.sync import sync_to_async  # noqa: PLC0415  (whoever only looks at the file does not wait for these)

    from hera.core import tables  # noqa: PLC0415

    await asyncio.to_thread(file.unlink, missing_ok=True)
    is_reached = False
    while True:
        if not is_reached:
            is_reached = not await sync_to_async(tables.out_of_reach)()
        if is_reached:
            try:
                await sync_to_async(file.touch)()  # in the thread of the database, which may be held
            except OSError as problem:
                log.warning("the worker cannot say that it works: %s", problem)
        await asyncio.sleep(BETWEEN_BEATS)


def reason_dead(file: Path, now: float) -> str:
    """Why the worker that touches this file is taken for dead at this Unix time; empty if it is not."""
    try:
        age = now - file.stat().st_mtime
    except FileNotFoundError:
        return "The worker has not reached its tables yet."
    return f"The worker has not been heard of for {age:.0f} seconds." if age > SILENT_AFTER else ""


def main() -> None:
    """Exit with 1 and the reason if the worker beside this is taken for dead, or is not told where to beat."""
    name = os.environ.get(VARIABLE, "").strip()
    if not name:
        sys.exit(f"{VARIABLE} is not set: it wants the file that the worker touches.")
    if reason := reason_dead(Path(name), time.time()):
        sys.exit(reason)


if __name__ == "__main__":
    main()
