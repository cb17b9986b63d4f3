"""Writes of notifications: announcing what is due, and marking as read."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import transaction

from hera.core import clock
from hera.core.ports import outbox
from hera.events import selectors
from hera.events.models import NotificationEvent
from hera.scheduling.engine import DueEvent, find_due
from hera.scheduling.recording import Record, insert_new, record_all

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.contrib.auth.models import User

_RECORD = Record(
    "events_notificationevent", "notification_type_id", "notification_available_at", "notification_expires_at"
)


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
    types = {schedule.pk: schedule.notification_type_id for schedule in schedules.values()}
    return record_all(due, lambda events: _announce(events, types))


def _announce(due: list[DueEvent], types: Mapping[int, int]) -> int:
    with transaction.atomic():
        event_ids = insert_new(_RECORD, due, types)
        outbox().enqueue_notifications(event_ids)
    return len(event_ids)


def mark_all_as_read(user: User) -> int:
    """Mark everything that the person has not read yet; returns how many."""
    now = clock.now()
    return NotificationEvent.objects.filter(user=user, read_at=None).update(read_at=now, updated_at=now)


def record_pushed(event_ids: list[int], at: dt.datetime) -> None:
    """Note when a push of these events was first accepted."""
    NotificationEvent.objects.filter(pk__in=event_ids, push_notification_sent_at=None).update(
        push_notification_sent_at=at
    )
