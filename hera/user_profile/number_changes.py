"""Moving an account to another number, and taking that back.

A borrowed phone must not be enough to take an account away: the former number is told at once, may take the change
back for three days, and for a week nothing is erased unless it agrees. That is the right of a number that has proven
itself by a code. One that staff gave and nobody has signed in with may be a stranger's, by a slip of the keyboard:
it gets neither text nor link, and a move away from it leaves the link of the proven one before it as it was.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.contrib.auth.models import User
from django.core import signing
from django.db import IntegrityError, transaction
from django.db.models import F
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from hera.api import sessions
from hera.core import clock, code_limits, languages, one_time_codes, phone_numbers
from hera.core.limits import Limit, spend
from hera.core.ports import outbox
from hera.user_profile import moved_records, set_aside
from hera.user_profile.models import NumberChange, PhoneNumberChangeRequest, PushTarget, UserProfile
from hera.user_profile.services import add_push_targets

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from hera.api.models import PhoneSession
    from hera.core.phone_numbers import PhoneNumber

CODES_A_DAY = Limit("number-change-codes-day", 20, dt.timedelta(days=1))
GUESSES_A_MINUTE = Limit("number-change-guesses", 10, dt.timedelta(minutes=1))
TAKEN_BACK_WITHIN = dt.timedelta(hours=72)
NOTHING_ERASED_FOR = dt.timedelta(days=7)
_SIGNER = signing.Signer(sep=".", salt="hera.user_profile.number_changes")


class NumberTaken(ValueError):  # noqa: N818
    """Somebody has this number already; the message is for whoever has shown that she holds it."""


class WrongCode(ValueError):  # noqa: N818
    """The code is wrong, old or used up; the message is for the person who typed it."""


class TooLate(ValueError):  # noqa: N818
    """The change cannot be taken back; the message is for whoever followed the link."""


class ErasureHeld(ValueError):  # noqa: N818
    """Her number changed within the week and the former one has not agreed; the message is for her."""


def request_number_change(user: User, typed_number: str) -> PhoneNumberChangeRequest:
    """Send a code to a new number. A person has one request at a time; asking again replaces it.

    A number that somebody has is treated as any other, and its holder gets the code: that it is taken is told only
    to whoever types that code. Her own number is accepted, since the app asks for it whenever what she once typed was
    not its E.164 form.

    Raises:
        InvalidPhoneNumber, LimitReached: and nothing has changed.
    """
    spend(CODES_A_DAY, str(user.pk))
    return _send_code(user, phone_numbers.parse_name_allowed(typed_number))


def resend_number_change_code(request: PhoneNumberChangeRequest) -> None:
    """Send a fresh code to the number that was asked for; the earlier code ends.

    Raises:
        LimitReached: and nothing has changed.
    """
    spend(CODES_A_DAY, str(request.user_id))
    _send_code(request.user, phone_numbers.parse_name_allowed(request.new_phone_number))


def _send_code(user: User, number: PhoneNumber) -> PhoneNumberChangeRequest:
    code_limits.spend(number, "her phone" if number.e164 == user.username else "")
    fresh = one_time_codes.fresh(number.e164)
    with transaction.atomic():
        request, _created = PhoneNumberChangeRequest.objects.update_or_create(
            user=user, defaults={"new_phone_number": number.e164, "solved_at": None, **fresh.kept()}
        )
        outbox().enqueue_code(
            purpose="number_change",
            to=number.e164,
            text=_("%(code)s moves a HERA account to this number. Tell it to nobody.") % {"code": fresh.code},
            expires_at=fresh.expires_at,
        )
    return request


def solve_number_change(user: User, request_id: int, guess: str, *, session: PhoneSession | None, site: str) -> User:
    """Rename the person to the number that she has shown to hold; other phones of hers are signed out.

    Args:
        session: of the phone that asks, which stays signed in.
        site: where this server is, such as `https://hera.example.org`, for the link in the text to the former number.

    Raises:
        PhoneNumberChangeRequest.DoesNotExist: if it is not hers.
        LimitReached: after too many guesses in a minute.
        WrongCode, NumberTaken: and the number is as before.
    """
    spend(GUESSES_A_MINUTE, str(user.pk))
    with transaction.atomic():
        request = PhoneNumberChangeRequest.objects.select_for_update().get(pk=request_id, user=user)
        is_right = request.solved_at is None and one_time_codes.take_guess(request, guess, request.new_phone_number)
        if is_right:
            request.solved_at = clock.now()
            request.save(update_fields=["solved_at"])
            if request.new_phone_number != user.username:
                change_number(user, request.new_phone_number, session=session, site=site, is_proven=True)
    if not is_right:
        raise WrongCode(_("The code is incorrect or has expired."))
    code_limits.forget(request.new_phone_number, "her phone")
    return user


@transaction.atomic
def change_number(user: User, number: str, *, session: PhoneSession | None, site: str, is_proven: bool) -> NumberChange:
    """Give a person this number (E.164), tell the former one, and sign out all phones but that of `session`.

    Args:
        is_proven: whether a code has shown that she holds the new number; staff cannot know.

    Raises:
        NumberTaken: if somebody else has it; nothing has changed then.
        LimitReached: if the former number has been told of changes too often; nothing has changed then.
    """
    former = User.objects.select_for_update().values_list("username", flat=True).get(pk=user.pk)
    former_was_proven = _is_proven(user, former)
    if is_proven:
        set_aside.make_room(number, is_moved_to=True)
    try:
        with transaction.atomic():
            User.objects.filter(pk=user.pk).update(username=number)
    except IntegrityError:
        raise NumberTaken(_("This phone number is already in use.")) from None
    # The app keeps the push registration it made at sign-in, so the former number stays a target.
    add_push_targets(user, [former, number])
    sessions.end_others(user, session)
    change = NumberChange.objects.create(
        user=user,
        former_number=former,
        new_number=number,
        changed_at=clock.now(),
        former_was_proven=former_was_proven,
        # Back to a number that she had shown to hold: it has not ceased to be hers.
        new_is_proven=is_proven or _was_proven_before(user, number),
    )
    if former_was_proven:
        _tell_former_number(change, site)
    user.username = number  # last: what is refused above leaves her with the number that she has
    return change


def _is_proven(user: User, number: str) -> bool:
    """Whether a code has shown that this person holds the number that she has now: to sign in, or to move to it."""
    if not phone_numbers.split(number)[0]:  # an account of staff that got a number is named after no phone
        return False
    latest = NumberChange.objects.filter(user=user, new_number=number, taken_back_at=None).order_by("-pk").first()
    return latest is None or latest.new_is_proven


def _was_proven_before(user: User, number: str) -> bool:
    return NumberChange.objects.filter(user=user, former_number=number, former_was_proven=True).exists()


def _tell_former_number(change: NumberChange, site: str) -> None:
    # Counted apart from what others ask for in the number's name: they must not be able to hold up her change.
    code_limits.spend(phone_numbers.of_account(change.former_number), "told of a change")
    address = site + reverse("my_number", args=[token_of(change)])
    profile = UserProfile.objects.filter(user=change.user_id).first()
    with translation.override(profile.language_code if profile else languages.default()):
        text = _("Your HERA account was moved to another number. Was it not you? Take it back: %(address)s")
    outbox().enqueue_code(
        purpose="number_changed",  # ahead of reminders, as a code is: every minute counts
        to=change.former_number,
        text=text % {"address": address},
        expires_at=change.changed_at + TAKEN_BACK_WITHIN,
    )


def token_of(change: NumberChange) -> str:
    """What the link holds: it names nobody, and nobody else can make one."""
    return _SIGNER.sign(str(change.pk))


def find(token: str) -> NumberChange | None:
    """The change of a link, as long as it means something: for the week in which it can hold up an erasure."""
    try:
        pk = int(_SIGNER.unsign(token))
    except (signing.BadSignature, ValueError):
        return None
    now = clock.now()
    links = NumberChange.objects.filter(pk=pk, former_was_proven=True, taken_back_at=None)
    clip(links, now)
    return links.filter(changed_at__gt=now - NOTHING_ERASED_FOR).first()


def clip(changes: QuerySet[NumberChange], now: dt.datetime) -> None:
    """Date what a clock that was ahead has dated: no hold and no link lasts longer than its time from now."""
    changes.filter(changed_at__gt=now).update(changed_at=now)


def can_be_taken_back(change: NumberChange) -> bool:
    """Whether the three days still run."""
    return clock.now() < change.changed_at + TAKEN_BACK_WITHIN


@transaction.atomic
def take_back(change: NumberChange) -> None:
    """Give the account its former number again, whatever it has been moved to since, and sign every phone out.

    An account that began at the former number in between gives way: whoever lost hers signs in first, and may tell all
    anew before she opens the link. What she has told there comes along, and then that account is removed.

    Raises:
        TooLate: after three days, if it was taken back already, or if an older account has the former number by now.
    """
    user = User.objects.select_for_update().get(pk=change.user_id)
    change.refresh_from_db()
    if change.taken_back_at or not change.former_was_proven or not can_be_taken_back(change):
        raise TooLate(_("This can no longer be taken back. Please ask your health team."))
    now = clock.now()
    later = NumberChange.objects.filter(user=user, pk__gte=change.pk, taken_back_at=None)
    gained = set(later.values_list("new_number", flat=True)) - {change.former_number}
    began_since = User.objects.select_for_update().filter(
        username=change.former_number, date_joined__gte=change.changed_at, is_staff=False, is_superuser=False
    )
    other = began_since.exclude(pk=user.pk).first()
    if other is not None:
        moved_records.move_all(other, user)
        other.delete()
    try:
        with transaction.atomic():
            User.objects.filter(pk=user.pk).update(username=change.former_number)
    except IntegrityError:
        raise TooLate(_("This number is in use again. Please ask your health team.")) from None
    later.update(taken_back_at=now)
    PhoneNumberChangeRequest.objects.filter(user=user).delete()
    PushTarget.objects.filter(user=user, external_id__in=gained).delete()
    user.username = change.former_number
    add_push_targets(user, [change.former_number])
    sessions.end_all(user)


def confirm(change: NumberChange) -> None:
    """The former number's holder says that it was she, and that her data may be erased."""
    proven = NumberChange.objects.filter(pk=change.pk, former_was_proven=True, confirmed_at=None)
    proven.update(confirmed_at=clock.now())


