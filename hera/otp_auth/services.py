"""Sign-in by SMS code."""

from __future__ import annotations

import datetime as dt
import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from hera.api import sessions
from hera.core import clock, code_limits, digits, limits, one_time_codes, phone_numbers
from hera.core.limits import Limit
from hera.core.ports import outbox
from hera.otp_auth import places
from hera.otp_auth.models import SmsOtpChallenge
from hera.user_profile import set_aside
from hera.user_profile.services import record_sign_in

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hera.core.phone_numbers import PhoneNumber

_MINUTE = dt.timedelta(minutes=1)
# Attempts have a bucket of their own: one typo must not lock a mother out.
ATTEMPTS_A_MINUTE = Limit("otp-attempts", 10, _MINUTE)
CALLS_A_MINUTE_PER_ADDRESS = Limit("otp-address", 60, _MINUTE)
# Wrong guesses at one challenge from networks that neither asked for it nor are known as hers: of each, and of all.
STRAY_GUESSES_OF_A_NETWORK, STRAY_GUESSES = 2, 10
LOOKUPS_A_MINUTE_PER_ADDRESS = Limit("otp-lookups", 10, _MINUTE)


class WrongCode(ValueError):  # noqa: N818
    """No open challenge of this number has this code; the message is for the person who typed it."""


class AccountClosed(WrongCode):
    """The code is right, and the account was deactivated by staff."""


class SentAgain(WrongCode):
    """No code was given: that is the earlier app's way to ask for it once more."""


@dataclass(frozen=True)
class SignedIn:
    user: User
    token: str
    is_new_user: bool


@dataclass(frozen=True)
class _Caller:
    """Who asks about a number, as far as can be told without asking her."""

    place: str  # of a challenge that this caller asked for
    own: str  # not empty if the number's holder has signed in from there, or shows her session
    holder: int | None
    is_closed: bool  # the holder's account: she gets a sentence in place of a code that would open nothing


def request_challenge(
    typed_number: str, *, language_code: str | None, address: str, token: str = ""
) -> SmsOtpChallenge:
    """Send a code to a number.

    Args:
        token: that of the phone that asks, if it is signed in: who asks for a code for herself has a count of her own.

    Raises:
        InvalidPhoneNumber: if it is not a valid number of a country that is served.
        LimitReached: if the number, its calling code or the address has asked too often.
    """
    network = limits.network_of(address)
    limits.spend(CALLS_A_MINUTE_PER_ADDRESS, network)
    number = phone_numbers.parse_name_allowed(typed_number)
    caller = _caller(number, network, token)
    _spend(number, caller, network)
    seed = one_time_codes.generate_seed()
    with transaction.atomic():
        challenge = SmsOtpChallenge.objects.create(
            phone_number=number.e164,
            language_code=language_code or "",
            seed=seed,
            place=caller.place,
            **one_time_codes.fresh(number.e164, _code_of(number.e164, seed)).kept(),
        )
        _send(number, challenge, is_closed=caller.is_closed)
    return challenge


def _caller(number: PhoneNumber, network: str, token: str = "") -> _Caller:
    """The same statements for every number."""
    holder, is_active = User.objects.filter(username=number.e164).values_list("pk", "is_active").first() or (None, True)
    own = network if places.is_known(holder, network) else ""
    session = sessions.find(token) if token else None
    if session is not None and session.user_id == holder:
        own = "her phone"
    return _Caller(places.of_number(number.e164, network), own, holder, not is_active)


def _spend(number: PhoneNumber, caller: _Caller, network: str) -> None:
    """Stop SMS pumping, whoever asks; and let nobody's asking hold up somebody else."""
    if number.e164 in settings.HERA.otp_review_numbers:
        return
    by_address = Limit("otp-address-day", settings.HERA.otp_daily_limit_per_address, dt.timedelta(days=1))
    try:
        limits.spend(by_address, network)
    except limits.LimitReached:
        if not caller.own:  # who shares her network must not be able to lock her out of it for a day
            raise
    code_limits.spend(number, caller.own)


def _code_of(e164: str, seed: str) -> str:
    return settings.HERA.otp_review_numbers.get(e164) or one_time_codes.from_seed(seed, e164)


def _send(number: PhoneNumber, challenge: SmsOtpChallenge, *, is_closed: bool) -> None:
    """Whoever asks is told nothing of which of the two was sent: that is for the number's holder."""
    if number.e164 in settings.HERA.otp_review_numbers:
        return
    code = _("%(code)s is your code to sign in to HERA. Tell it to nobody.")
    closed = _("This HERA account is closed, so no code was sent. Please ask your health team.")
    outbox().enqueue_code(
        purpose="sign_in",
        to=number.e164,
        text=closed if is_closed else code % {"code": _code_of(number.e164, challenge.seed)},
        expires_at=challenge.expires_at or clock.now(),
    )


