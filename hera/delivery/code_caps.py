"""How many one-time codes may be asked for in a day: what stops SMS pumping at the door, where 429 is answered.

Every code is counted here, whatever it is for; a number has waits besides (`core.code_limits`). What leaves for the
gateway passes `text_gate`.
"""

from __future__ import annotations

import datetime as dt
import logging

from django.conf import settings
from django.utils.translation import gettext as _

from hera.core import clock, limits, phone_numbers
from hera.core.limits import Limit
from hera.delivery import caps
from hera.delivery.models import PURPOSES_THAT_PASS, ChannelRole, Message

log = logging.getLogger(__name__)
_EVERYBODY = "all"
_DAY = dt.timedelta(days=1)


def spend(purpose: str, to: str) -> None:
    """Count one code for this purpose to this number (E.164).

    Inside the caller's transaction: what is refused is rolled back with it. All take these counts in one order, so that
    two at once wait for each other and never for good.

    Raises:
        LimitReached: if the purpose, the calling code or the day has had all that the settings allow.
    """
    allowed = settings.HERA
    calling_code = phone_numbers.split(to)[0]
    shared = [(Limit("otp-prefix-day", allowed.otp_daily_limit_per_prefix, _DAY), calling_code), (_total(), _EVERYBODY)]
    if purpose in allowed.text_limits:
        shared.insert(0, (Limit("text-purpose-day", allowed.text_limits[purpose], _DAY), purpose))
    for limit, subject in shared:
        try:
            limits.spend(limit, subject)
        except limits.LimitReached:
            # A mother may be waiting behind it: somebody has to look (docs/operations.md).
            log.error(  # noqa: TRY400  (its frames would tell nothing)
                "the codes of a day are used up",
                extra={"limit": limit.scope, "hits": limit.hits, "purpose": purpose},
            )
            raise


def refuse_what_would_wait(purpose: str, to: str, text: str) -> None:
    """Say at the door what the gate would do with this code: one that waits for the next day is of no use then.

    The sums are the same whoever has the number, so that the answer is too.

    Raises:
        LimitReached: with a sentence for whoever asked.
    """
    if purpose in PURPOSES_THAT_PASS:
        return
    message = Message(purpose=purpose, channel=ChannelRole.SMS)
    why = caps.why_not(caps.text_of(message, to, text), caps.counted(set()))
    if why is not None and why.until is not None:
        log.error("a code was refused at the door", extra={"reason": why.reason, "purpose": purpose})
        wait = max(1, int((why.until - clock.now()).total_seconds()) + 1)
        raise limits.LimitReached(wait, _("HERA cannot send this code at the moment. Please ask your health team."))


def codes_today() -> int:
    """How many codes were asked for since the day's count began."""
    return limits.spent(_total(), _EVERYBODY)


def _total() -> Limit:
    return Limit("otp-total-day", settings.HERA.otp_daily_limit_total, _DAY)
