"""Events to deliver, and a worker's pass over them."""

from __future__ import annotations

import datetime as dt

from asgiref.sync import async_to_sync

from hera.core import clock
from hera.delivery import outbox
from hera.delivery.models import Message, State
from hera.delivery.worker import Channels, send_batch
from hera.events.models import NotificationEvent
from tests.families import make_type

SIGNING_KEY = "a signing key of thirty-two bytes"


def provider_settings(onesignal, messagebird) -> dict[str, str]:
    """Settings that send pushes and texts to two fake providers."""
    return {
        "HERA_PUSH_CHANNEL": "onesignal",
        "HERA_ONESIGNAL_APP_ID": "app",
        "HERA_ONESIGNAL_API_KEY": "key",
        "HERA_ONESIGNAL_URL": onesignal.url,
        "HERA_SMS_CHANNEL": "messagebird",
        "HERA_MESSAGEBIRD_API_KEY": "key",
        "HERA_MESSAGEBIRD_URL": messagebird.url,
        "HERA_MESSAGEBIRD_SIGNING_KEY": SIGNING_KEY,
    }


def make_event(user, kind=None, *, ttl=dt.timedelta(days=1), context=None):
    now = clock.now()
    event = NotificationEvent.objects.create(
        user=user,
        event_key=f"test/{user.pk}",
        notification_type=kind or make_type(),
        context=context or {"event_type": "vaccination", "vaccine_names": "BCG", "date": "2026-11-25"},
        notification_available_at=now - dt.timedelta(seconds=1),
        notification_expires_at=now + ttl,
    )
    outbox.enqueue_notifications([event.pk])
    return event


def send(*, whenever: bool = False) -> Message:
    """One pass of a worker over everything that is due, or that failed before; returns the newest message."""
    ids = list(Message.objects.order_by("id").values_list("pk", flat=True))
    waiting = [State.RETRYING, State.QUEUED] if whenever else [State.RETRYING]
    Message.objects.filter(state__in=waiting).update(not_before=clock.now())

    async def run():
        channels = Channels()
        try:
            await send_batch(ids, channels)
        finally:
            await channels.aclose()

    async_to_sync(run)()
    return Message.objects.latest("id")
