"""Browsers that take push messages: which are whose. What is sent to them is `hera.delivery`'s."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from hera.core import clock, public_addresses
from hera.user_profile.models import WebPushSubscription

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.contrib.auth.models import User

    from hera.api.models import PhoneSession

ROLE = "web_push"
MOST = 10  # browsers of one person; the one that subscribed longest ago gives way
_AUTH = 16  # bytes


class NotTaken(ValueError):  # noqa: N818
    """The subscription is none that can be used; the text says why."""


def public_key() -> str | None:
    """What browsers subscribe with; None where this environment sends no web push."""
    return str(_settings().public_key) if settings.CHANNELS.kind_for(ROLE) != "none" else None


@transaction.atomic
def subscribe(session: PhoneSession, *, endpoint: str, p256dh: str, auth: str) -> WebPushSubscription:
    """Send to this browser what is sent to who is signed in on it; if it was somebody else's, not hers any more.

    Raises:
        NotTaken: if this environment sends no web push, or its address or its keys are none.
    """
    _check(endpoint, p256dh, auth)
    taken = {"user_id": session.user_id, "session": session, "p256dh": p256dh, "auth": auth, "created_at": clock.now()}
    subscription, _made = WebPushSubscription.objects.update_or_create(endpoint=endpoint, defaults=taken)
    of_hers = WebPushSubscription.objects.filter(user_id=session.user_id)
    older = of_hers.order_by("-created_at", "-id").values_list("pk", flat=True)[MOST:]
    WebPushSubscription.objects.filter(pk__in=list(older)).delete()
    return subscription


def unsubscribe(user: User, subscription_id: int) -> bool:
    """Send nothing to this browser of hers any more; returns whether it was one."""
    return bool(WebPushSubscription.objects.filter(user=user, pk=subscription_id).delete()[0])


def remove_gone(subscription_ids: Iterable[int]) -> None:
    """Remove browsers whose push service says that they take nothing any more."""
    WebPushSubscription.objects.filter(pk__in=list(subscription_ids)).delete()


def _check(endpoint: str, p256dh: str, auth: str) -> None:
    if public_key() is None:
        raise NotTaken(_("This server sends no messages to browsers."))
    if not _settings().any_address and public_addresses.wrong_with(endpoint):
        raise NotTaken(_("The address of the push service is not one of the public internet."))
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), _decoded(p256dh))
        is_key = len(_decoded(auth)) == _AUTH
    except (ValueError, binascii.Error):
        is_key = False
    if not is_key:
        raise NotTaken(_("The keys of the browser are not readable."))


def _decoded(text: str) -> bytes:
    plain = text.rstrip("=")
    return base64.b64decode(plain + "=" * (-len(plain) % 4), altchars=b"-_", validate=True)


def _settings() -> Any:
    return settings.CHANNELS.by_role[ROLE]
