"""Reads of notifications."""

from __future__ import annotations

import datetime as dt
import functools
import json
from collections import defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import connection
from django.db.models import Exists, OuterRef, Q

from hera.core import languages
from hera.events import content
from hera.events.content import Asked, Content
from hera.events.models import NotificationEvent, NotificationSchedule, NotificationTemplate
from hera.scheduling.engine import count_opening

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.contrib.auth.models import User

    from hera.scheduling.windows import Schedule


def schedules() -> dict[int, NotificationSchedule]:
    """The schedules of notifications that are on, by id."""
    found = NotificationSchedule.objects.filter(is_active=True, notification_type__is_active=True)
    return {schedule.pk: schedule for schedule in found.order_by("id")}


def as_schedules(found: dict[int, NotificationSchedule]) -> list[Schedule]:
    """The same, as the due engine reads them."""
    return [schedule.as_schedule() for schedule in found.values()]


def read_since(instant: dt.datetime) -> Q:
    """Of accounts: that somebody has read a notification in them since."""
    return Q(Exists(NotificationEvent.objects.filter(user=OuterRef("pk"), read_at__gte=instant)))


def count_ahead(first: dt.datetime, last: dt.datetime) -> int:
    """How many reminders will become due from `first` to `last`, as far as is known now."""
    return count_opening(as_schedules(schedules()), first, last, NotificationEvent)


class Notification(NamedTuple):
    """A notification as its person reads it."""

    id: int
    type_code: str
    context: dict[str, Any]
    read_at: dt.datetime | None
    created_at: dt.datetime
    content: Content


def notifications_of(user: User) -> Iterator[Notification]:
    """A person's notifications, newest first, with their texts in her language; two queries.

    What does not render is for staff to see and mend (it is marked undeliverable), not for a mother.
    """
    with connection.cursor() as cursor:
        cursor.execute(_NOTIFICATIONS, [user.pk])
        rows = cursor.fetchall()
        cursor.execute(_TEMPLATES, [list({type_id for _id, type_id, *_others in rows})])
        templates = _templates(*cursor.fetchone())
    language = languages.of(user)
    contexts = [json.loads(context_json) for _id, _type, _code, context_json, *_others in rows]
    texts = content.contents_for(
        [Asked(language, templates.get(row[1], []), context) for row, context in zip(rows, contexts, strict=True)]
    )
    for (event_id, _type, code, _json, read_at, created_at), context, text in zip(rows, contexts, texts, strict=True):
        if isinstance(text, Content):
            yield Notification(event_id, code, context, read_at, created_at, text)


@functools.lru_cache(maxsize=256)
def _templates(as_json: str) -> dict[int, list[NotificationTemplate]]:
    """Templates by their type, read once for as long as the programme's texts are the same."""
    by_type: defaultdict[int, list[NotificationTemplate]] = defaultdict(list)
    for type_id, language, push_title, push_body, in_app_content in json.loads(as_json):
        by_type[type_id].append(
            NotificationTemplate(
                notification_type_id=type_id,
                language_code=language,
                push_title=push_title,
                push_body=push_body,
                in_app_content=in_app_content,
            )
        )
    return dict(by_type)


_NOTIFICATIONS = """
    SELECT event.id, kind.id, kind.code, event.context, event.read_at, event.created_at
    FROM events_notificationevent event JOIN events_notificationtype kind ON kind.id = event.notification_type_id
    WHERE event.user_id = %s
    ORDER BY event.notification_available_at DESC, event.id DESC
"""
_TEMPLATES = """
    SELECT coalesce(json_agg(json_build_array(
        notification_type_id, language_code, push_title, push_body, in_app_content) ORDER BY id), '[]')::text
    FROM events_notificationtemplate WHERE notification_type_id = ANY(%s)
"""
