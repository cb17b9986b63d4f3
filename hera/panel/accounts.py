"""Accounts of staff: invited by a link that dies when it is used, or after PASSWORD_RESET_TIMEOUT."""

from __future__ import annotations

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.auth.models import User
from django.contrib.auth.tokens import default_token_generator
from django.db import transaction
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode


def somebody_administers() -> bool:
    """Is there an administrator who has set a password?"""
    administrators = User.objects.filter(is_superuser=True, is_active=True, is_staff=True)
    return administrators.exclude(password__startswith=UNUSABLE_PASSWORD_PREFIX).exclude(password="").exists()


@transaction.atomic
def invite_administrator(email: str) -> str:
    """The path of a link for this administrator, whose account is made if there is none."""
    user, created = User.objects.get_or_create(
        username=email.lower(), defaults={"email": email, "is_staff": True, "is_superuser": True}
    )
    if created:
        user.set_unusable_password()
        user.save(update_fields=["password"])
    elif not (user.is_superuser and user.is_staff and user.is_active):
        User.objects.filter(pk=user.pk).update(is_superuser=True, is_staff=True, is_active=True)
    return set_up_path(user)


def set_up_path(user: User) -> str:
    """Where this person sets a password, once."""
    return reverse(
        "staff_set_up",
        kwargs={
            "uidb64": urlsafe_base64_encode(force_bytes(user.pk)),
            "token": default_token_generator.make_token(user),
        },
    )


def as_new(user: User) -> User:
    """A new member of staff, who has no password until she sets one."""
    user.is_staff = True
    user.set_unusable_password()
    return user
