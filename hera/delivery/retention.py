"""How long the history of delivery is kept."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db import connection

from hera.core import clock

BATCH = 5_000  # messages in one transaction


def delete_old() -> int:
    """Delete messages that ended and are older than the setting says, with their attempts; returns how many.

    The oldest come first, in short transactions of their own: whoever is killed has deleted whole ones, and nobody
    waits. Notifications stay, since they are what a person reads in her app.
    """
    before = clock.now() - dt.timedelta(days=settings.HERA.delivery_kept_days)
    deleted, count, last = 0, BATCH, 0
    while count == BATCH:
        with connection.cursor() as cursor:
            cursor.execute(
                """
                WITH old AS (
                    SELECT id FROM delivery_message
                    WHERE id > %s AND created_at < %s AND state NOT IN ('queued', 'claimed', 'retrying')
                    ORDER BY id LIMIT %s
                ), attempts AS (
                    DELETE FROM delivery_attempt WHERE message_id IN (SELECT id FROM old)
                ), messages AS (
                    DELETE FROM delivery_message WHERE id IN (SELECT id FROM old)
                )
                SELECT count(*), max(id) FROM old
                """,
                [last, before, BATCH],
            )
            count, last = cursor.fetchone()
        deleted += count
    return deleted
