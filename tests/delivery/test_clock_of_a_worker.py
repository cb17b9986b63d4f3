"""A worker whose machine's clock is set while it works."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import signal

import pytest
import time_machine
from asgiref.sync import sync_to_async
from django.db import connection

from hera.delivery.management.commands import deliver

DAYS = dt.timedelta(days=3)


def _last_sweep() -> dt.datetime | None:
    """The minute of the sweep that was deferred last."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT to_timestamp(defer_timestamp) FROM procrastinate_periodic_defers"
            " WHERE task_name = 'hera.delivery.sweep' ORDER BY id DESC LIMIT 1"
        )
        return (cursor.fetchone() or (None,))[0]


async def _sweep_of(minute: dt.datetime) -> None:
    last = None
    for _ in range(100):  # the clock that would tell how long is the one that is moved
        if (last := await sync_to_async(_last_sweep)()) == minute:
            return
        await asyncio.sleep(0.2)
    raise AssertionError(f"the last sweep is of {last}, not of {minute}")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("first", [DAYS, -DAYS], ids=["ahead and back", "behind and right"])
def test_what_a_worker_does_each_minute_goes_on_when_the_clock_is_set(first, caplog):
    """procrastinate counts on from the last minute that it saw: after a clock that was ahead, that is days away."""
    caplog.set_level(logging.WARNING)
    right = dt.datetime(2026, 11, 25, 8, 0, 58, tzinfo=dt.UTC)

    async def play(traveller: time_machine.Traveller) -> None:
        working = asyncio.create_task(deliver._deliver(once=False))
        try:
            await _sweep_of((right + first).replace(second=0))
            traveller.move_to(right + dt.timedelta(minutes=10))
            await _sweep_of(right.replace(second=0, minute=10))
        finally:
            signal.raise_signal(signal.SIGTERM)
            await working

    with time_machine.travel(right + first, tick=True) as traveller:
        asyncio.run(play(traveller))
    assert "the clock was set" in caplog.text
