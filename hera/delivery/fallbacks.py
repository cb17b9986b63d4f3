"""What was pushed and stayed unread is sent another way: to her browsers, if it was not, then as a text (`ways`)."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db import connection, transaction

from hera.core import clock
from hera.core.deadlocks import once_more_after_a_deadlock
from hera.delivery import outbox, ways, withdrawing
from hera.delivery.models import ChannelRole
from hera.delivery.queueing import queue_sql
from hera.events.models import NotificationType

_LONGEST_WINDOW = dt.timedelta(days=8)  # reminders older than that are not looked at for a fallback


@once_more_after_a_deadlock
@transaction.atomic
def enqueue() -> int:
    """Queue another message, by the next way, for what was pushed and stayed unread for long enough.

    Returns how many. Only what is still of use and still true: its window is open, and nobody sent it that way before.
    """
    now = clock.now()
    channels = [role for role in (ChannelRole.SMS, ChannelRole.WHATSAPP) if settings.CHANNELS.kind_for(role) != "none"]
    kinds = NotificationType.objects.filter(fallback_channel__in=channels)
    waits = dict(kinds.values_list("pk", "fallback_after"))
    if not waits:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            _UNREAD,
            {
                "now": now,
                "kinds": list(waits),
                "created_before": now - dt.timedelta(minutes=min(waits.values())),
                "created_after": now - _LONGEST_WINDOW,
            },
        )
        unread = [event_id for (event_id,) in cursor.fetchall()]
        stands = withdrawing.standings(unread, now)
        withdrawing.withdraw({event_id: found.reason for event_id, found in stands.items()})
        true = [event_id for event_id in unread if stands[event_id].reason is None]
        cursor.execute(queue_sql(_next_way(), _OF_KIND), {"now": now, "ids": true})
        queued = dict(cursor.fetchall())
    outbox.defer(queued)
    return sum(map(len, queued.values()))


_UNREAD = """
    SELECT DISTINCT event.id
    FROM delivery_message push
    JOIN events_notificationevent event ON event.id = push.event_id
    JOIN events_notificationtype kind ON kind.id = event.notification_type_id
    WHERE push.channel IN ('push', 'web_push') AND push.created_at >= %(created_after)s
        AND push.created_at <= %(created_before)s
        AND push.state NOT IN ('queued', 'claimed')
        AND kind.id = ANY(%(kinds)s)
        AND push.not_before + kind.fallback_after * interval '1 minute' <= %(now)s
        AND event.read_at IS NULL AND event.notification_expires_at > %(now)s AND event.withdrawn_at IS NULL
        AND NOT EXISTS (
            SELECT FROM delivery_message other
            WHERE other.event_id = event.id AND (
                other.channel = kind.fallback_channel
                OR (other.channel IN ('push', 'web_push') AND other.id <> push.id AND (
                    other.state IN ('queued', 'claimed')
                    OR other.not_before + kind.fallback_after * interval '1 minute' > %(now)s
                ))
            )
        )
"""
_OF_KIND = """
    events_notificationevent event
    JOIN auth_user person ON person.id = event.user_id
    JOIN events_notificationtype kind ON kind.id = event.notification_type_id
    WHERE event.id = ANY(%(ids)s)
"""


def _next_way() -> str:
    """The channel of the next message, as SQL: a browser that was not tried, or else as the type says."""
    return f"""
        CASE WHEN {ways.browser_sql()} AND NOT EXISTS (
            SELECT FROM delivery_message other WHERE other.event_id = event.id AND other.channel = 'web_push'
        ) THEN 'web_push' ELSE kind.fallback_channel END
    """
