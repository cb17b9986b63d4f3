"""What providers tell later of messages that they accepted: whether these arrived."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import connection, transaction

from hera.core import clock
from hera.delivery.models import Receipt

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hera.delivery.channels.base import Arrival

# A receipt may come before the worker has recorded that its message was accepted.
KEPT_FOR = dt.timedelta(days=7)
_LOCKS = 20_261_125  # the advisory locks of this module; beside it stands whose turn it is


@transaction.atomic
def take(channel_kind: str, arrival: Arrival) -> None:
    """Keep a receipt, and let it change its message; the same one may come again."""
    Receipt.objects.bulk_create(
        [
            Receipt(
                channel_kind=channel_kind,
                provider_message_id=arrival.provider_message_id,
                arrival=Receipt.Arrival.ARRIVED if arrival.has_arrived else Receipt.Arrival.LOST,
                reason=arrival.reason[:255],
                received_at=clock.now(),
            )
        ],
        ignore_conflicts=True,
    )
    apply([arrival.provider_message_id])


def apply(provider_message_ids: Sequence[str]) -> None:
    """Bring messages that were sent in line with the receipts that are there; the first that comes counts.

    Where both are there, that it arrived outweighs that it did not. Call it in the transaction that has changed the
    messages or receipts: until that ends, nobody else brings these in line. The one who takes a receipt and the one
    who records that its message was sent would each not see yet what the other has written.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT pg_advisory_xact_lock(%s, turn)
            FROM (SELECT DISTINCT hashtext(id) AS turn FROM unnest(%s::text[]) AS id ORDER BY turn) turns
            """,
            [_LOCKS, list(provider_message_ids)],
        )
        cursor.execute(
            """
            UPDATE delivery_message message SET
                state = CASE WHEN receipt.has_arrived THEN 'delivered' ELSE 'failed' END,
                reason = receipt.reason, state_at = receipt.at
            FROM (
                SELECT provider_message_id, bool_or(arrival = 'arrived') AS has_arrived, max(received_at) AS at,
                    CASE WHEN bool_or(arrival = 'arrived') THEN '' ELSE max(reason) END AS reason
                FROM delivery_receipt WHERE provider_message_id = ANY(%s) GROUP BY provider_message_id
            ) receipt
            WHERE message.provider_message_id = receipt.provider_message_id AND message.state = 'sent'
            """,
            [list(provider_message_ids)],
        )


def delete_old() -> int:
    """Remove receipts that nothing waits for; returns how many."""
    return Receipt.objects.filter(received_at__lt=clock.now() - KEPT_FOR).delete()[0]
