"""An outbox (`core.ports`) for days so long ago that what was delivered on them has been deleted since.

A country keeps its messages for HERA_DELIVERY_KEPT_DAYS: of earlier ones there is nothing left to make up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hera.core import clock
from hera.events.models import NotificationEvent
from hera.events.services import record_pushed

if TYPE_CHECKING:
    from collections.abc import Sequence

_events: list[int] = []


def enqueue_notifications(event_ids: Sequence[int]) -> None:
    """Remember these events until `deliver`."""
    _events.extend(event_ids)


def deliver() -> list[int]:
    """Note that they were pushed to whoever wants pushes; returns the people whom they reached."""
    wanted = NotificationEvent.objects.filter(pk__in=_events).exclude(user__channel_opt_outs__channel="push")
    reached = list(wanted.order_by("pk").values_list("pk", "user_id"))
    _events.clear()
    record_pushed([event for event, _ in reached], clock.now())
    return [person for _, person in reached]
