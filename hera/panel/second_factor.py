"""The second factor of staff: an authenticator app (TOTP, RFC 6238), passkeys beside it, and recovery codes.

The devices are django-otp's by their behaviour, and in tables of the panel's own: seeds are sealed with the secret key,
recovery codes are hashes. Who had a second factor in the earlier HERA keeps it (migration 0004).
"""

from __future__ import annotations

import base64
import datetime as dt
import math
import secrets
import time
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

import qrcode
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django_otp import devices_for_user, user_has_device
from django_otp.oath import TOTP
from qrcode.image.svg import SvgPathImage

from hera.core import clock
from hera.panel import recovery_codes, sealing
from hera.panel.models import Authenticator, Passkey, RecoveryCodes, SecondFactorReset

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django_otp.models import Device

RECOVERY_CODES = recovery_codes.COUNT
SEED_BYTES = 20  # what RFC 4226 recommends
RESET_IS_TOLD_FOR = dt.timedelta(days=14)


def is_enrolled(user: User) -> bool:
    """Has this person a second factor that works?"""
    return bool(user_has_device(user))


def new_seed() -> bytes:
    """A seed for one enrolment; nobody has seen it before."""
    return secrets.token_bytes(SEED_BYTES)


@transaction.atomic
def enrol(user: User, seed: bytes, code: str) -> tuple[Authenticator, list[str]] | None:
    """Take an authenticator into use if `code` is what one with this seed shows now; gives it and recovery codes.

    Nothing happens if she has a second factor by now: a second one is not slipped in by who knows the password.
    """
    User.objects.select_for_update().get(pk=user.pk)
    shown = TOTP(seed)
    shown.time = time.time()
    if is_enrolled(user) or not code.isdecimal() or not shown.verify(int(code), tolerance=1):
        return None
    device = Authenticator.objects.create(
        user=user, name="authenticator", sealed_seed=sealing.seal(seed), last_t=shown.t(), drift=shown.drift
    )
    return device, new_recovery_codes(user)


def match(user: User, code: str) -> Device | None:
    """The device that this code is of; wrong ones slow down the next guess, device by device.

    Raises:
        sealing.WrongKey: if no device took it, and one could not be asked since the server has another secret key.
    """
    unreadable = None
    with transaction.atomic():
        for device in devices_for_user(user, for_verify=True):
            try:
                if device.verify_token(code):
                    return device
            except sealing.WrongKey as wrong:
                unreadable = wrong
    if unreadable:
        raise unreadable
    return None


def seconds_to_wait(user: User) -> int:
    """How long it takes until each of her devices looks at a code again, after wrong ones; 0 if all do now."""
    now, seconds = timezone.now(), 0
    for device in devices_for_user(user):
        allowed, why_not = device.verify_is_allowed()
        if not allowed:
            seconds = max(seconds, math.ceil((why_not["locked_until"] - now).total_seconds()))
    return seconds


@transaction.atomic
def new_recovery_codes(user: User) -> list[str]:
    """Codes that each open the panel once, in place of all earlier ones."""
    codes, salt = recovery_codes.make(), recovery_codes.new_salt()
    RecoveryCodes.objects.filter(user=user).delete()
    digests = [recovery_codes.digest(code, salt) for code in codes]
    RecoveryCodes.objects.create(user=user, name="recovery", salt=salt, digests=digests)
    return codes


def recovery_codes_left(user: User) -> int:
    """How many of her recovery codes are not used yet."""
    return sum(len(device.digests) for device in RecoveryCodes.objects.filter(user=user))


@transaction.atomic
def reset(user: User, by: User) -> None:
    """Take away every second factor of somebody who has lost hers: she sets up a new one at her next sign-in.

    Sessions that were opened with one of them are closed by that, and whoever signs in as her is told for two weeks.
    """
    for model in (Authenticator, RecoveryCodes, Passkey):
        model.objects.filter(user=user).delete()
    SecondFactorReset.objects.create(user=user, by_name=by.get_username(), at=clock.now())


def may_reset(by: User, user: User) -> bool:
    """Somebody else's only; and who is no superuser may not help one."""
    return by.pk != user.pk and (by.is_superuser or not user.is_superuser)


def resets_to_tell(user: User) -> Iterator[SecondFactorReset]:
    """Resets of the last days, of which this person is to know."""
    since = clock.now() - RESET_IS_TOLD_FOR
    yield from SecondFactorReset.objects.filter(user=user, at__gte=since).order_by("at")


def reseal() -> tuple[int, int]:
    """Seal every seed with the key that is first now; returns how many, and how many no key opened."""
    done = unreadable = 0
    for pk in Authenticator.objects.order_by("pk").values_list("pk", flat=True):
        with transaction.atomic():
            device = Authenticator.objects.select_for_update().filter(pk=pk).first()
            if device is None:
                continue
            try:
                device.sealed_seed = sealing.resealed(device.sealed_seed)
            except sealing.WrongKey:
                unreadable += 1
                continue
            device.save(update_fields=["sealed_seed"])
            done += 1
    return done, unreadable


def picture(user: User, seed: bytes) -> str:
    """The QR code that an authenticator app reads, as SVG for a page."""
    fields = {"secret": base64.b32encode(seed).decode(), "issuer": "HERA"}
    address = f"otpauth://totp/{quote(f'HERA:{user.get_username()}')}?{urlencode(fields)}"
    image = qrcode.make(address, image_factory=SvgPathImage, box_size=12, border=2)
    return str(image.to_string(encoding="unicode"))


def typed_key(seed: bytes) -> str:
    """The key as one types it where no camera is at hand: base32, in groups of four."""
    key = base64.b32encode(seed).decode().rstrip("=")
    return " ".join(key[start : start + 4] for start in range(0, len(key), 4))
