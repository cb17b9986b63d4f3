"""Writes of notifications: announcing what is due, and marking as read."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING

from django.db import connection, transaction

from hera.core import clock
from hera.core.ports import outbox
from hera.events import selectors
from hera.events.models import NotificationEvent, NotificationSchedule
from hera.scheduling.engine import DueEvent, find_due

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def announce_due(now: dt.datetime, *, regardless_of_time: bool = False, dry_run: bool = False) -> int:
    """Create the NotificationEvents that are due at `now`, each with its delivery; returns how many.

    Events are committed in lists of a few thousand, and each list together with the task that delivers it:
    whatever happens in between, what is committed will be delivered, and what is not is found again by the
    next run. An event that another run has announced meanwhile is left to that run.
    """
    schedules = selectors.schedules()
    due = find_due(selectors.as_schedules(schedules), now, NotificationEvent, regardless_of_time=regardless_of_time)
    if dry_run:
        return sum(map(len, due))
    return sum(_announce(events, schedules) for events in due)


def _announce(due: list[DueEvent], schedules: dict[int, NotificationSchedule]) -> int:
    with transaction.atomic():
        event_ids = _insert(due, schedules)
        outbox().enqueue_notifications(event_ids)
    return len(event_ids)


def _insert(due: list[DueEvent], schedules: dict[int, NotificationSchedule]) -> list[int]:
    """Insert what nobody has announced yet; returns the ids of the new rows."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO events_notificationevent (
                user_id, event_key, schedule_id, notification_type_id, context,
                notification_available_at, notification_expires_at, created_at, updated_at
            )
            SELECT user_id, event_key, schedule_id, notification_type_id, context, opens_at, closes_at, %s, %s
            FROM json_to_recordset(%s) AS due(
                user_id int, event_key text, schedule_id bigint, notification_type_id bigint, context jsonb,
                opens_at timestamptz, closes_at timestamptz
            )
            ON CONFLICT (event_key, schedule_id) DO NOTHING
            RETURNING id
            """,
            # One JSON text: arrays of contexts, with their many quotes, take longer to write than to insert.
            [now := clock.now(), now, json.dumps([_row(event, schedules) for event in due])],
        )
        return [event_id for (event_id,) in cursor.fetchall()]


def _row(due: DueEvent, schedules: dict[int, NotificationSchedule]) -> dict[str, object]:
    return {
        "user_id": due.user_id,
        "event_key": due.event.event_key,
        "schedule_id": due.schedule_id,
        "notification_type_id": schedules[due.schedule_id].notification_type_id,
        "context": due.event.context(),
        "opens_at": due.opens_at.isoformat(),
        "closes_at": due.closes_at.isoformat(),
    }


def mark_all_as_read(user: User) -> int:
    """Mark everything that the person has not read yet; returns how many."""
    now = clock.now()
    return NotificationEvent.objects.filter(user=user, read_at=None).update(read_at=now, updated_at=now)


def record_pushed(event_ids: list[int], at: dt.datetime) -> None:
    """Note when a push of these events was first accepted."""
    NotificationEvent.objects.filter(pk__in=event_ids, push_notification_sent_at=None).update(
        push_notification_sent_at=at
    )
