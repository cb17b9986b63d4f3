"""The history of delivery is kept for as long as the setting says; what is open, and what people read, stays."""

from __future__ import annotations

import datetime as dt

import pytest

from hera.core import clock
from hera.delivery import retention
from hera.delivery.models import Attempt, Message, State
from hera.events.models import NotificationEvent
from tests.delivery.sending import make_event, send
from tests.families import make_type, make_user

pytestmark = pytest.mark.django_db


def test_what_ended_long_ago_goes_with_its_attempts(monkeypatch, settings):
    monkeypatch.setattr(retention, "BATCH", 2)
    kind = make_type()
    for _ in range(8):
        make_event(make_user(), kind)
    send()
    assert set(Message.objects.values_list("state", flat=True)) == {State.DELIVERED}
    ids = list(Message.objects.order_by("id").values_list("pk", flat=True))
    long_ago = clock.now() - dt.timedelta(days=settings.HERA.delivery_kept_days + 1)
    Message.objects.filter(pk__in=ids[:6]).update(created_at=long_ago)
    Message.objects.filter(pk=ids[2]).update(state=State.RETRYING)
    assert retention.delete_old() == 5
    assert set(Message.objects.values_list("pk", flat=True)) == {ids[2], ids[6], ids[7]}
    assert set(Attempt.objects.values_list("message_id", flat=True)) == {ids[2], ids[6], ids[7]}
    assert NotificationEvent.objects.count() == 8
    assert retention.delete_old() == 0
