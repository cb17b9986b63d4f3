"""A test of a notification, sent to whoever wrote it, and to nobody else: to a phone that she has shown to be hers."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from hera.campaigns.models import StaffPhone
from hera.core import clock, code_limits, one_time_codes, phone_numbers
from hera.core.limits import Limit, spend
from hera.core.ports import outbox
from hera.events.models import NotificationEvent

if TYPE_CHECKING:
    from hera.events.models import NotificationType

CODES_A_DAY = Limit("staff-phone-codes", 5, dt.timedelta(days=1))
GUESSES_A_MINUTE = Limit("staff-phone-guesses", 10, dt.timedelta(minutes=1))
TESTS_A_MINUTE = Limit("staff-tests", 5, dt.timedelta(minutes=1))
TEST_WINDOW = dt.timedelta(hours=1)
_SUBJECT = "staff:{number}"


class Refused(ValueError):  # noqa: N818
    """The message is for the member of staff."""


def phone_of(staff: User) -> StaffPhone | None:
    """The phone that she has named as hers, shown to be so or not; None if she has named none."""
    return StaffPhone.objects.filter(user=staff).first()


def ask_code(staff: User, typed: str) -> None:
    """Send a code to the number that she says is hers.

    Raises:
        InvalidPhoneNumber: if it is none, or of a country that is not served.
        LimitReached: if she has asked too often today.
    """
    parsed = phone_numbers.parse_allowed(typed)
    spend(CODES_A_DAY, str(staff.pk))
    code_limits.spend(parsed)
    number = parsed.e164
    fresh = one_time_codes.fresh(_SUBJECT.format(number=number))
    with transaction.atomic():
        StaffPhone.objects.update_or_create(user=staff, defaults={"number": number, "proved_at": None, **fresh.kept()})
        text = _("%(code)s shows the HERA panel that this phone is yours.") % {"code": fresh.code}
        outbox().enqueue_code(purpose="staff_phone", to=number, text=text, expires_at=fresh.expires_at)


def prove(staff: User, code: str) -> None:
    """Take the code that came to the phone.

    Raises:
        LimitReached: after too many guesses in a minute.
        Refused: if it is wrong or old.
    """
    spend(GUESSES_A_MINUTE, str(staff.pk))
    with transaction.atomic():
        phone = StaffPhone.objects.select_for_update().filter(user=staff, proved_at=None).first()
        subject = _SUBJECT.format(number=phone.number if phone else "")
        is_right = phone is not None and one_time_codes.take_guess(phone, code.strip(), subject)
        if phone and is_right:
            phone.proved_at = clock.now()
            phone.save(update_fields=["proved_at"])
    if not is_right:
        raise Refused(_("The code is incorrect or has expired."))


def send_test(staff: User, kind: NotificationType) -> str:
    """Send this notification, filled in with its example values, to her own app; returns the number.

    Raises:
        LimitReached: after too many tests in a minute.
        Refused: if no app is signed in with her number, or she has not shown it to be hers.
    """
    phone = phone_of(staff)
    if phone is None or phone.proved_at is None:
        raise Refused(_("Show first that the phone is yours."))
    spend(TESTS_A_MINUTE, str(staff.pk))
    person = User.objects.filter(username=phone.number, is_active=True, is_staff=False).first()
    if person is None:
        raise Refused(_("Sign in to the HERA app with %(number)s first.") % {"number": phone.number})
    now = clock.now()
    examples = {"person_name": "Amal"} | {
        variable.name: max(variable.example_values, key=len, default="") for variable in kind.variables.all()
    }
    with transaction.atomic():
        event = NotificationEvent.objects.create(
            user=person,
            notification_type=kind,
            context=examples,
            notification_available_at=now,
            notification_expires_at=now + TEST_WINDOW,
        )
        outbox().enqueue_notifications([event.pk])
    return phone.number
