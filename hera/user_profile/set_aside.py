"""Accounts that are not shown to whoever holds their number, since a number goes to somebody else before long.

Networks give a number out again after months without use. So the account of a number that nobody has used for as long
as the setting says is set aside when somebody shows that she holds it: it loses the number and is closed, and whoever
it is begins anew. Whoever knows what only its owner knows, a birth date, has its records again (ADR 16).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from hera.api import sessions
from hera.core import clock, phone_numbers
from hera.core.folding import folded
from hera.user_profile import moved_records
from hera.user_profile.models import (
    ChannelOptOut,
    Consent,
    NumberChange,
    PhoneNumberChangeRequest,
    PushTarget,
    SetAsideAccount,
    SignIn,
    UserProfile,
)

if TYPE_CHECKING:
    from django.db.models import QuerySet

    # Of an account's id, each record that is worth protecting.
    Told = Callable[[int], "list[Record]"]

    # Conditions on accounts that something was done in since an instant.
    Used = Callable[[dt.datetime], "Q"]


class Record(NamedTuple):
    """What only its owner knows of a record: a birth date, where it has one, and whose that is."""

    born: dt.date | None
    name: str = ""


TRIES = 3
_CHANGE_COUNTS = dt.timedelta(days=7)  # at least: as long as a change can be taken back, or holds up an erasure
_told: list[Told] = []
_used: list[Used] = []


def register(told: Told) -> None:
    """Have this asked what an account holds, for whoever shows that it is hers by a birth date."""
    if told not in _told:
        _told.append(told)


def register_use(used: Used) -> None:
    """Have this asked whether an account was used: for rooms that keep what she did."""
    if used not in _used:
        _used.append(used)


def unused(now: dt.datetime) -> QuerySet[User]:
    """Accounts whose number may be somebody else's by now. None, where the setting is 0.

    A number that changed in that time, by a code or by staff, counts as use; numbers of reviewers are nobody's.
    """
    days = settings.HERA.recycled_after_days
    if not days:
        return User.objects.none()
    since = now - dt.timedelta(days=days)
    people = User.objects.filter(sessions.is_unused(since), is_active=True, is_staff=False, is_superuser=False)
    used = Q(Exists(SignIn.objects.filter(user=OuterRef("pk"), signed_in_at__gte=since)))
    changed_since = min(since, now - _CHANGE_COUNTS)
    used |= Q(Exists(NumberChange.objects.filter(user=OuterRef("pk"), changed_at__gte=changed_since)))
    for condition in _used:
        used |= condition(since)
    return people.exclude(username__in=settings.HERA.otp_review_numbers).exclude(used)


@transaction.atomic
def make_room(number: str, *, is_moved_to: bool = False) -> bool:
    """Set the account of this number (E.164) aside if it is unused; returns whether it was.

    For whoever has just shown that she holds the number. An account that holds nothing is simply hers from then on.

    Args:
        is_moved_to: an account that she has goes to this number, so that it is no use to leave her another.
    """
    now = clock.now()
    user = unused(now).select_for_update(of=("self",)).filter(username=number).first()
    if user is None:
        return False
    sessions.end_all(user)
    PushTarget.objects.filter(user=user).delete()
    PhoneNumberChangeRequest.objects.filter(user=user).delete()
    if not is_moved_to and not _holds_anything(user.pk):
        ChannelOptOut.objects.filter(user=user).delete()
        return False
    SetAsideAccount.objects.create(user=user, number=number, set_aside_at=now)
    User.objects.filter(pk=user.pk).update(username=f"{phone_numbers.SET_ASIDE}{user.pk}", is_active=False)
    return True


def claim(user: User, born: dt.date, name: str = "") -> bool:
    """Give a person what was set aside from her number, if this is its birth date; returns whether it was.

    Three dates are compared with an account that was set aside, whoever gives them. A first of January is what papers
    say of many who do not know their day: it counts together with the name alone, of the person or of the child.
    """
    found = False
    with transaction.atomic():
        waiting = SetAsideAccount.objects.select_for_update().filter(number=user.username, tries__lt=TRIES)
        for account in waiting.order_by("-set_aside_at", "pk"):
            if _is_hers(account, born, name):
                give_back(account, user)
                found = True
            else:
                account.tries += 1
                account.save(update_fields=["tries"])
    return found


@transaction.atomic
def give_back(account: SetAsideAccount, to: User) -> None:
    """Move all that was set aside to the account that its owner has now, and remove the one that it was in."""
    of = account.user
    had_withdrawn = (
        Consent.objects.filter(user=of).exists() and not Consent.objects.filter(user=of, withdrawn_at=None).exists()
    )
    moved_records.move_all(of, to)
    if not had_withdrawn:  # what she then refused besides, she refuses; she has agreed anew to all the rest
        ChannelOptOut.objects.bulk_create(
            [ChannelOptOut(user=to, channel=row.channel) for row in ChannelOptOut.objects.filter(user=of)],
            ignore_conflicts=True,
        )
    of.delete()


@transaction.atomic
def reopen(user: User) -> None:
    """After staff have given an account that was set aside a number again: it is open, and as any other."""
    if SetAsideAccount.objects.filter(user=user).delete()[0]:
        User.objects.filter(pk=user.pk).update(is_active=True)


def _is_hers(account: SetAsideAccount, born: dt.date, name: str) -> bool:
    profile = UserProfile.objects.filter(user=account.pk).first()
    hers = [Record(profile.date_of_birth, profile.name)] if profile is not None else []
    same = [record for record in _records(account.pk) + hers if record.born == born]
    if (born.month, born.day) != (1, 1):
        return bool(same)
    # Few years come into question for a child: three tries without a name would find most of them.
    names = {folded(record.name) for record in same + hers} - {""}
    return bool(same) and folded(name) in names


def _records(user_id: int) -> list[Record]:
    return [record for told in _told for record in told(user_id)]


def _holds_anything(user_id: int) -> bool:
    return UserProfile.objects.filter(user=user_id).exists() or bool(_records(user_id))
