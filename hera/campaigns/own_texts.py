"""What one message says by itself, without a type that others use. Delivery reads texts of types, so it has a type of
its own, which no list shows."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hera.events.models import NotificationTemplate, NotificationType

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hera.events.models import InstantNotification

CODE = "message."


@dataclass(frozen=True)
class OwnTexts:
    """The texts of each language that has some (`push_title`, `push_body`, `in_app_content`), and the fallback."""

    by_language: Mapping[str, Mapping[str, str]]
    fallback_channel: str = ""


def of(message: InstantNotification) -> NotificationType | None:
    """The type that is this message's alone; None where it says what a type says."""
    kind = message.notification_type if message.notification_type_id else None
    return kind if kind and kind.is_of_message else None


def keep(kind: NotificationType | None, texts: OwnTexts) -> NotificationType:
    """Write these texts, in place of those that were there; inside the caller's transaction."""
    if kind is None:
        kind = NotificationType(code=CODE + secrets.token_hex(8), description="One staff message.", is_of_message=True)
    kind.fallback_channel = texts.fallback_channel
    kind.save()
    kind.templates.exclude(language_code__in=texts.by_language).delete()
    for language, text in texts.by_language.items():
        NotificationTemplate.objects.update_or_create(
            notification_type=kind, language_code=language, defaults=dict(text)
        )
    return kind
