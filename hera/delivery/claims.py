"""Claiming messages, and recording what became of them: every change of state is one statement for all.

A claim is a conditional UPDATE, so two workers never hold one message, and it lapses by itself, so a worker
that is killed loses nothing.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.db.models import Case, F, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Greatest, Least

from hera.core import clock
from hera.core.deadlocks import once_more_after_a_deadlock
from hera.delivery import outbox, receipts, ways, withdrawing
from hera.delivery.models import OPEN_STATES, PURPOSES_THAT_WAIT, Attempt, ChannelRole, Message, State
from hera.events.models import NotificationEvent
from hera.events.services import record_pushed
from hera.scheduling.still_true import SENTENCES, Reason
from hera.user_profile.models import WebPushSubscription

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

log = logging.getLogger(__name__)

# Longer than a batch can take, since no send begins when less than the provider's time-out is left.
LEASE = dt.timedelta(minutes=2)
SWEEP_CHUNK = 10_000
# How many messages travel together, by how often a worker was lost with them: each time it may have been the fault of
# any of them, so the next worker is lost with fewer. With what was alone in the end, nobody tries again by himself.
SIZES = (outbox.BATCH, 10, 1)
MOST_LAPSES = len(SIZES)
LOST_WITH_IT = f"its claim lapsed {MOST_LAPSES} times: each time, the worker that held it was lost"
MOVED = "her number or her browser is another by now"
NEVER_TRIED = "its window closed before it could be sent"
LARGEST_CLOCK_DIFFERENCE = dt.timedelta(minutes=1)  # between machines that are set by network time


@dataclass(frozen=True)
class Verdict:
    """The next state of one message, and why."""

    message_id: int
    state: State
    reason: str = ""
    not_before: dt.datetime | None = None
    provider_message_id: str = ""
    attempt: Attempt | None = None
    withdrawn: Reason | None = None


def withdrawn(message_id: int, reason: Reason) -> Verdict:
    """The verdict on what is not true any more."""
    again = clock.now() + withdrawing.LOOKED_AT_AGAIN
    return Verdict(message_id, State.WITHDRAWN, SENTENCES[reason], again, withdrawn=reason)


@once_more_after_a_deadlock
def claim(message_ids: Sequence[int]) -> tuple[list[int], dt.datetime]:
    """Claim those messages that are open, due and not held by anyone; returns their ids and the claim's end.

    What a worker was lost with is claimed among as few as its lapses allow, whatever a task from before still names.
    """
    now = clock.now()
    claimed_until = now + LEASE
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE delivery_message SET
                state = 'claimed', state_at = %(now)s, claimed_until = %(until)s, begun_at = NULL,
                claims_lapsed = claims_lapsed + CASE WHEN state = 'claimed' THEN 1 ELSE 0 END
            WHERE id IN (
                SELECT id FROM delivery_message
                WHERE id = ANY(%(ids)s) AND not_before <= %(now)s AND expires_at >= %(now)s
                    AND (state IN ('queued', 'retrying') OR (state = 'claimed' AND claimed_until < %(now)s))
                    AND claims_lapsed + CASE WHEN state = 'claimed' THEN 1 ELSE 0 END < %(lapses)s
                ORDER BY id FOR NO KEY UPDATE
            )
            RETURNING id
            """,
            {
                "now": now,
                "until": claimed_until,
                "ids": list(message_ids),
                "lapses": max(1, sum(len(message_ids) <= size for size in SIZES)),
            },
        )
        return [message_id for (message_id,) in cursor.fetchall()], claimed_until


@dataclass(frozen=True)
class Begun:
    """What may be handed over right now, each with its attempt, and what is not true any more; by message id.

    `moved` are texts to a number, or pushes to a browser, that is not the person's any more.
    """

    attempts: dict[int, Attempt]
    withdrawn: dict[int, Reason]
    moved: frozenset[int] = frozenset()


