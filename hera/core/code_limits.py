"""How often codes go to one number, whatever they are for: waits that grow. `delivery.code_caps` caps the cost."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.conf import settings

from hera.core import limits
from hera.core.limits import Steps

if TYPE_CHECKING:
    from hera.core.phone_numbers import PhoneNumber

_DAY = dt.timedelta(days=1)
# Two in a minute, since messages get lost; then waits that grow. Never a day: whoever asks for codes in somebody
# else's name must not be able to lock her out.
_WAITS = (dt.timedelta(0), *(dt.timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 60)))


def spend(number: PhoneNumber, own: str = "") -> None:
    """Count a code that is about to go to this number.

    Args:
        own: what shows that the number's holder asks herself (her session, a network that has signed in as her, as
            `hera.otp_auth.places` knows it); then her requests have a count of their own.

    Raises:
        LimitReached: if the number has to wait.
    """
    limits.step(_steps(), _subject(number.e164, own))


def forget(e164: str, own: str) -> None:
    """Begin the waits of her own count anew, after a code that was right.

    Never those of the count that strangers share: one of them could tell from his that somebody uses the number.
    """
    if own:
        limits.forget(_steps(), _subject(e164, own))


def _steps() -> Steps:
    allowed = settings.HERA.otp_daily_limit_per_number
    return Steps("otp-requests", (*_WAITS[: allowed - 1], _WAITS[-1]), _DAY)


def _subject(e164: str, own: str) -> str:
    return f"{e164}:{own}" if own else e164
