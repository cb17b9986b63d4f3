"""Writes of notifications: announcing what is due, and marking as read."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction

from hera.child_health.packs import adopting
from hera.child_health.plan import stored
from hera.core import clock
from hera.core.ports import outbox
from hera.events import selectors
from hera.events.models import NotificationEvent
from hera.scheduling.engine import DueEvent, find_due
from hera.scheduling.recording import Record, insert_new, record_all
from hera.scheduling.still_true import ABOUT, CHILDREN, PREGNANCY

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from django.contrib.auth.models import User
    from django.db.models import QuerySet

    from hera.events.models import InstantNotification

STAFF_MESSAGE_WINDOW = dt.timedelta(days=1)
STAFF_MESSAGE_VARIABLES = frozenset({"person_name"})  # what the texts of a staff message may name
_RECORD = Record(
    "events_notificationevent", "notification_type_id", "notification_available_at", "notification_expires_at"
)


def announce_due(
    now: dt.datetime, *, since: dt.datetime | None = None, regardless_of_time: bool = False, dry_run: bool = False
) -> int:
    """Create the NotificationEvents that are due at `now`, each with its delivery; returns how many.

    Events are committed in lists of a few thousand, and each list together with the task that delivers it:
    whatever happens in between, what is committed will be delivered, and what is not is found again by the
    next run. An event that another run has announced meanwhile is left to that run.

    Args:
        since: when the last run was. What has come and gone since is recorded: she reads it in the app, and staff see
            that it did not go out.
    """
    schedules, types = selectors.schedules()
    due = find_due(schedules, now, NotificationEvent, since=since, regardless_of_time=regardless_of_time)
    if dry_run:
        return sum(map(len, due))
    adopting.leave_draft()
    stored.catch_up()  # before `due` is read
    return record_all(due, lambda events: _announce(events, types))


def _announce(due: list[DueEvent], types: Mapping[int, int]) -> int:
    with transaction.atomic():
        event_ids = insert_new(_RECORD, due, types)
        outbox().enqueue_notifications(event_ids)
    return len(event_ids)


def announce_to(message: InstantNotification, user_ids: Sequence[int]) -> int:
    """Hand a staff message to delivery for each of these people, inside the caller's transaction; returns how many.

    Each gets a NotificationEvent that is valid for one day. Who has one of this message already gets no other.
    """
    now = clock.now()
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO events_notificationevent (
                user_id, instant_notification_id, notification_type_id, context,
                notification_available_at, notification_expires_at, created_at, updated_at
            )
            SELECT person.id, %(message)s, %(type)s,
                jsonb_build_object('person_name', coalesce(profile.name, '')) || %(about)s::jsonb,
                %(now)s, %(expires_at)s, %(now)s, %(now)s
            FROM auth_user person LEFT JOIN user_profile_userprofile profile ON profile.user_id = person.id
            WHERE person.id = ANY(%(user_ids)s)
            ORDER BY person.id
            ON CONFLICT (instant_notification_id, user_id) WHERE instant_notification_id IS NOT NULL DO NOTHING
            RETURNING id
            """,
            {
                "message": message.pk,
                "about": json.dumps(about(message.criteria)),
                "type": message.notification_type_id,
                "now": now,
                "expires_at": now + STAFF_MESSAGE_WINDOW,
                "user_ids": list(user_ids),
            },
        )
        event_ids = [event_id for (event_id,) in cursor.fetchall()]
    outbox().enqueue_notifications(event_ids)
    return len(event_ids)


def about(criteria: Mapping[str, Any] | None) -> dict[str, str]:
    """What a message is about that staff send to whom a filter finds: while it waits, that may come to an end."""
    asked = criteria or {}
    if asked.get("pregnant") == "yes":
        return {ABOUT: PREGNANCY}
    if asked.get("has_children") == "yes" or any(asked.get(name) for name in _OF_CHILDREN):
        return {ABOUT: CHILDREN}
    return {}


_OF_CHILDREN = ("child_born_from", "child_born_to", "children_from")


def mark_all_as_read(user: User, until: dt.datetime | None = None) -> int:
    """Mark everything that the person has not read yet; returns how many.

    Args:
        until: what was made after this moment stays unread: she tells it of a list that she saw earlier, perhaps
            without a network.
    """
    now = clock.now()
    unread = NotificationEvent.objects.filter(user=user, read_at=None)
    if until is not None:
        unread = unread.filter(created_at__lte=until)
    with transaction.atomic():
        return _locked(unread).update(read_at=now, updated_at=now)


def record_pushed(event_ids: list[int], at: dt.datetime) -> None:
    """Note when a push of these events was first accepted."""
    with transaction.atomic():
        unsent = _locked(NotificationEvent.objects.filter(pk__in=event_ids, push_notification_sent_at=None))
        unsent.update(push_notification_sent_at=at)


def _locked(events: QuerySet[NotificationEvent]) -> QuerySet[NotificationEvent]:
    """The same, locked in the order of their ids: whoever changes several of a person's events takes this order."""
    ids = list(events.select_for_update(no_key=True).order_by("pk").values_list("pk", flat=True))
    return NotificationEvent.objects.filter(pk__in=ids)


def move_to_account(of: User, to: User) -> None:
    """Give what was announced of a person's records to another account of hers: nothing is announced twice.

    Messages of staff stay behind: both accounts may have had the same one.
    """
    NotificationEvent.objects.filter(user=of, instant_notification=None).update(user=to)
