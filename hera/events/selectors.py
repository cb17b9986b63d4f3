"""Reads of notifications."""

from __future__ import annotations

import datetime as dt
import functools
import json
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Coalesce

from hera.child_health.plan.programme import programme_of
from hera.core import languages
from hera.events import content
from hera.events.content import Asked, Content
from hera.events.models import NotificationEvent, NotificationSchedule, NotificationTemplate
from hera.scheduling import facts
from hera.scheduling.engine import count_opening
from hera.scheduling.models import as_schedules
from hera.scheduling.still_true import Announced
from hera.scheduling.still_true import of as standing_of
from hera.texts.rendering import NoTimeToRender

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from hera.scheduling.windows import Schedule


# Of a notification event the code of its type; of a message that took over a type's texts, of that one.
TYPE_CODE = Coalesce("instant_notification__texts_from__code", "notification_type__code")


def schedules() -> tuple[list[Schedule], dict[int, int]]:
    """The schedules of notifications that are on, as the due engine reads them, and the type of each; one query."""
    found = list(NotificationSchedule.objects.select_related("notification_type").order_by("id"))
    on = {row.pk: row.notification_type_id for row in found if row.is_active and row.notification_type.is_active}
    return as_schedules(found, on), on


def read_since(instant: dt.datetime) -> Q:
    """Of accounts: that somebody has read a notification in them since."""
    return Q(Exists(NotificationEvent.objects.filter(user=OuterRef("pk"), read_at__gte=instant)))


def count_ahead(first: dt.datetime, last: dt.datetime) -> int:
    """How many reminders will become due from `first` to `last`, as far as is known now."""
    return count_opening(schedules()[0], first, last, NotificationEvent)


class Notification(NamedTuple):
    """A notification as its person reads it; instants are as PostgreSQL puts them into JSON."""

    id: int
    type_code: str
    context: Mapping[str, str]
    read_at: str | None
    created_at: str
    content: Content


def notifications_from(
    today: dt.date, language: str, found: str, by_type: str, doses: str, her_facts: str
) -> Iterator[Notification | NoTimeToRender]:
    """A person's notifications that are still true, newest first, with their texts in her language, from the values of
    `NOTIFICATIONS`. Where other texts took the time there is one for another call.

    Of a message that staff stopped, what went out to her or what she has read. What does not render is for staff to see
    and mend (it is marked undeliverable), not for a mother.

    Args:
        today: the date where she lives.
    """
    rows = json.loads(found)
    if not rows:
        return
    templates, programme = _templates(by_type), programme_of(doses).doses
    her = facts.of_person(her_facts, today)
    standing = [
        (row, standing_of(Announced(key, context, is_on, is_open), her, programme))
        for *row, key, context, is_on, is_open in rows
    ]
    true = [(row, stands.context) for row, stands in standing if stands.reason is None]
    texts = content.contents_for([Asked(language, templates.get(row[1], []), context) for row, context in true])
    for ((event_id, _type, code, read_at, created_at), context), text in zip(true, texts, strict=True):
        if isinstance(text, Content):
            yield Notification(event_id, code, context, read_at, created_at, text)
        elif isinstance(text, NoTimeToRender):
            yield text


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


# When the next of `person`'s notifications is over.
NEXT_TO_EXPIRE = """
    (SELECT min(notification_expires_at) FROM events_notificationevent
        WHERE user_id = person.id AND notification_expires_at >= %(now)s)
"""
# What `notifications_from` takes, of `person`.
NOTIFICATIONS = f"""
    (SELECT coalesce(json_agg(json_build_array(event.id, kind.id, kind.code, event.read_at, event.created_at,
            event.event_key, event.context, kind.is_active AND coalesce(schedule.is_active, true),
            event.notification_expires_at >= %(now)s)
            ORDER BY event.notification_available_at DESC, event.id DESC), '[]')::text
        FROM events_notificationevent event
        JOIN events_notificationtype kind ON kind.id = event.notification_type_id
        LEFT JOIN events_notificationschedule schedule ON schedule.id = event.schedule_id
        LEFT JOIN events_instantnotification staff ON staff.id = event.instant_notification_id
        WHERE event.user_id = person.id AND (staff.state IS DISTINCT FROM 'stopped'
            OR event.push_notification_sent_at IS NOT NULL OR event.read_at IS NOT NULL)),
    (SELECT coalesce(json_agg(json_build_array(
            notification_type_id, language_code, push_title, push_body, in_app_content) ORDER BY id), '[]')::text
        FROM events_notificationtemplate
        WHERE language_code IN (coalesce(profile.language_code, %(default)s), '{languages.FALLBACK}')
            AND notification_type_id IN (
                SELECT notification_type_id FROM events_notificationevent WHERE user_id = person.id)),
    {facts.columns_of("person.id")}
"""  # noqa: S608  (our own text)