@once_more_after_a_deadlock
@transaction.atomic
def begin(
    kinds: Mapping[int, str],
    claimed_until: dt.datetime,
    numbers: Mapping[int, str] | None = None,
    browsers: Mapping[int, Sequence[int]] | None = None,
) -> Begun:
    """Begin to hand over these messages, given with the kind of their channel.

    Only what is still held under this claim, and still true: whoever withdraws a message meets this in its row, and one
    of them comes first. After this the message counts as gone out.

    Args:
        numbers: to which the texts among them are composed.
        browsers: for which those of web push are, by their ids.
    """
    now = clock.now()
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE delivery_message SET begun_at = %s
            WHERE id IN (
                SELECT id FROM delivery_message WHERE id = ANY(%s) AND state = 'claimed' AND claimed_until = %s
                ORDER BY id FOR NO KEY UPDATE
            )
            RETURNING id, event_id
            """,
            [now, sorted(kinds), claimed_until],
        )
        event_of = dict(cursor.fetchall())
    stands = withdrawing.standings([event_id for event_id in event_of.values() if event_id], now)
    withdrawn = {
        message_id: reason
        for message_id, event_id in event_of.items()
        if event_id and (reason := stands[event_id].reason) is not None
    }
    moved = _moved({pk: number for pk, number in (numbers or {}).items() if pk in event_of})
    moved |= _taken_over({pk: ids for pk, ids in (browsers or {}).items() if pk in event_of})
    moved -= withdrawn.keys()
    attempts = Attempt.objects.bulk_create(
        Attempt(message_id=message_id, channel_kind=kinds[message_id], started_at=now)
        for message_id in sorted(event_of.keys() - withdrawn.keys() - moved)
    )
    return Begun({attempt.message_id: attempt for attempt in attempts}, withdrawn, moved)


def _moved(numbers: Mapping[int, str]) -> frozenset[int]:
    """Those of these messages of events whose person has another number by now."""
    if not numbers:
        return frozenset()
    of_events = Message.objects.filter(pk__in=numbers, event__isnull=False)
    by_id = of_events.values_list("pk", "event__user__username")
    return frozenset(pk for pk, number in by_id if number != numbers[pk])


def _taken_over(browsers: Mapping[int, Sequence[int]]) -> frozenset[int]:
    """Those of these messages for a browser on which somebody else has signed in by now, or which is no more."""
    if not browsers:
        return frozenset()
    asked = {browser for ids in browsers.values() for browser in ids}
    owners = dict(WebPushSubscription.objects.filter(pk__in=asked).values_list("pk", "user"))
    hers = dict(Message.objects.filter(pk__in=browsers).values_list("pk", "event__user"))
    return frozenset(pk for pk, ids in browsers.items() if any(owners.get(one) != hers.get(pk) for one in ids))


@once_more_after_a_deadlock
@transaction.atomic
def record(verdicts: Sequence[Verdict], claimed_until: dt.datetime) -> None:
    """Write the verdicts on messages that are still held under this claim, and defer their next tries.

    If a claim has lapsed and another worker holds the message, that worker's verdict counts.
    """
    now = clock.now()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM delivery_message WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE",
            [[verdict.message_id for verdict in verdicts]],
        )
    _finish([verdict.attempt for verdict in verdicts if verdict.attempt])
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE delivery_message message SET
                state = verdict.state, state_at = %(now)s, reason = verdict.reason, claimed_until = NULL,
                begun_at = NULL, not_before = coalesce(verdict.not_before, message.not_before),
                provider_message_id = verdict.provider_message_id,
                attempts_made = message.attempts_made + verdict.tries, claims_lapsed = 0,
                sealed_text = CASE WHEN verdict.state IN ('retrying', 'queued') THEN message.sealed_text END,
                enqueued_at = %(now)s
            FROM unnest(%(ids)s::bigint[], %(states)s::text[], %(reasons)s::text[], %(not_before)s::timestamptz[],
                %(provider_ids)s::text[], %(tries)s::int[])
                AS verdict(id, state, reason, not_before, provider_message_id, tries)
            WHERE message.id = verdict.id AND message.state = 'claimed' AND message.claimed_until = %(until)s
            RETURNING message.id, message.state, message.event_id, message.not_before, message.purpose,
                message.claims_lapsed, message.channel
            """,
            {
                "now": now,
                "until": claimed_until,
                "ids": [verdict.message_id for verdict in verdicts],
                "states": [verdict.state.value for verdict in verdicts],
                "reasons": [verdict.reason[:255] for verdict in verdicts],
                "not_before": [verdict.not_before for verdict in verdicts],
                "provider_ids": [verdict.provider_message_id[:255] for verdict in verdicts],
                "tries": [1 if verdict.attempt else 0 for verdict in verdicts],
            },
        )
        rows = cursor.fetchall()
    reasons = {verdict.message_id: verdict.withdrawn for verdict in verdicts if verdict.withdrawn}
    withdrawing.note({row[2]: reasons[row[0]] for row in rows if row[0] in reasons and row[2]}, now)
    accepted = [event_id for _, state, event_id, *_ in rows if state in {State.SENT, State.DELIVERED} and event_id]
    record_pushed(accepted, now)
    if any(state == State.SENT for _, state, *_ in rows):
        receipts.apply([verdict.provider_message_id for verdict in verdicts if verdict.state == State.SENT])
    _defer((message_id, *rest) for message_id, state, _event, *rest, _channel in rows if state in OPEN_STATES)
    pushes = {ChannelRole.PUSH, ChannelRole.WEB_PUSH}
    refused = [event_id for _, state, event_id, *_, channel in rows if state == State.FAILED and channel in pushes]
    outbox.defer(ways.queue_next([event_id for event_id in refused if event_id], now))


