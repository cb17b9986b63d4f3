"""What staff do to an account at a person's wish: close it, open it again, move it to another number."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from hera.api import sessions
from hera.core import phone_numbers
from hera.user_profile.services import NumberTaken, add_push_targets


def set_open(user: User, *, is_open: bool) -> bool:
    """Close an account or open it again; returns whether that changed anything.

    Of a closed one nothing is lost and nothing is sent, and its phones are signed out.
    """
    with transaction.atomic():
        changed = User.objects.filter(pk=user.pk, is_active=not is_open).update(is_active=is_open)
        if changed and not is_open:
            sessions.end_all(user)
    return bool(changed)


def move_to(user: User, typed_number: str) -> str:
    """Give an account another number, as typed with its country's code; returns the former one.

    Phones that were signed in are signed out: whoever holds the former number is no longer she.

    Raises:
        InvalidPhoneNumber, NumberTaken: and nothing has changed.
    """
    number, former = phone_numbers.parse(typed_number).e164, user.username
    if number == former:
        return former
    try:
        with transaction.atomic():
            User.objects.filter(pk=user.pk).update(username=number)
            sessions.end_all(user)
            add_push_targets(user, [number])
            # Here the former number is told, with its link to take the change back, as after a change by herself.
    except IntegrityError:
        raise NumberTaken(_("This phone number is already in use.")) from None
    user.username = number
    return former
