"""A message that is sent every week or month: each run is a message of its own, made when the one before is done."""

from __future__ import annotations

import calendar
import datetime as dt
from typing import TYPE_CHECKING

from django.db.models import Q

from hera.core import timezones
from hera.core.months import months_later
from hera.events.models import InstantNotification

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.models import QuerySet

_COPIED = (
    "notification_type_id",
    "texts_from_id",
    "phone_numbers",
    "criteria",
    "at_local_time",
    "repeats",
    "repeats_until",
)
_OF_STAFF = ("created_by_id", "writers", "approved_by_id")
_WEEK = 7


def days_of(repeats: str, first: dt.date) -> Iterator[dt.date]:
    """The days after the first one. A month that has no such day has its last one."""
    number = 0
    while True:
        number += 1
        if repeats == InstantNotification.Repeats.WEEKLY:
            yield first + dt.timedelta(days=_WEEK * number)
        else:
            month = months_later(first, number)
            yield month.replace(day=min(first.day, calendar.monthrange(month.year, month.month)[1]))


def runs_of(message: InstantNotification) -> QuerySet[InstantNotification]:
    """All runs of a repeated message, the first one too; of any other that message."""
    first = message.run_of_id or message.pk
    return InstantNotification.objects.filter(Q(pk=first) | Q(run_of=first))


def next_run(message: InstantNotification, now: dt.datetime) -> InstantNotification | None:
    """The next run of a message that is done, not saved yet; None if there is none, or one was stopped.

    It comes at the same time of day in the country's zone. Runs that an outage has left out are not made up for. The
    caller holds the lock of the first run, so that nobody stops it meanwhile.
    """
    if not message.repeats or message.repeats_until is None or message.send_at is None:
        return None
    if runs_of(message).filter(state=InstantNotification.State.STOPPED).exists():
        return None
    head = message.run_of or message
    zone = timezones.default()
    first = (head.send_at or message.send_at).astimezone(zone)
    for day in days_of(message.repeats, first.date()):
        if day > message.repeats_until:
            return None
        at = timezones.instant(zone, day, first.time())
        if at > max(message.send_at, now):
            same = {name: getattr(message, name) for name in (*_COPIED, *_OF_STAFF)}
            return InstantNotification(run_of=head, send_at=at, state=InstantNotification.State.SCHEDULED, **same)
    return None
