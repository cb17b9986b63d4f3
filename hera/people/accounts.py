"""What staff do to an account at a person's wish: close it, open it again, move it to another number."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db import transaction

from hera.api import sessions
from hera.core import phone_numbers
from hera.user_profile import number_changes
from hera.user_profile.models import PushTarget


def set_open(user: User, *, is_open: bool) -> bool:
    """Close an account or open it again; returns whether that changed anything.

    Of a closed one nothing is lost and nothing is sent, and its phones are signed out.
    """
    with transaction.atomic():
        changed = User.objects.filter(pk=user.pk, is_active=not is_open).update(is_active=is_open)
        if changed and not is_open:
            sessions.end_all(user)
    return bool(changed)


@transaction.atomic
def move_to(user: User, typed_number: str, *, site: str) -> str:
    """Give an account another number, as typed with its country's code; returns the former one.

    The former number is told, with its link to take the change back, as after a change by herself; not one that staff
    had set and nobody signed in with, since that may be a slip of the keyboard and a stranger's. Phones that were
    signed in are signed out, and pushed to no more: whoever holds the former number is no longer she.

    Args:
        site: where this server is, such as `https://hera.example.org`, for that link.

    Raises:
        InvalidPhoneNumber: also if the number is of a country that this environment does not serve.
        NumberTaken, LimitReached: and nothing has changed.
    """
    number, former = phone_numbers.parse_name_allowed(typed_number).e164, user.username
    if number != former:
        number_changes.change_number(user, number, session=None, site=site, is_proven=False)
        PushTarget.objects.filter(user=user).exclude(external_id=number).delete()
    return former
