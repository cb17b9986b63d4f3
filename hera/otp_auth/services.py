"""Sign-in by SMS code."""

from __future__ import annotations

import datetime as dt
import hmac
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from hera.api import sessions
from hera.core import clock, limits, one_time_codes, phone_numbers
from hera.core.limits import Limit
from hera.core.ports import outbox
from hera.otp_auth.models import SmsOtpChallenge
from hera.user_profile.services import record_sign_in

if TYPE_CHECKING:
    from hera.core.phone_numbers import PhoneNumber

log = logging.getLogger(__name__)
_EVERYBODY = "all"
_MINUTE = dt.timedelta(minutes=1)
_DAY = dt.timedelta(days=1)
REQUESTS_A_MINUTE = Limit("otp-requests", 2, _MINUTE)
# Attempts have a bucket of their own: one typo must not lock a mother out.
ATTEMPTS_A_MINUTE = Limit("otp-attempts", 10, _MINUTE)
CALLS_A_MINUTE_PER_ADDRESS = Limit("otp-address", 60, _MINUTE)
LOOKUPS_A_MINUTE_PER_ADDRESS = Limit("otp-lookups", 10, _MINUTE)


class WrongCode(ValueError):  # noqa: N818
    """No open challenge of this number has this code; the message is for the person who typed it."""


class AccountClosed(WrongCode):
    """The code is right, and the account was deactivated by staff."""


@dataclass(frozen=True)
class SignedIn:
    user: User
    token: str
    is_new_user: bool


def request_challenge(typed_number: str, *, language_code: str | None, address: str) -> SmsOtpChallenge:
    """Send a code to a number.

    Raises:
        InvalidPhoneNumber: if it is not a valid number of a country that is served.
        LimitReached: if the number, its calling code or the address has asked too often.
    """
    limits.spend(CALLS_A_MINUTE_PER_ADDRESS, address)
    number = phone_numbers.parse_allowed(typed_number)
    limits.spend(REQUESTS_A_MINUTE, number.e164)
    is_review_number = number.e164 in settings.HERA.otp_review_numbers
    if not is_review_number:
        _spend_daily_limits(number, address)
    fresh = one_time_codes.fresh(number.e164, settings.HERA.otp_review_numbers.get(number.e164))
    with transaction.atomic():
        challenge = SmsOtpChallenge.objects.create(
            phone_number=number.e164, language_code=language_code or "", **fresh.kept()
        )
        if not is_review_number and _may_get_codes(number):
            outbox().enqueue_code(
                purpose="sign_in",
                to=number.e164,
                text=_("Your HERA code is %(code)s. It is valid for 10 minutes.") % {"code": fresh.code},
                expires_at=fresh.expires_at,
            )
    return challenge


def _spend_daily_limits(number: PhoneNumber, address: str) -> None:
    """Stop SMS pumping: many codes to one number, to one calling code, from one address, or in all."""
    allowed = settings.HERA
    limits.spend(Limit("otp-number-day", allowed.otp_daily_limit_per_number, _DAY), number.e164)
    limits.spend(Limit("otp-address-day", allowed.otp_daily_limit_per_address, _DAY), address)
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


def codes_today() -> int:
    """How many codes were asked for since the day's count began."""
    return limits.spent(_total(), _EVERYBODY)


def _total() -> Limit:
    return Limit("otp-total-day", settings.HERA.otp_daily_limit_total, _DAY)


def _may_get_codes(number: PhoneNumber) -> bool:
    """While the switch is on, who has never signed in is answered like all others and gets nothing."""
    return not settings.HERA.otp_only_known_numbers or User.objects.filter(username=number.e164).exists()


def attempt_challenge(typed_number: str, secret: str, *, address: str, agent: str = "") -> SignedIn:
    """Sign in with a code: any open challenge of the number will do, since messages overtake each other.

    Raises:
        InvalidPhoneNumber, LimitReached: as for the request.
        WrongCode: if the code is wrong, old, used, or ended by five wrong guesses; or the person is inactive.
    """
    limits.spend(CALLS_A_MINUTE_PER_ADDRESS, address)
    number = phone_numbers.parse(typed_number)
    limits.spend(ATTEMPTS_A_MINUTE, number.e164)
    with transaction.atomic():
        challenge = _solve(number.e164, secret)
        signed_in = _sign_in(number.e164, agent) if challenge else None
        if challenge and signed_in:
            record_sign_in(signed_in.user, typed_number=typed_number.strip(), language_code=challenge.language_code)
    if challenge and signed_in is None:
        raise AccountClosed(_("This account is closed. Please ask your health team."))
    if signed_in is None:
        raise WrongCode(_("The code is incorrect or has expired."))  # outside: the wrong guess stays counted
    limits.forget(ATTEMPTS_A_MINUTE, number.e164)
    return signed_in


def _solve(number: str, secret: str) -> SmsOtpChallenge | None:
    """Mark the challenge that has this code as solved, or count a wrong guess against every open one."""
    now = clock.now()
    still_open = list(
        SmsOtpChallenge.objects.select_for_update()
        .filter(
            phone_number=number,
            solved_at=None,
            expires_at__gt=now,
            wrong_guesses__lt=one_time_codes.MAX_WRONG_GUESSES,
        )
        .order_by("-id")
    )
    digest = one_time_codes.keyed_hash(secret, number)
    for challenge in still_open:
        if hmac.compare_digest(digest, challenge.secret):
            challenge.solved_at = now
            challenge.save(update_fields=["solved_at"])
            return challenge
    for challenge in still_open:
        challenge.wrong_guesses += 1
    SmsOtpChallenge.objects.bulk_update(still_open, ["wrong_guesses"])
    return None


def _sign_in(number: str, agent: str) -> SignedIn | None:
    user, is_new = User.objects.get_or_create(username=number)
    if not user.is_active:
        return None
    if is_new:
        user.set_unusable_password()
        user.save(update_fields=["password"])
    return SignedIn(user, sessions.begin(user, agent, alone=settings.HERA.single_device), is_new)


def is_registered(typed_number: str, *, address: str) -> bool:
    """Whether somebody signs in with this number; always False unless HERA_REGISTRATION_LOOKUP allows asking.

    Raises:
        InvalidPhoneNumber, LimitReached
    """
    limits.spend(LOOKUPS_A_MINUTE_PER_ADDRESS, address)
    number = phone_numbers.parse(typed_number)
    if not settings.HERA.registration_lookup:
        return False
    return User.objects.filter(username=number.e164).exists()
