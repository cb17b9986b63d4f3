"""Being forgotten."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from hera.campaigns import forgetting
from hera.campaigns.models import StaffPhone
from hera.child_health.models import Child, ChildEnd, ChildPause, DoseGiven, Pregnancy, PregnancyOutcome
from hera.core import clock, code_limits, one_time_codes, phone_numbers
from hera.core.limits import Limit, spend
from hera.core.ports import outbox
from hera.exports import services as exports
from hera.otp_auth.models import SmsOtpChallenge
from hera.privacy.models import ErasureCount, ErasureRequest, ProviderErasure
from hera.user_profile.models import UserProfile
from hera.user_profile.number_changes import refuse_while_held

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import Model

GUESSES_A_MINUTE = Limit("erasure-guesses", 10, dt.timedelta(minutes=1))


class WrongCode(ValueError):  # noqa: N818
    """The code is wrong, old or used up; the message is for the person who typed it."""


def send_erasure_code(user: User) -> None:
    """Send the code without which nothing is erased: a phone left lying around does not do.

    Raises:
        ErasureHeld: if her number has just changed: whoever holds her phone may not be she.
        LimitReached: if she has asked too often.
    """
    refuse_while_held(user)
    code_limits.spend(phone_numbers.of_account(user.username), "her phone")
    fresh = one_time_codes.fresh(user.username)
    with transaction.atomic():
        ErasureRequest.objects.update_or_create(user=user, defaults=fresh.kept())
        outbox().enqueue_code(
            purpose="erasure",
            to=user.username,
            text=_("%(code)s deletes all your data in HERA. Tell it to nobody.") % {"code": fresh.code},
            expires_at=fresh.expires_at,
        )


def erase_with_code(user: User, code: str) -> None:
    """Erase a person who has repeated her code.

    Raises:
        LimitReached: after too many guesses in a minute.
        ErasureHeld, WrongCode: and nothing is erased.
    """
    refuse_while_held(user)
    spend(GUESSES_A_MINUTE, str(user.pk))
    with transaction.atomic():
        request = ErasureRequest.objects.select_for_update().filter(user=user).first()
        is_right = request is not None and one_time_codes.take_guess(request, code, user.username)
        if is_right:
            erase(user)
    if not is_right:
        raise WrongCode(_("The code is incorrect or has expired."))


@transaction.atomic
def erase(user: User) -> None:
    """Forget a person, at once: all rows that hang on her account, and what names her elsewhere.

    What remains: that somebody was erased on this day, and the audit trail, which names staff and ids only.
    Backups forget her by their age (docs/privacy.md).
    """
    now = clock.now()
    names = list(user.push_targets.values_list("external_id", flat=True))
    ProviderErasure.objects.bulk_create(
        [ProviderErasure(external_id=name, asked_at=now) for name in {*names, user.username}], ignore_conflicts=True
    )
    _forget_in_the_panel(user)
    SmsOtpChallenge.objects.filter(phone_number=user.username).delete()
    forgetting.forget(user)
    StaffPhone.objects.filter(number=user.username).delete()
    exports.forget(user)
    # A table that staff have looked at and not confirmed may have her in it, written in whatever way.
    apps.get_model("custom_user", "ImportUpload").objects.all().delete()
    user.delete()
    day, _made = ErasureCount.objects.get_or_create(day=now.date())
    ErasureCount.objects.filter(pk=day.pk).update(people=F("people") + 1)


def _forget_in_the_panel(user: User) -> None:
    """Django's admin keeps the names of what staff changed."""
    children, pregnancies = Child.objects.filter(user=user), Pregnancy.objects.filter(user=user)
    ids: dict[type[Model], Iterable[int]] = {
        UserProfile: [user.pk],
        User: [user.pk],
        Child: children.values_list("pk", flat=True),
        ChildEnd: ChildEnd.objects.filter(child__in=children).values_list("pk", flat=True),
        ChildPause: ChildPause.objects.filter(child__in=children).values_list("pk", flat=True),
        DoseGiven: DoseGiven.objects.filter(child__in=children).values_list("pk", flat=True),
        Pregnancy: pregnancies.values_list("pk", flat=True),
        PregnancyOutcome: PregnancyOutcome.objects.filter(pregnancy__in=pregnancies).values_list("pk", flat=True),
    }
    for model, keys in ids.items():
        kind = ContentType.objects.get_for_model(model)
        LogEntry.objects.filter(content_type=kind, object_id__in=map(str, keys)).delete()
