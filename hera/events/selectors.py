"""Reads of notifications."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hera.core import languages
from hera.events import content
from hera.events.models import NotificationEvent, NotificationSchedule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.contrib.auth.models import User
    from django.db.models import QuerySet

    from hera.events.content import Content
    from hera.scheduling.windows import Schedule


def schedules() -> dict[int, NotificationSchedule]:
    return {schedule.pk: schedule for schedule in NotificationSchedule.objects.order_by("id")}


def as_schedules(found: dict[int, NotificationSchedule]) -> list[Schedule]:
    return [schedule.as_schedule() for schedule in found.values()]


def notifications_of(user: User) -> QuerySet[NotificationEvent]:
    """A person's notifications, newest first, with their type and its templates; two queries."""
    return (
        NotificationEvent.objects.filter(user=user)
        .select_related("notification_type")
        .prefetch_related("notification_type__templates")
        .order_by("-notification_available_at", "-id")
    )


def readable(events: QuerySet[NotificationEvent], user: User) -> Iterator[tuple[NotificationEvent, Content]]:
    """Those that have something to say, with their texts in the person's language.

    What does not render is for staff to see and mend (it is marked undeliverable), not for a mother.
    """
    profile = getattr(user, "profile", None)
    language = profile.language_code if profile else languages.default()
    for event in events:
        try:
            yield event, content.content_for(language, event.notification_type.templates.all(), event.context)
        except content.Undeliverable:
            continue
