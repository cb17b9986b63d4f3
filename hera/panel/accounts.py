"""Accounts of staff: invited by a link that dies when it is used, or after PASSWORD_RESET_TIMEOUT."""

from __future__ import annotations

import hashlib
from typing import Any

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.auth.models import User
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.db import transaction
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from hera.panel import names

BETWEEN_HALVES = "~"


class Invitations(PasswordResetTokenGenerator):
    """Tokens of links. One that is printed where others read, as in a log, opens nothing without its other half.

    Who asks for such a link makes up that half and gives its SHA-256 only; the link is the printed one with `~` and the
    half behind it.
    """

    key_salt = "hera.panel.accounts.Invitations"

    def __init__(self, other_half: str = "") -> None:
        """Take the SHA-256 of the other half, in hexadecimal; blank for links that are whole."""
        super().__init__()
        self._other_half = other_half

    def check_token(self, user: Any, token: str | None) -> bool:
        first, _between, half = (token or "").partition(BETWEEN_HALVES)
        asked = Invitations(hashlib.sha256(half.encode()).hexdigest() if half else "")
        return super(Invitations, asked).check_token(user, first)

    def _make_hash_value(self, user: Any, timestamp: int) -> str:
        return f"{super()._make_hash_value(user, timestamp)}{self._other_half}"


invitations = Invitations()


def somebody_administers() -> bool:
    """Is there an administrator who has set a password?"""
    administrators = User.objects.filter(is_superuser=True, is_active=True, is_staff=True)
    return administrators.exclude(password__startswith=UNUSABLE_PASSWORD_PREFIX).exclude(password="").exists()


@transaction.atomic
def invite_administrator(email: str, other_half: str = "") -> str:
    """The path of a link for this administrator, whose account is made if there is none.

    Args:
        other_half: the SHA-256 of what is missing in the link (`Invitations`); blank for a whole one.

    Raises:
        ValueError: if it is a phone number.
    """
    if names.is_a_number(email):
        raise ValueError("a phone number is no name of an account")
    user, created = User.objects.get_or_create(
        username=names.stored(email), defaults={"email": email, "is_staff": True, "is_superuser": True}
    )
    if created:
        user.set_unusable_password()
        user.save(update_fields=["password"])
    elif not (user.is_superuser and user.is_staff and user.is_active):
        User.objects.filter(pk=user.pk).update(is_superuser=True, is_staff=True, is_active=True)
    return set_up_path(user, other_half)


def set_up_path(user: User, other_half: str = "") -> str:
    """Where this person sets a password, once."""
    return reverse(
        "staff_set_up",
        kwargs={
            "uidb64": urlsafe_base64_encode(force_bytes(user.pk)),
            "token": Invitations(other_half).make_token(user),
        },
    )


def as_new(user: User) -> User:
    """A new member of staff, who has no password until she sets one."""
    user.is_staff = True
    user.set_unusable_password()
    return user