def _finish(attempts: Sequence[Attempt]) -> None:
    """Complete the attempts with what came of them; one statement, where Django's would be one CASE a row."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE delivery_attempt attempt SET
                finished_at = done.finished_at, outcome = done.outcome, provider_message_id = done.provider_message_id,
                status_code = done.status_code, error = done.error
            FROM unnest(%s::bigint[], %s::timestamptz[], %s::text[], %s::text[], %s::int[], %s::text[])
                AS done(id, finished_at, outcome, provider_message_id, status_code, error)
            WHERE attempt.id = done.id
            """,
            [
                [attempt.pk for attempt in attempts],
                [attempt.finished_at for attempt in attempts],
                [str(attempt.outcome) for attempt in attempts],
                [attempt.provider_message_id for attempt in attempts],
                [attempt.status_code for attempt in attempts],
                [attempt.error for attempt in attempts],
            ],
        )


def expire() -> int:
    """End open messages whose window has closed; returns how many."""
    now = clock.now()
    return (
        Message.objects.filter(state__in=[*OPEN_STATES, State.SET_ASIDE], expires_at__lt=now)
        .exclude(state=State.CLAIMED, claimed_until__gte=now)
        .update(
            state=State.EXPIRED,
            state_at=now,
            claimed_until=None,
            sealed_text=None,
            # The last error stays as the reason, where there was one.
            reason=Case(When(reason="", then=Value(NEVER_TRIED)), default="reason"),
        )
    )


def set_aside() -> int:
    """Set aside what workers were lost with too often; returns how many. Only staff bring it back (`put_back`)."""
    now = clock.now()
    lapsed = Message.objects.filter(state=State.CLAIMED, claimed_until__lt=now, claims_lapsed__gte=MOST_LAPSES - 1)
    found = lapsed.update(
        state=State.SET_ASIDE,
        state_at=now,
        claimed_until=None,
        claims_lapsed=F("claims_lapsed") + 1,
        reason=LOST_WITH_IT,
    )
    if found:
        log.error("messages were set aside, since workers were lost with them: %s", found)
    return found


