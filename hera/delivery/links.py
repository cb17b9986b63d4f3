"""Short links in texts: each opens a notification in the web app, for its owner, while it is of use (ADR 32).

A link names nobody. Its code is the notification's number, masked, and a tag of four bytes that only we can make; who
guesses one finds out that there is a page, and has to sign in as its owner to read it. That a link was followed says
nothing, since messengers do so for a preview: the app tells it, once its owner is signed in.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import Value
from django.db.models.functions import Coalesce

from hera.core import clock
from hera.events.models import NotificationEvent

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.contrib.auth.models import User

    from hera.events.models import NotificationTemplate

APP = "/app/"
_TAG, _NUMBER = 4, 5  # bytes: 12 characters
_USED = re.compile(r"\{[{%][^{}]*\blink\b")


def is_used(templates: Iterable[NotificationTemplate]) -> bool:
    """Whether a text that is sent has a link."""
    return any(_USED.search(f"{template.push_title} {template.push_body}") for template in templates)


def address_of(event_id: int) -> str:
    """The link to a notification.

    Raises:
        ValueError: if the settings do not say where phones reach this server.
    """
    if not settings.HERA.public_url:
        raise ValueError("its text has a link, and HERA_PUBLIC_URL is not set")
    return f"{settings.HERA.public_url}/l/{code_of(event_id)}/"


def page_of(code: str) -> str:
    """The page of the web app that a code opens; its first page for one that is wrong, or of no use any more."""
    event_id = _event_of(code)
    now = clock.now()
    is_open = event_id and NotificationEvent.objects.filter(pk=event_id, notification_expires_at__gte=now).exists()
    return app_page(event_id, code) if event_id and is_open else APP


def app_page(event_id: int, code: str | None = None) -> str:
    """Where the web app shows a notification."""
    return f"{APP}?l={code or code_of(event_id)}#/notice/{event_id}"


def note_opened(user: User, code: str) -> bool:
    """Note that its owner has opened a link; returns whether it was hers, and of use still.

    It leads to what it tells of, which she has read by that: no other way is tried for it.
    """
    event_id, now = _event_of(code), clock.now()
    if event_id is None:
        return False
    hers = NotificationEvent.objects.filter(pk=event_id, user=user, notification_expires_at__gte=now)
    is_first = hers.filter(opened_at=None).update(
        opened_at=now, read_at=Coalesce("read_at", Value(now)), updated_at=now
    )
    return bool(is_first) or hers.exists()


def code_of(event_id: int) -> str:
    """12 characters that stand for a notification."""
    return _code(event_id, settings.SECRET_KEY)


def _code(event_id: int, secret: str) -> str:
    number = event_id.to_bytes(_NUMBER, "big")
    tag = _keyed(secret, "tag", number)[:_TAG]
    return base64.urlsafe_b64encode(tag + _masked(number, tag, secret)).decode()


def _event_of(code: str) -> int | None:
    """The notification that a code stands for; None if it is none of ours."""
    try:
        raw = base64.b64decode(code, altchars=b"-_", validate=True)
    except ValueError:
        return None
    if len(raw) != _TAG + _NUMBER:
        return None
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        event_id = int.from_bytes(_masked(raw[_TAG:], raw[:_TAG], secret), "big")
        if hmac.compare_digest(_code(event_id, secret).encode(), code.encode()):
            return event_id
    return None


def _masked(number: bytes, tag: bytes, secret: str) -> bytes:
    """The number, or what it was made of again: numbers that follow each other show no order."""
    return bytes(a ^ b for a, b in zip(number, _keyed(secret, "mask", tag), strict=False))


def _keyed(secret: str, purpose: str, data: bytes) -> bytes:
    return hmac.new(f"hera.delivery.links:{purpose}:{secret}".encode(), data, hashlib.sha256).digest()