def refuse_while_held(user: User) -> None:
    """What everything asks that deletes something of hers at the wish of whoever holds her phone.

    Raises:
        ErasureHeld: if her number has just changed: whoever holds her phone may not be she.
    """
    now = clock.now()
    clip(NumberChange.objects.filter(user=user), now)
    if unconfirmed(now).filter(user=user).exists():
        raise ErasureHeld(
            _("Your number changed less than 7 days ago. Open the link that we sent to the old number, or wait.")
        )


def unconfirmed(now: dt.datetime) -> QuerySet[NumberChange]:
    """Changes that hold up an erasure: those whose former number has a link to say that it was she."""
    return NumberChange.objects.filter(
        changed_at__gt=now - NOTHING_ERASED_FOR, former_was_proven=True, taken_back_at=None, confirmed_at=None
    )


def delete_old(now: dt.datetime) -> int:
    """Delete changes whose link means nothing any more: a former number is somebody else's before long.

    That a number which somebody has now was never proven is kept for as long as it is so, without the former one.
    """
    clip(NumberChange.objects.all(), now)
    old = NumberChange.objects.filter(changed_at__lt=now - NOTHING_ERASED_FOR)
    unproven = old.filter(new_is_proven=False, new_number=F("user__username"), taken_back_at=None)
    kept = list(unproven.values_list("pk", flat=True))
    NumberChange.objects.filter(pk__in=kept).exclude(former_number="").update(former_number="")
    return old.exclude(pk__in=kept).delete()[0]