@transaction.atomic
def put_back(message_ids: Sequence[int]) -> int:
    """Queue again those of these messages that are set aside and still of use; returns how many."""
    now = clock.now()
    found = list(
        Message.objects.select_for_update()
        .filter(pk__in=message_ids, state=State.SET_ASIDE, expires_at__gte=now)
        .values_list("id", "not_before", "purpose")
    )
    # It goes alone at once, so that no other message is lost with it.
    lapsed = MOST_LAPSES - 1
    Message.objects.filter(pk__in=[pk for pk, *_ in found]).update(
        state=State.QUEUED, state_at=now, reason="", claims_lapsed=lapsed, enqueued_at=now
    )
    _defer((pk, at, purpose, lapsed) for pk, at, purpose in found)
    return len(found)


def mend_clock_jump() -> int:
    """Bring back open messages whose state was written by a clock that ran ahead; returns how many.

    Their claims and waits would end only when the right clock gets there, hours after the reminder is of use. What it
    announced before its day waits for that day.
    """
    now = clock.now()
    jumped = Message.objects.filter(state__in=OPEN_STATES, state_at__gt=now + LARGEST_CLOCK_DIFFERENCE)
    opens = NotificationEvent.objects.filter(pk=OuterRef("event")).values("notification_available_at")
    due = Greatest(Least("not_before", Value(now)), Subquery(opens))  # a code has no event: PostgreSQL leaves NULL out
    with connection.cursor() as cursor:  # a worker that was lost since would count as alive, and hold its jobs' locks
        cursor.execute(
            "UPDATE procrastinate_workers SET last_heartbeat = now()"
            " WHERE last_heartbeat > now() + make_interval(secs => %s)",
            [LARGEST_CLOCK_DIFFERENCE.total_seconds()],
        )
    mended = jumped.filter(state=State.CLAIMED).update(
        state_at=now, not_before=due, enqueued_at=now, claimed_until=now + LEASE
    )
    return mended + jumped.update(state_at=now, not_before=due, enqueued_at=now - dt.timedelta(days=1))


def requeue_lost(grace: dt.timedelta) -> int:
    """Defer a new task for open messages that are due and whose task was deferred at least `grace` ago.

    Such a task was lost with its worker, waits in a long queue (then a second one does no harm), or was never
    deferred because the message was not due for hours. What too many workers were lost with is set aside instead.
    Returns how many messages were found.
    """
    set_aside()
    found = 0
    while True:
        now = clock.now()
        with transaction.atomic():
            rows = list(
                Message.objects.select_for_update(skip_locked=True)
                .filter(
                    state__in=OPEN_STATES,
                    not_before__lte=now,
                    expires_at__gte=now,
                    enqueued_at__lte=now - grace,
                )
                .filter(~Q(state=State.CLAIMED) | Q(claimed_until__lt=now))
                .order_by("not_before")
                .values_list("id", "not_before", "purpose", "claims_lapsed", "state")[:SWEEP_CHUNK]
            )
            Message.objects.filter(pk__in=[row[0] for row in rows]).update(enqueued_at=now)
            # A claim that has lapsed is counted when it is taken over.
            _defer(
                (message_id, at, purpose, lapsed + (state == State.CLAIMED))
                for message_id, at, purpose, lapsed, state in rows
            )
        found += len(rows)
        if len(rows) < SWEEP_CHUNK:
            return found


def _defer(rows: Iterable[tuple[int, dt.datetime, str, int]]) -> None:
    """Defer tasks for messages, given with their time, purpose and number of lapsed claims."""
    by_task: defaultdict[tuple[bool, int], defaultdict[dt.datetime, list[int]]] = defaultdict(lambda: defaultdict(list))
    for message_id, at, purpose, lapsed in rows:
        size = SIZES[min(lapsed, MOST_LAPSES - 1)]
        by_task[purpose not in PURPOSES_THAT_WAIT, size][at].append(message_id)
    for (codes, size), messages in by_task.items():
        outbox.defer(messages, codes=codes, size=size)
