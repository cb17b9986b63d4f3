"""Sign-in by SMS code."""

from __future__ import annotations

import datetime as dt
import hmac
from dataclasses import dataclass

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
    """Send a code to a number. For all numbers the same is done here: whether one is known is the worker's to ask.

    Raises:
        InvalidPhoneNumber: if it is not a valid number of a country that is served.
        LimitReached: if the number, its calling code or the address has asked too often.
    """
    limits.spend(CALLS_A_MINUTE_PER_ADDRESS, address)
    number = phone_numbers.parse_allowed(typed_number)
    limits.spend(REQUESTS_A_MINUTE, number.e164)
    is_review_number = number.e164 in settings.HERA.otp_review_numbers
    if not is_review_number:
        limits.spend(Limit("otp-address-day", settings.HERA.otp_daily_limit_per_address, _DAY), address)
    fresh = one_time_codes.fresh(number.e164, settings.HERA.otp_review_numbers.get(number.e164))
    with transaction.atomic():
        challenge = SmsOtpChallenge.objects.create(
            phone_number=number.e164, language_code=language_code or "", **fresh.kept()
        )
        if not is_review_number:
            outbox().enqueue_code(
                purpose="sign_in",
                to=number.e164,
                text=_("Your HERA code is %(code)s. It is valid for 10 minutes.") % {"code": fresh.code},
                expires_at=fresh.expires_at,
            )
    return challenge


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
