"""What is no longer true is withdrawn, and brought back if it is true again while it is of use.

A change of a person's facts looks again at what is on its way to her, in its own transaction (`look_again`). Whoever is
about to send asks too (`standings`), since staff change the programme for everybody at once. A message that its
worker has begun to hand over is out of reach; one that it has only claimed is not (`claims.begin`).
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.db.models import Q

from hera.core import clock
from hera.core.deadlocks import once_more_after_a_deadlock
from hera.delivery import outbox
from hera.delivery.models import Message, State
from hera.events.models import NotificationEvent
from hera.scheduling import facts, still_true
from hera.scheduling.still_true import SENTENCES, Announced, Reason, Standing
from hera.surveys.services import look_again_later as look_again_at_surveys
from hera.surveys.services import withdraw as withdraw_surveys

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

# How long until a withdrawn message is looked at again: a switch of the programme may have been put back.
LOOKED_AT_AGAIN = dt.timedelta(minutes=10)
_AT_ONCE = 1_000
# Of one message, and not of what it tells: the event stays in her list.
_OF_A_MESSAGE = {Reason.DAY_OVER, Reason.OPTED_OUT}


@dataclass(frozen=True)
class _Row:
    event_id: int
    user_id: int
    announced: Announced
    is_stopped: bool
    withdrawn_because: str


def standings(event_ids: Iterable[int], now: dt.datetime) -> dict[int, Standing]:
    """What is left of each of these events, by id; two queries."""
    return _standings(_read("event.id = ANY(%(ids)s)", list(event_ids), now), now)


def _standings(rows: Sequence[_Row], now: dt.datetime) -> dict[int, Standing]:
    if not rows:
        return {}
    people, programme = facts.load({row.user_id for row in rows}, now)
    return {
        row.event_id: Standing(Reason.STOPPED, row.announced.context)
        if row.is_stopped
        else still_true.of(row.announced, people[row.user_id], programme)
        for row in rows
    }


def _read(condition: str, ids: Sequence[int], now: dt.datetime) -> list[_Row]:
    with connection.cursor() as cursor:
        cursor.execute(_EVENTS + condition, {"ids": list(ids), "now": now})
        return [
            _Row(event_id, user_id, Announced(key, json.loads(context), is_on, is_open), is_stopped, because)
            for event_id, user_id, key, context, is_on, is_open, is_stopped, because in cursor.fetchall()
        ]


_EVENTS = """
    SELECT event.id, event.user_id, event.event_key, event.context,
        kind.is_active AND coalesce(source.is_active, true) AND coalesce(schedule.is_active, true),
        event.notification_expires_at >= %(now)s,
        coalesce(staff.state = 'stopped', false), event.withdrawn_because
    FROM events_notificationevent event
    JOIN events_notificationtype kind ON kind.id = event.notification_type_id
    LEFT JOIN events_notificationschedule schedule ON schedule.id = event.schedule_id
    LEFT JOIN events_instantnotification staff ON staff.id = event.instant_notification_id
    LEFT JOIN events_notificationtype source ON source.id = staff.texts_from_id
    WHERE """


@once_more_after_a_deadlock
@transaction.atomic
def look_again(user_ids: Sequence[int]) -> None:
    """Withdraw, or bring back, what these people are being told and asked, as their facts are now; in the caller's
    transaction. What its window has closed on is history."""
    now = clock.now()
    rows = _read("event.user_id = ANY(%(ids)s) AND event.notification_expires_at >= %(now)s", user_ids, now)
    _lock([row.event_id for row in rows])
    found = _standings(rows, now)
    before = {row.event_id: row.withdrawn_because for row in rows}
    withdraw(
        {event_id: stands.reason for event_id, stands in found.items() if stands.reason not in {None, before[event_id]}}
    )
    _bring_back([event_id for event_id, stands in found.items() if stands.reason is None], now)
    withdraw_surveys(user_ids, now)


def programme_changed() -> None:
    """Have the worker look again at the questions that wait for an answer, once the caller's transaction commits."""
    look_again_at_surveys()


def _lock(event_ids: Sequence[int]) -> None:
    """Lock the messages of these events, then the events, in the order of their ids, as whoever sends them does."""
    if event_ids:
        with connection.cursor() as cursor:
            cursor.execute(_LOCK_MESSAGES, [list(event_ids)])
            cursor.execute(_LOCK_EVENTS, [list(event_ids)])


_LOCK_MESSAGES = "SELECT id FROM delivery_message WHERE event_id = ANY(%s) ORDER BY id FOR NO KEY UPDATE"
_LOCK_EVENTS = "SELECT id FROM events_notificationevent WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE"


