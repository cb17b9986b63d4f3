"""What goes along when one account is taken into another. The rooms whose rows hang on a person register theirs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from hera.user_profile.models import Consent, UserProfile

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    Mover = Callable[["User", "User"], None]

_movers: list[Mover] = []


def register(mover: Mover) -> None:
    """Have this called with whose rows go, and to whom, inside the transaction that takes the one into the other."""
    if mover not in _movers:
        _movers.append(mover)


def move_all(of: User, to: User) -> None:
    """Give what one person has told to the other; her profile only if the other has none."""
    for mover in _movers:
        mover(of, to)
    if not UserProfile.objects.filter(user=to).exists():
        UserProfile.objects.filter(user=of).update(user=to)
        Consent.objects.filter(user=of).update(user=to)
