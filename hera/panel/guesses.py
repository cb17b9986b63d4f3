"""How often a password may be guessed, in the panel and in the dashboard together: by name and network (ADR 14).

Whoever knows a colleague's name can use up what is left to strangers, and nothing of what is left to her where she has
signed in before. A person mistypes a few times; a machine that guesses gets no further than this.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.contrib.auth.models import User

from hera.core import limits
from hera.core.limits import Limit
from hera.otp_auth import places
from hera.panel import names

if TYPE_CHECKING:
    from django.http import HttpRequest

PERIOD = dt.timedelta(minutes=15)
AT_A_NAME = Limit("staff_sign_in_name", 10, PERIOD)  # from one network, hers or not
OF_STRANGERS = Limit("staff_sign_in_strangers", 30, PERIOD)  # at one name, from all networks that are not hers together
FROM_AN_ADDRESS = Limit("staff_sign_in_address", 50, PERIOD)


@dataclass(frozen=True)
class _Caller:
    name: str
    network: str
    is_known: bool  # whether the owner of the name has signed in from there

    @property
    def subject(self) -> str:
        return f"{self.network} {self.name}"


def spend(request: HttpRequest, name: str) -> None:
    """Count one try of a password for the account that this typed name means.

    Raises:
        LimitReached: if there were too many, at this name or from the caller's address.
    """
    caller = _caller(request, name)
    limits.spend(FROM_AN_ADDRESS, caller.network)
    # First, so that one network that goes on and on uses up nothing of what all strangers share.
    limits.spend(AT_A_NAME, caller.subject)
    if not caller.is_known:
        limits.spend(OF_STRANGERS, caller.name)


def forget(request: HttpRequest, name: str) -> None:
    """Take back what was counted of this caller, who has given the right password; and nothing of anybody else's."""
    caller = _caller(request, name)
    tried = min(limits.spent(AT_A_NAME, caller.subject), AT_A_NAME.hits)
    limits.forget(AT_A_NAME, caller.subject)
    if not caller.is_known:
        limits.take_back(OF_STRANGERS, {caller.name: tried})


def remember(request: HttpRequest, user: User) -> None:
    """That she has signed in from this network, with both factors."""
    places.remember(user, limits.network_of(limits.client_address(request)))


def _caller(request: HttpRequest, typed: str) -> _Caller:
    """Who asks; by the same statements whether or not there is such a name."""
    network = limits.network_of(limits.client_address(request))
    name = typed.replace("\0", "")
    staff = User.objects.filter(username=names.stored(name), is_staff=True).values_list("pk", flat=True).first()
    return _Caller(names.canonical(name), network, places.is_known(staff, network))
