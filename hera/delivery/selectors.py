"""Reads of the outbox: what staff have to mend."""

from __future__ import annotations

import datetime as dt

from django.db.models import Count
from django.db.models.functions import Coalesce

from hera.core import clock
from hera.delivery.models import Message, State
from hera.events.content import DOES_NOT_RENDER

_NEEDS_STAFF = [State.SET_ASIDE, State.UNDELIVERABLE]  # as the index has it


def count_set_aside() -> int:
    """How many messages are set aside and wait for staff."""
    return Message.objects.filter(state__in=_NEEDS_STAFF).filter(state=State.SET_ASIDE).count()


def texts_that_stop_messages(since: dt.timedelta) -> dict[str, int]:
    """How many messages did not go out since then, because a text of their type does not render; by type's code."""
    broken = Message.objects.filter(
        state__in=_NEEDS_STAFF, state_at__gte=clock.now() - since, reason__contains=DOES_NOT_RENDER
    ).filter(state=State.UNDELIVERABLE)
    code = Coalesce("event__instant_notification__texts_from__code", "event__notification_type__code")
    return dict(broken.annotate(code=code).values_list("code").annotate(count=Count("id")).order_by("code"))
