"""How often codes go out: one function for all of them, whatever they are for, so that none escapes the caps."""

from __future__ import annotations

import datetime as dt
import logging
from typing import TYPE_CHECKING

from django.conf import settings

from hera.core import limits
from hera.core.limits import Limit, Steps

if TYPE_CHECKING:
    from hera.core.phone_numbers import PhoneNumber

log = logging.getLogger(__name__)
_EVERYBODY = "all"
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
        LimitReached: if the number has to wait, or the codes of a day to its calling code or in all are used up.
    """
    limits.step(_steps(), _subject(number.e164, own))
    allowed = settings.HERA
    for limit, subject in (
        (Limit("otp-prefix-day", allowed.otp_daily_limit_per_prefix, _DAY), number.country_code),
        (_total(), _EVERYBODY),
    ):
        try:
            limits.spend(limit, subject)
        except limits.LimitReached:
            # A mother may be waiting behind it: somebody has to look (docs/operations.md).
            log.error(  # noqa: TRY400  (its frames would tell nothing)
                "the codes of a day are used up", extra={"limit": limit.scope, "hits": limit.hits}
            )
            raise


def forget(e164: str, own: str = "") -> None:
    """Begin the waits anew, after a code that was right; of her own count and of the one that others share."""
    for subject in {_subject(e164, own), _subject(e164, "")}:
        limits.forget(_steps(), subject)


def spent_today() -> int:
    """How many codes went out since the day's count began."""
    return limits.spent(_total(), _EVERYBODY)


def _steps() -> Steps:
    allowed = settings.HERA.otp_daily_limit_per_number
    return Steps("otp-requests", (*_WAITS[: allowed - 1], _WAITS[-1]), _DAY)


def _subject(e164: str, own: str) -> str:
    return f"{e164}:{own}" if own else e164


def _total() -> Limit:
    return Limit("otp-total-day", settings.HERA.otp_daily_limit_total, _DAY)
