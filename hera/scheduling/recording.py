"""Recording what is due: each calendar event once for each schedule, in tables that two consumers own."""

from __future__ import annotations

import json
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import connection
from psycopg import sql

from hera.core import clock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from hera.scheduling.engine import DueEvent

WRITERS = 2  # the cores of a small machine


@dataclass(frozen=True)
class Record:
    """A table with a row for each (event_key, schedule_id), and the names of the columns that differ."""

    table: str
    content: str  # the column that refers to what is said or asked
    opens_at: str
    closes_at: str


def record_all(due: Iterable[list[DueEvent]], write: Callable[[list[DueEvent]], int]) -> int:
    """Hand each list to `write`, which commits it and returns how many events were new; returns the sum.

    Lists are written on connections of their own, two at a time, while the next one is being read: most of the
    time goes to the database's inserts and key checks. Inside a caller's transaction, all stays in it.

    Raises:
        Exception: what the first `write` that failed raised. Lists that others have committed stay.
    """
    if connection.in_atomic_block:
        return sum(map(write, due))
    written = 0
    with ThreadPoolExecutor(WRITERS, thread_name_prefix="recording") as writers:
        pending: deque[Future[int]] = deque()
        for events in due:
            if len(pending) == WRITERS:
                written += pending.popleft().result()
            pending.append(writers.submit(_write_and_disconnect, write, events))
        return written + sum(future.result() for future in pending)


def _write_and_disconnect(write: Callable[[list[DueEvent]], int], events: list[DueEvent]) -> int:
    try:
        return write(events)
    finally:
        connection.close()  # this thread's own


def insert_new(record: Record, due: list[DueEvent], content_of: Mapping[int, int]) -> list[int]:
    """Insert those events that nobody has recorded yet; returns the ids of the new rows.

    Args:
        content_of: the id of what is said or asked, by schedule id.
    """
    now = clock.now()
    rows = [
        {
            "user_id": event.user_id,
            "event_key": event.event.event_key,
            "schedule_id": event.schedule_id,
            "content_id": content_of[event.schedule_id],
            "context": event.event.context(),
            "opens_at": event.opens_at.isoformat(),
            "closes_at": event.closes_at.isoformat(),
        }
        for event in due
    ]
    statement = sql.SQL(
        """
        INSERT INTO {table} (
            user_id, event_key, schedule_id, {content}, context, {opens_at}, {closes_at}, created_at, updated_at
        )
        SELECT user_id, event_key, schedule_id, content_id, context, opens_at, closes_at, %s, %s
        FROM json_to_recordset(%s) AS due(
            user_id int, event_key text, schedule_id bigint, content_id bigint, context jsonb,
            opens_at timestamptz, closes_at timestamptz
        )
        ON CONFLICT (event_key, schedule_id, (context ->> 'date')) DO NOTHING
        RETURNING id
        """
    ).format(
        table=sql.Identifier(record.table),
        content=sql.Identifier(record.content),
        opens_at=sql.Identifier(record.opens_at),
        closes_at=sql.Identifier(record.closes_at),
    )
    with connection.cursor() as cursor:
        # One JSON text: arrays of contexts, with their many quotes, take longer to write than to insert.
        cursor.execute(statement, [now, now, json.dumps(rows)])
        return [row_id for (row_id,) in cursor.fetchall()]
