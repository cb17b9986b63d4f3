"""What staff have written to a person, as her page shows it: what it said to her, and who wrote it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hera.core import languages
from hera.events.content import Undeliverable, template_for
from hera.events.models import NotificationTemplate
from hera.people import told
from hera.texts.rendering import NoTimeToRender, TemplateDoesNotRender, render

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.contrib.auth.models import User

    from hera.events.models import NotificationEvent, NotificationType
    from hera.people.masking import Mask


def say(user: User, events: Iterable[NotificationEvent], mask: Mask) -> None:
    """Set `shown_what`, `shown_text` and `shown_by` of her notifications; one statement, if staff wrote any of them.

    Args:
        events: each read with its type, its staff message, who made that, and whose texts it took over.
        mask: what was written may name her.
    """
    events = list(events)
    own = {event.notification_type_id for event in events if event.notification_type.is_of_message}
    texts: dict[int, list[NotificationTemplate]] = {}
    for template in NotificationTemplate.objects.filter(notification_type__in=own) if own else ():
        texts.setdefault(template.notification_type_id, []).append(template)
    for event in events:
        title, text = _read(user, event, texts.get(event.notification_type_id, []))
        message = event.instant_notification
        if mask.is_on and message and message.texts_from:
            title = text = ""  # what a type says names nobody: its code shows, as that of any other
        event.shown_what = mask.name(title) or _type_of(event).code  # type: ignore[attr-defined]
        event.shown_text = mask.name(text)  # type: ignore[attr-defined]
        event.shown_by = told.staff(message.created_by, mask) if message else ""  # type: ignore[attr-defined]


def _type_of(event: NotificationEvent) -> NotificationType:
    """Its type; of a message that took over a type's texts, that one."""
    message = event.instant_notification
    return (message and message.texts_from) or event.notification_type


def _read(user: User, event: NotificationEvent, texts: list[NotificationTemplate]) -> tuple[str, str]:
    """Title and text of a message with texts of its own; blank of one that says what a type says."""
    if not texts:
        return "", ""
    language = languages.of(user)
    try:
        template = template_for(language, texts)
        return template.push_title, render(template.in_app_content, event.context, template.language_code)
    except (Undeliverable, TemplateDoesNotRender, NoTimeToRender):
        return texts[0].push_title, ""
