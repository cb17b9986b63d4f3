"""How a message of a notification is queued, in SQL: one statement, for all who queue."""

from __future__ import annotations


def queue_sql(channel: str, events: str, not_before: str = "%(now)s") -> str:
    """A statement that queues a message for each of some events; it answers the new messages by when they may go.

    An event that has a message of this channel gets no other one.

    Args:
        channel: of each message, as SQL.
        events: what follows FROM: tables, with `event` among them, and conditions.
        not_before: when it may go, as SQL.
    """
    return f"""
        WITH queued AS (
            INSERT INTO delivery_message (
                event_id, purpose, channel, state, state_at, reason, attempts_made,
                not_before, expires_at, enqueued_at, provider_message_id, created_at
            )
            SELECT event.id, 'notification', {channel}, 'queued', %(now)s, '', 0,
                {not_before}, event.notification_expires_at, %(now)s, '', %(now)s
            FROM {events}
            ON CONFLICT (event_id, channel) DO NOTHING
            RETURNING id, not_before
        )
        SELECT not_before, array_agg(id ORDER BY id) FROM queued GROUP BY not_before
    """  # noqa: S608  (constants of ours)
