"""From where a person signs in: kept as a keyed hash, so that nobody can lock her out by asking in her name."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
from typing import TYPE_CHECKING

from django.conf import settings

from hera.core import clock
from hera.otp_auth.models import KnownPlace

if TYPE_CHECKING:
    from django.contrib.auth.models import User

REMEMBERED = dt.timedelta(days=90)


def of_number(e164: str, network: str) -> str:
    """What a challenge keeps of who asked for it."""
    return _hash(f"number:{e164}:{network}")


def is_known(user_id: int | None, network: str) -> bool:
    """Whether this person has signed in from this network in the last 90 days; the same statement for nobody."""
    since = clock.now() - REMEMBERED
    place = _of_user(user_id or 0, network)
    return KnownPlace.objects.filter(user_id=user_id or 0, place=place, signed_in_at__gte=since).exists()


def remember(user: User, network: str) -> None:
    """That she has signed in from this network now."""
    KnownPlace.objects.bulk_create(
        [KnownPlace(user=user, place=_of_user(user.pk, network), signed_in_at=clock.now())],
        update_conflicts=True,
        unique_fields=["user", "place"],
        update_fields=["signed_in_at"],
    )


def delete_old() -> int:
    """Forget networks that nobody has signed in from for long enough; returns how many."""
    return KnownPlace.objects.filter(signed_in_at__lt=clock.now() - REMEMBERED).delete()[0]


def _of_user(user_id: int, network: str) -> str:
    # Her id is in it: two people of one household share no value.
    return _hash(f"user:{user_id}:{network}")


def _hash(text: str) -> str:
    return hmac.new(settings.SECRET_KEY.encode(), f"place:{text}".encode(), hashlib.sha256).hexdigest()
