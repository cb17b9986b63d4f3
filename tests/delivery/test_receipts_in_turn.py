"""A receipt and the record that its message was accepted, at the same moment: whichever commits first, none is lost."""

from __future__ import annotations

import threading

import pytest
from django.db import transaction

from hera.core import clock
from hera.delivery import receipts
from hera.delivery.channels.base import Arrival
from hera.delivery.models import Message
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)

TOLD = "of-the-provider"
LONG_ENOUGH = 0.5  # for the other one to go on, if nothing keeps it


@pytest.fixture
def message():
    now = clock.now()
    return Message.objects.create(
        purpose="notification", channel="sms", state="claimed", state_at=now, not_before=now, expires_at=now,
        enqueued_at=now, created_at=now,
    )  # fmt: skip


def accepted(message):
    """What a worker does once a provider has taken a text."""
    Message.objects.filter(pk=message.pk).update(state="sent", provider_message_id=TOLD)
    receipts.apply([TOLD])


def told():
    receipts.take("messagebird", Arrival(TOLD, has_arrived=True, reason=""))


@pytest.mark.parametrize("first", ["the worker", "the receipt"])
def test_neither_goes_by_the_other(message, first):
    begun, ended = threading.Event(), threading.Event()
    deeds = [lambda: accepted(message), told] if first == "the worker" else [told, lambda: accepted(message)]

    def one(place):
        if place == 0:
            with transaction.atomic():
                deeds[0]()
                begun.set()
                ended.wait(LONG_ENOUGH)
        else:
            begun.wait()
            with transaction.atomic():
                deeds[1]()
            ended.set()

    at_once(2, one)
    message.refresh_from_db()
    assert message.state == "delivered"
