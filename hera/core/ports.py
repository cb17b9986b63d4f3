"""What the left side of the house hands to the right side, by name.

Data flows one way: facts, calendar, due, event, delivery, provider. Sign-in and events end in something to
deliver, but must not know how; the settings name the module that does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, cast

from django.conf import settings
from django.utils.module_loading import import_string

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence


class Outbox(Protocol):
    """Takes over messages inside the caller's transaction: they are kept if, and only if, it commits."""

    def enqueue_notifications(self, event_ids: Sequence[int]) -> None:
        """Queue the delivery of committed-to-be NotificationEvents."""

    def oldest_waiting(self) -> dt.timedelta | None:
        """For how long the oldest message that could be sent now has been waiting; None if none is."""

    def enqueue_code(self, *, purpose: str, to: str, text: str, expires_at: dt.datetime) -> None:
        """Queue a text message with a one-time code; its text is kept sealed until it is sent."""

    def enqueue_texts(self, *, purpose: str, texts: Mapping[str, str], expires_at: dt.datetime) -> dict[str, int]:
        """Queue text messages to many, given by number; kept sealed, and behind the codes; returns their ids."""


def outbox() -> Outbox:
    return cast("Outbox", import_string(settings.HERA_OUTBOX))
