"""What staff do to an account at a person's wish: close it, open it again, move it to another number, give it back."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from hera.api import sessions
from hera.core import phone_numbers
from hera.user_profile import number_changes, set_aside
from hera.user_profile.models import PushTarget, SetAsideAccount


class NobodyHasTheNumber(ValueError):  # noqa: N818
    """There is no account to give back to; the message is for staff."""


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
        set_aside.reopen(user)
    return former


def set_aside_from(user: User) -> list[SetAsideAccount]:
    """Accounts that were set aside from the number that a person has now."""
    return list(SetAsideAccount.objects.filter(number=user.username).order_by("-set_aside_at"))


def has_its_number(user: User) -> User | None:
    """Who has the number of this account now, if it was set aside from one."""
    held = User.objects.filter(is_staff=False, is_superuser=False)
    return held.filter(username__in=SetAsideAccount.objects.filter(user=user).values("number")).first()


@transaction.atomic
def give_back(user: User) -> User:
    """Move what was set aside to the account that has its number now; returns that. Its phones stay signed in.

    For whoever has shown staff that both are hers: nobody can take the two apart again.

    Raises:
        SetAsideAccount.DoesNotExist: if it is not set aside.
        NobodyHasTheNumber: and nothing has changed.
    """
    account = SetAsideAccount.objects.select_for_update().select_related("user").get(user=user)
    holder = has_its_number(user)
    if holder is None:
        raise NobodyHasTheNumber(_("Nobody has its number now. Give the account a number instead."))
    set_aside.give_back(account, holder)
    return holder
