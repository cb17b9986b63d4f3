"""What one message says by itself, without a type that others use. Delivery reads texts of types, so it has a type of
its own, which no list shows."""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hera.events import checks
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
        kind = NotificationType(code=_new_code(), description="One staff message.", is_of_message=True)
    kind.fallback_channel = texts.fallback_channel
    kind.save()
    kind.templates.exclude(language_code__in=texts.by_language).delete()
    for language, text in texts.by_language.items():
        NotificationTemplate.objects.update_or_create(
            notification_type=kind, language_code=language, defaults=dict(text)
        )
    return kind


def take_over(message: InstantNotification) -> None:
    """Give a message that says what a type says these texts as its own: who approves it has read them, and whoever
    changes the type later changes nothing of it. Inside the caller's transaction; the message is not saved."""
    kind = message.notification_type
    if kind.is_of_message:
        return
    said = {row.pop("language_code"): row for row in kind.templates.values("language_code", *checks.TEXTS)}
    own = NotificationType(
        code=_new_code(),
        description=f"{kind.code}, as it was when one staff message was confirmed.",
        is_of_message=True,
        lock_screen=kind.lock_screen,
        fallback_after=kind.fallback_after,
    )
    message.notification_type = keep(own, OwnTexts(said, kind.fallback_channel))
    message.texts_from = kind


def let_go(message: InstantNotification) -> NotificationType | None:
    """Have a message say again what its type says; returns the texts that it had taken over, to be deleted once it is
    saved."""
    if message.texts_from is None:
        return None
    taken = message.notification_type
    message.notification_type, message.texts_from = message.texts_from, None
    return taken


def forget(kind: NotificationType) -> None:
    """Delete texts that were one message's alone, once it has others; not those of which a test was sent, which stays
    in somebody's list. Inside the caller's transaction."""
    if not kind.notificationevent_set.exists():
        kind.delete()


def version(message: InstantNotification) -> str:
    """What a message says, to whom and when, in short: another one wherever anything of it is another.

    Of a message that was read with its texts, it is of those: what a page shows, and not what was written meanwhile.
    """
    kind = message.notification_type
    asked = (message.criteria, message.phone_numbers, message.send_at, message.at_local_time)
    shown = (kind.lock_screen, kind.fallback_channel, kind.fallback_after)
    again = (message.repeats, message.repeats_until, *shown)
    texts = sorted([row.language_code, *(getattr(row, text) for text in checks.TEXTS)] for row in kind.templates.all())
    said = json.dumps([asked, again, texts], default=str, sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()


def _new_code() -> str:
    return CODE + secrets.token_hex(8)