def withdraw(reasons: Mapping[int, Reason | None]) -> None:
    """Withdraw these events, by id, with all messages of theirs that no worker has begun to hand over."""
    by_id = {event_id: reason for event_id, reason in reasons.items() if reason is not None}
    if not by_id:
        return
    now = clock.now()
    with transaction.atomic(), connection.cursor() as cursor:
        _lock(list(by_id))
        cursor.execute(
            """
            UPDATE delivery_message message SET
                state = 'withdrawn', state_at = %(now)s, reason = found.sentence, claimed_until = NULL,
                not_before = %(again)s
            FROM unnest(%(ids)s::bigint[], %(sentences)s::text[]) AS found(id, sentence)
            WHERE message.event_id = found.id
                AND (message.state IN ('queued', 'retrying', 'set_aside', 'withdrawn')
                    OR message.state = 'claimed' AND message.begun_at IS NULL)
            """,
            {
                "now": now,
                "again": now + LOOKED_AT_AGAIN,
                "ids": list(by_id),
                "sentences": [SENTENCES[reason] for reason in by_id.values()],
            },
        )
        note(by_id, now)


def withdraw_stopped(staff_message_id: int) -> int:
    """Withdraw what of this staff message was tried before and has not gone out; returns for how many people.

    What nobody has tried is deleted (`outbox.delete_untried_of`); this stays, to be seen as what it is.
    """
    withdrawn = 0
    waiting = Message.objects.filter(
        Q(state__in=[State.QUEUED, State.RETRYING, State.SET_ASIDE]) | Q(state=State.CLAIMED, begun_at=None),
        event__instant_notification=staff_message_id,
        event__withdrawn_at=None,
    )
    while event_ids := sorted(set(waiting.values_list("event", flat=True)[:_AT_ONCE])):
        with transaction.atomic():
            _lock(event_ids)  # what a worker has begun meanwhile goes out
            event_ids = sorted(set(waiting.filter(event__in=event_ids).values_list("event", flat=True)))
            withdraw(dict.fromkeys(event_ids, Reason.STOPPED))
        withdrawn += len(event_ids)
    return withdrawn


def note(reasons: Mapping[int, Reason], now: dt.datetime) -> None:
    """Note on these events, by id, that they are withdrawn; what is wrong with a message only is not noted there."""
    of_events = {event_id: reason for event_id, reason in reasons.items() if reason not in _OF_A_MESSAGE}
    if not of_events:
        return
    with connection.cursor() as cursor:
        cursor.execute(_LOCK_EVENTS, [list(of_events)])
        cursor.execute(
            """
            UPDATE events_notificationevent event
            SET withdrawn_at = %s, withdrawn_because = found.reason, updated_at = %s
            FROM unnest(%s::bigint[], %s::text[]) AS found(id, reason) WHERE event.id = found.id
            """,
            [now, now, list(of_events), [reason.value for reason in of_events.values()]],
        )


def _bring_back(event_ids: Sequence[int], now: dt.datetime) -> None:
    """Queue again what was withdrawn of these events, which are locked: they are true, and still of use.

    A message that was withdrawn for its channel is queued, too: whoever composes it asks whether she wants it by now.
    """
    if not event_ids:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH again AS (
                UPDATE delivery_message message SET
                    state = 'queued', state_at = %(now)s, reason = '', enqueued_at = %(now)s,
                    not_before = greatest(event.notification_available_at, %(now)s)
                FROM events_notificationevent event
                WHERE event.id = message.event_id AND event.id = ANY(%(ids)s) AND message.state = 'withdrawn'
                    AND message.expires_at >= %(now)s AND message.reason <> %(over)s
                    -- She had it by a later way: not by the earlier one as well.
                    AND NOT EXISTS (
                        SELECT FROM delivery_message later WHERE later.event_id = event.id AND later.id > message.id
                            AND later.state IN ('sent', 'delivered')
                    )
                RETURNING message.id, message.not_before
            )
            SELECT not_before, array_agg(id ORDER BY id) FROM again GROUP BY not_before
            """,
            {"now": now, "ids": list(event_ids), "over": SENTENCES[Reason.DAY_OVER]},
        )
        outbox.defer(dict(cursor.fetchall()))
        cursor.execute(
            "UPDATE events_notificationevent SET withdrawn_at = NULL, withdrawn_because = '', updated_at = %s"
            " WHERE id = ANY(%s) AND withdrawn_at IS NOT NULL",
            [now, list(event_ids)],
        )


@once_more_after_a_deadlock
@transaction.atomic
def look_again_at_withdrawn() -> int:
    """Look again at what is withdrawn and still of use: the programme may be what it was before.

    Returns at how many; each comes up every `LOOKED_AT_AGAIN`.
    """
    now = clock.now()
    due = NotificationEvent.objects.filter(
        withdrawn_at__isnull=False, notification_expires_at__gte=now, updated_at__lte=now - LOOKED_AT_AGAIN
    )
    rows = list(due.order_by("updated_at").values_list("pk", "user_id")[:_AT_ONCE])
    look_again(sorted({user_id for _, user_id in rows}))
    NotificationEvent.objects.filter(pk__in=[pk for pk, _ in rows], withdrawn_at__isnull=False).update(updated_at=now)
    return len(rows)
