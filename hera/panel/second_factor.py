"""The second factor of staff: an authenticator app (TOTP, RFC 6238), and recovery codes for when the phone is lost.

The devices are django-otp's, in the tables of the earlier HERA: who had a second factor keeps it.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import qrcode
from django.db import transaction
from django_otp import user_has_device
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice
from qrcode.image.svg import SvgPathImage

if TYPE_CHECKING:
    from django.contrib.auth.models import User

RECOVERY_CODES = 10
_RECOVERY = "recovery"


def is_enrolled(user: User) -> bool:
    """Has this person a second factor that works?"""
    return bool(user_has_device(user))


@transaction.atomic
def begin(user: User) -> TOTPDevice:
    """The authenticator that is to be confirmed: one for each person, however often the page is opened."""
    device: TOTPDevice | None = TOTPDevice.objects.select_for_update().filter(user=user, confirmed=False).first()
    return device or TOTPDevice.objects.create(user=user, name="authenticator", confirmed=False)


@transaction.atomic
def confirm(user: User, code: str) -> tuple[TOTPDevice, list[str]] | None:
    """Take the authenticator into use if `code` is what it shows now; gives it and new recovery codes."""
    device: TOTPDevice | None = TOTPDevice.objects.select_for_update().filter(user=user, confirmed=False).first()
    if device is None or not device.verify_token(code):
        return None
    device.confirmed = True
    device.save(update_fields=["confirmed"])
    return device, new_recovery_codes(user)


@transaction.atomic
def new_recovery_codes(user: User) -> list[str]:
    """Codes that each open the panel once, in place of all earlier ones."""
    device, _created = StaticDevice.objects.get_or_create(user=user, name=_RECOVERY)
    device.token_set.all().delete()
    codes = [StaticToken.random_token() for _ in range(RECOVERY_CODES)]
    StaticToken.objects.bulk_create(StaticToken(device=device, token=code) for code in codes)
    return codes


def picture(device: TOTPDevice) -> str:
    """The QR code that an authenticator app reads, as SVG for a page."""
    image = qrcode.make(device.config_url, image_factory=SvgPathImage, box_size=12, border=2)
    return str(image.to_string(encoding="unicode"))


def typed_key(device: TOTPDevice) -> str:
    """The key as one types it where no camera is at hand: base32, in groups of four."""
    key = base64.b32encode(device.bin_key).decode().rstrip("=")
    return " ".join(key[start : start + 4] for start in range(0, len(key), 4))
