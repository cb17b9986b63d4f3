"""The outbox: what is handed to delivery, and the tasks that carry it.

A message and the task that will send it are written in the transaction of whoever hands it over. Tasks carry
lists of ids, since a task costs far more than a row. A task is only a hint to look: what may be sent is decided
by the message's own state, so that a task that is lost, late or run twice changes nothing (see `worker`).
"""

from __future__ import annotations

import datetime as dt
import math
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.db.models import Min
from procrastinate.contrib.django import app

from hera.core import clock, phone_numbers
from hera.delivery import code_caps, sealing, ways
from hera.delivery.models import OPEN_STATES, ChannelRole, Message
from hera.delivery.queueing import queue_sql

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from procrastinate.types import JSONDict

BATCH = 100
SEND_MESSAGES = "hera.delivery.send_messages"
NOTIFICATIONS_QUEUE = "notifications"
CODES_QUEUE = "codes"
_CODES_FIRST = 10  # somebody is waiting for a code; a higher number goes first


def enqueue_notifications(event_ids: Sequence[int]) -> None:
    """Queue a push for each of these NotificationEvents, inside the caller's transaction; none to who has no number.

    To a phone with the app, or to browsers (`ways`).
    """
    if not event_ids:
        return
    now = clock.now()
    with connection.cursor() as cursor:
        cursor.execute(
            queue_sql(ways.first_sql(), _OF_NUMBERS, "greatest(event.notification_available_at, %(now)s)"),
            {"now": now, "event_ids": list(event_ids), "no_number": phone_numbers.NO_NUMBER},
        )
        defer(dict(cursor.fetchall()))


def delete_untried_of(staff_message_id: int) -> int:
    """Take back what this staff message has queued and no worker has begun; returns for how many people.

    Its events go with it, so that nobody reads in the app what she was not sent. A message that a worker is about
    to claim goes out.
    """
    withdrawn = 0
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                """
                DELETE FROM delivery_message WHERE id IN (
                    SELECT message.id FROM events_notificationevent event
                    JOIN delivery_message message ON message.event_id = event.id
                    WHERE event.instant_notification_id = %s
                        AND message.state = 'queued' AND message.attempts_made = 0
                        AND NOT EXISTS (SELECT FROM delivery_attempt WHERE message_id = message.id)
                    LIMIT %s
                    FOR UPDATE OF message SKIP LOCKED
                )
                RETURNING event_id
                """,
                [staff_message_id, _WITHDRAWN_AT_ONCE],
            )
            event_ids = [event_id for (event_id,) in cursor.fetchall()]
            cursor.execute(
                """
                DELETE FROM events_notificationevent event WHERE id = ANY(%s)
                    AND NOT EXISTS (SELECT FROM delivery_message WHERE event_id = event.id)
                """,
                [event_ids],
            )
        withdrawn += len(event_ids)
        if len(event_ids) < _WITHDRAWN_AT_ONCE:
            return withdrawn


def enqueue_code(*, purpose: str, to: str, text: str, expires_at: dt.datetime) -> None:
    """Queue a text message with a one-time code, inside the caller's transaction.

    Raises:
        LimitReached: if the day's codes are used up for this purpose, its calling code, or in all; or if the gate would
            hold this one up for longer than it is of use.
    """
    code_caps.spend(purpose, to)
    code_caps.refuse_what_would_wait(purpose, to, text)
    _enqueue_texts(purpose, {to: text}, expires_at, codes=True)


def enqueue_texts(*, purpose: str, texts: Mapping[str, str], expires_at: dt.datetime) -> dict[str, int]:
    """Queue text messages that nobody is waiting for, given by number, inside the caller's transaction.

    Returns the messages' ids by number.
    """
    return _enqueue_texts(purpose, texts, expires_at, codes=False)


def _enqueue_texts(purpose: str, texts: Mapping[str, str], expires_at: dt.datetime, *, codes: bool) -> dict[str, int]:
    now = clock.now()
    messages = Message.objects.bulk_create(
        Message(
            purpose=purpose,
            channel=ChannelRole.SMS,
            sealed_text=sealing.seal(sealing.SealedText(to, text)),
            state_at=now,
            not_before=now,
            expires_at=expires_at,
            enqueued_at=now,
            created_at=now,
        )
        for to, text in texts.items()
    )
    defer({now: [message.pk for message in messages]}, codes=codes)
    return {number: message.pk for number, message in zip(texts, messages, strict=True)}


def defer(messages: Mapping[dt.datetime, Sequence[int]], *, codes: bool = False, size: int = BATCH) -> None:
    """Defer tasks for messages, given by the instant before which there is no use in looking at them.

    Messages that can wait for the same minute travel together, `size` at most. Far ones are left to the sweep.
    """
    now = clock.now()
    by_delay: dict[int, list[int]] = {}
    for not_before, message_ids in messages.items():
        # Rounded up: a task that looks too early finds nothing, and is gone.
        delay = max(0, math.ceil((not_before - now).total_seconds()))
        by_delay.setdefault(delay if delay < _MINUTE else delay - delay % _MINUTE + _MINUTE, []).extend(message_ids)
    for delay, ids in by_delay.items():
        if delay > _HOUR:
            continue
        configured = app.configure_task(
            SEND_MESSAGES,
            queue=CODES_QUEUE if codes else NOTIFICATIONS_QUEUE,
            priority=_CODES_FIRST if codes else 0,
            **({"schedule_in": {"seconds": delay}} if delay else {}),  # type: ignore[arg-type]
        )
        batches: list[JSONDict] = [{"message_ids": [*ids[start : start + size]]} for start in range(0, len(ids), size)]
        configured.batch_defer(*batches)


_OF_NUMBERS = """
    events_notificationevent event JOIN auth_user person ON person.id = event.user_id
    WHERE event.id = ANY(%(event_ids)s) AND NOT starts_with(person.username, %(no_number)s)
"""
_WITHDRAWN_AT_ONCE = 5_000
_MINUTE = 60
_HOUR = 3600


def oldest_waiting() -> dt.timedelta | None:
    """For how long the oldest message that could be sent now has been waiting; None if none is.

    A message that its provider refuses for now, or whose channel is parked, is due again later, and not late.
    """
    now = clock.now()
    due = Message.objects.filter(state__in=OPEN_STATES, not_before__lte=now, expires_at__gte=now)
    oldest = due.aggregate(oldest=Min("not_before"))["oldest"]
    return now - oldest if oldest else None