def attempt_challenge(
    typed_number: str, secret: str, *, address: str, agent: str = "", for_page: bool = False
) -> SignedIn:
    """Sign in with a code: any open challenge of the number will do, since messages overtake each other.

    What has not six digits costs no guess; nothing at all is the earlier app's "resend".

    Args:
        for_page: begin the short session of a page, and no phone's.

    Raises:
        InvalidPhoneNumber, LimitReached: as for the request.
        WrongCode: if the code is wrong, old, used, or ended by five wrong guesses; or the person is inactive.
    """
    network = limits.network_of(address)
    limits.spend(CALLS_A_MINUTE_PER_ADDRESS, network)
    number = phone_numbers.parse_name(typed_number)
    caller = _caller(number, network)
    if not digits.only(secret):
        _send_again(number, caller, network)
    code = digits.code(secret)
    if code is None:
        raise WrongCode(_("The code is incorrect or has expired."))
    # Of each network apart: what others try holds nobody up, and does not tell them when she gets in. How many of
    # them together may guess at one challenge, `_solve` counts.
    bucket = f"{number.e164}:{caller.place}"
    limits.spend(ATTEMPTS_A_MINUTE, bucket)
    with transaction.atomic():
        challenge = _solve(number.e164, code, caller)
        # A colleague who is named as a phone number has a password and a second factor; his phone opens nothing.
        if challenge and _is_staff(number.e164):
            challenge = None
        signed_in = _sign_in(number.e164, agent, typed_number, for_page=for_page) if challenge else None
        if challenge and signed_in:
            record_sign_in(signed_in.user, typed_number=typed_number.strip(), language_code=challenge.language_code)
            places.remember(signed_in.user, network)
    if challenge and signed_in is None:
        raise AccountClosed(_("This account is closed. Please ask your health team."))
    if signed_in is None:
        raise WrongCode(_("The code is incorrect or has expired."))  # outside: the wrong guess stays counted
    limits.forget(ATTEMPTS_A_MINUTE, bucket)
    code_limits.forget(number.e164, caller.own)
    return signed_in


def _send_again(number: PhoneNumber, caller: _Caller, network: str) -> None:
    """Send the code of the newest open challenge once more: for the earlier app, whose "resend" is an empty attempt.

    Raises:
        LimitReached: as for the request.
        SentAgain: it was sent; or its holder has signed in with it, which is nobody's business who asked for it too.
        WrongCode: no challenge was asked for in time.
    """
    _spend(number, caller, network)
    in_time = SmsOtpChallenge.objects.filter(phone_number=number.e164, expires_at__gt=clock.now()).exclude(seed="")
    challenge = in_time.order_by(F("solved_at").asc(nulls_first=True), "-id").first()
    if challenge is None:
        raise WrongCode(_("The code is incorrect or has expired."))
    if challenge.solved_at is None:
        with transaction.atomic():
            _send(number, challenge, is_closed=caller.is_closed)
    raise SentAgain(_("We have sent the code again."))


def _solve(number: str, code: str, caller: _Caller) -> SmsOtpChallenge | None:
    """Mark the challenge that has this code as solved, or count a wrong guess against every open one.

    Guesses from where she asked, or has signed in before, are counted apart: others can use up theirs, not hers.
    Of all other networks, which may be hers too, none can use up what is left to the others.
    """
    now = clock.now()
    waiting = (
        SmsOtpChallenge.objects.select_for_update()
        .filter(phone_number=number, solved_at=None, expires_at__gt=now)
        .order_by("-id")
    )
    still_open = [
        (challenge, is_stray)
        for challenge in waiting
        for is_stray in [not caller.own and challenge.place != caller.place]
        if _may_guess(challenge, caller.place, is_stray=is_stray)
    ]
    digest = one_time_codes.keyed_hash(code, number)
    for challenge, _is_stray in still_open:
        if hmac.compare_digest(digest, challenge.secret):
            challenge.solved_at = now
            challenge.save(update_fields=["solved_at"])
            return challenge
    _count_wrong_guess(still_open, caller.place)
    return None


def _may_guess(challenge: SmsOtpChallenge, place: str, *, is_stray: bool) -> bool:
    if not is_stray:
        return challenge.wrong_guesses < one_time_codes.MAX_WRONG_GUESSES
    return challenge.stray_guesses < STRAY_GUESSES and challenge.strays.get(place, 0) < STRAY_GUESSES_OF_A_NETWORK


def _count_wrong_guess(still_open: Iterable[tuple[SmsOtpChallenge, bool]], place: str) -> None:
    for challenge, is_stray in still_open:
        if is_stray:
            challenge.stray_guesses += 1
            challenge.strays[place] = challenge.strays.get(place, 0) + 1
        else:
            challenge.wrong_guesses += 1
    SmsOtpChallenge.objects.bulk_update(
        [challenge for challenge, _is_stray in still_open], ["wrong_guesses", "stray_guesses", "strays"]
    )


def _is_staff(number: str) -> bool:
    staff = User.objects.filter(Q(is_staff=True) | Q(is_superuser=True), username=number)
    return staff.exists()


def _sign_in(number: str, agent: str, typed_number: str, *, for_page: bool) -> SignedIn | None:
    set_aside.make_room(number)
    user, is_new = User.objects.get_or_create(username=number)
    if not user.is_active:
        return None
    if is_new:
        user.set_unusable_password()
        user.save(update_fields=["password"])
    if for_page:
        return SignedIn(user, sessions.begin_page(user), is_new)
    token = sessions.begin(user, agent, typed_number=typed_number, alone=settings.HERA.single_device)
    return SignedIn(user, token, is_new)


def is_registered(typed_number: str, *, address: str) -> tuple[str, bool]:
    """The number in E.164, and whether somebody signs in with it.

    That is always False unless HERA_REGISTRATION_LOOKUP allows asking.

    Raises:
        InvalidPhoneNumber, LimitReached
    """
    limits.spend(LOOKUPS_A_MINUTE_PER_ADDRESS, limits.network_of(address))
    number = phone_numbers.parse_name(typed_number)
    if not settings.HERA.registration_lookup:
        return number.e164, False
    return number.e164, User.objects.filter(username=number.e164).exists()
