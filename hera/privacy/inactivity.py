"""Accounts that nobody uses and that HERA can do nothing more for: told of it, and deleted a month later.

An account is inactive when nobody has used it for as long as the setting says and nothing is ahead on its calendar:
a mother who never opens the app still gets her reminders. Who opens the app after the warning keeps everything.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Exists, Max, OuterRef, Q
from django.utils import translation
from django.utils.translation import gettext as _

from hera.api.models import PhoneSession
from hera.child_health import pregnancy_dates
from hera.child_health.models import Child, Pregnancy, VaccineDose
from hera.core import clock, languages, phone_numbers
from hera.core.ports import outbox
from hera.delivery.models import Message, State
from hera.events.models import NotificationEvent
from hera.privacy import services
from hera.privacy.models import InactivityWarning
from hera.texts import written_dates
from hera.user_profile.models import ChannelOptOut, SignIn
from hera.user_profile.number_changes import unconfirmed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import QuerySet

WARNED_FOR = dt.timedelta(days=30)
PURPOSE = "inactivity"
AT_ONCE = 500  # a day: after an upgrade they are many, and each is a text message
_TOLD_WITHIN = dt.timedelta(days=2)


def inactive(now: dt.datetime) -> QuerySet[User]:
    """People whose account is inactive. Nobody, where the setting is 0."""
    days = settings.HERA.inactive_days
    if not days:
        return User.objects.none()
    since = now - dt.timedelta(days=days)
    used = (
        Q(Exists(PhoneSession.objects.filter(user=OuterRef("pk"), last_used_at__gte=since)))
        | Q(Exists(SignIn.objects.filter(user=OuterRef("pk"), signed_in_at__gte=since)))
        | Q(Exists(unconfirmed(now).filter(user=OuterRef("pk"))))
        | Q(Exists(NotificationEvent.objects.filter(user=OuterRef("pk"), read_at__gte=since)))
    )
    old = User.objects.filter(is_staff=False, is_superuser=False, set_aside=None, date_joined__lt=since)
    old = old.filter(Q(last_login=None) | Q(last_login__lt=since))
    return old.exclude(used).exclude(_has_something_ahead(now.date()))


def left_aside(now: dt.datetime) -> QuerySet[User]:
    """Accounts that were set aside from their number as long ago as others go unused; their owners cannot be told."""
    days = settings.HERA.inactive_days
    if not days:
        return User.objects.none()
    return User.objects.filter(set_aside__set_aside_at__lt=now - dt.timedelta(days=days))


def _has_something_ahead(today: dt.date) -> Q:
    earliest = today - pregnancy_dates.RUNS_ON  # until then she is asked whether her child is born
    pregnant = Pregnancy.objects.filter(user=OuterRef("pk"), ended_at=None, estimated_delivery_date__gte=earliest)
    last_week = VaccineDose.objects.filter(is_active=True, vaccine__is_active=True).aggregate(last=Max("week_age"))[
        "last"
    ]
    if last_week is None:
        return Q(Exists(pregnant))
    born_after = today - dt.timedelta(weeks=last_week)
    young = Child.objects.filter(user=OuterRef("pk"), ended_at=None, date_of_birth__gte=born_after)
    return Q(Exists(pregnant)) | Q(Exists(young))


def look() -> dict[str, int]:
    """Delete whom the warning did not bring back, forget the warnings of others, and warn; returns how many of each.

    Whoever takes no text messages, or has no phone, cannot be warned, and keeps her account. A warning that never left
    counts for nothing: she is warned anew. One that her number did not take counts: nobody has this number, or somebody
    else.
    """
    now = clock.now()
    lapsed = InactivityWarning.objects.filter(warned_at__lt=now - WARNED_FOR)
    left = Message.objects.filter(state__in=[State.SENT, State.DELIVERED, State.FAILED])
    unsent, _tables = lapsed.exclude(message__in=left.values("pk")).delete()
    gone = list(inactive(now).filter(pk__in=lapsed.values("user"))[:AT_ONCE])
    gone += left_aside(now)[: AT_ONCE - len(gone)]
    for user in gone:  # each a transaction of its own: what one needs is a dozen statements
        services.erase(user)
    still = inactive(now).filter(inactivity_warning__isnull=False)
    back, _tables = InactivityWarning.objects.exclude(user__in=still.values("pk")).delete()
    no_texts = ChannelOptOut.objects.filter(user=OuterRef("pk"), channel="sms")
    found = inactive(now).filter(inactivity_warning=None).exclude(Exists(no_texts))
    found = found.exclude(username__startswith=phone_numbers.NO_NUMBER)
    told = list(found.select_related("profile").order_by("pk")[:AT_ONCE])
    _warn(told, now)
    return {"erased": len(gone), "unsent": unsent, "back": back, "warned": len(told)}


@transaction.atomic
def _warn(users: Sequence[User], now: dt.datetime) -> None:
    until = (now + WARNED_FOR).date()
    texts = {user.username: _text(languages.of(user), until) for user in users}
    ids = outbox().enqueue_texts(purpose=PURPOSE, texts=texts, expires_at=now + _TOLD_WITHIN)
    InactivityWarning.objects.bulk_create(
        InactivityWarning(user=user, warned_at=now, message=ids[user.username]) for user in users
    )


def _text(language: str, until: dt.date) -> str:
    with translation.override(language):
        told = _("Nobody has used your HERA account for a long time. Open HERA before %(date)s to keep it.")
        return told % {"date": written_dates.day(until)}
