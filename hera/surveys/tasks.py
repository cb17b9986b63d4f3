"""The worker's task of surveys; it only calls what does the work."""

from __future__ import annotations

import asyncio

from django.db import connection
from procrastinate.contrib.django import app

from hera.surveys import services


@app.task(name=services.LOOK_AGAIN)
async def look_again() -> None:
    """Withdraw what is not true any more of the questions that wait for an answer, and bring back what is."""
    await asyncio.to_thread(_look_again)  # for seconds: it must not hold the thread in which messages are claimed


def _look_again() -> None:
    try:
        services.look_again()
    finally:
        connection.close()  # this thread's own
