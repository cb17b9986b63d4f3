"""Of a message that is done, what was asked; of somebody who is erased, nothing that staff typed to find her."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q

from hera.campaigns import services
from hera.events.models import InstantNotification, NotificationTemplate
from hera.people.naming import NAMING, that_name

if TYPE_CHECKING:
    from django.contrib.auth.models import User

State = InstantNotification.State


@transaction.atomic
def forget(user: User) -> None:
    """Take her number out of all messages, and her name and number out of the filters of those not sent yet.

    A filter is never made wider, since the message would go to people whom nobody chose: a draft that names her is
    deleted; what is on its way is stopped, and keeps the fields that were asked only.
    """
    _forget_letters(user)
    with_number = Q(phone_numbers__contains=[user.username])
    waits = Q(state__in=[State.DRAFT, State.APPROVAL, State.SCHEDULED, State.SENDING])
    naming_somebody = waits & Q(criteria__has_any_keys=NAMING)
    _lock(with_number | naming_somebody)
    changed = list(InstantNotification.objects.filter(with_number).select_for_update())
    for message in changed:
        message.phone_numbers = [number for number in message.phone_numbers if number != user.username]
    InstantNotification.objects.bulk_update(changed, ["phone_numbers"])

    typed = list(InstantNotification.objects.filter(naming_somebody).order_by("pk").select_for_update())
    naming = that_name(user, typed)
    services.throw_away(one for one in naming if one.state == State.DRAFT)
    for message in naming:
        if message.state != State.DRAFT:
            with contextlib.suppress(services.WrongState):  # stopped with another run of it
                services.stop(message)


def _lock(which: Q) -> None:
    """Lock these and, before each, the first of its runs: as whoever sends them does, so that no two wait for each
    other."""
    first = InstantNotification.objects.filter(which).values("run_of")
    rows = InstantNotification.objects.filter(which | Q(pk__in=first))
    list(rows.order_by("pk").select_for_update().values_list("pk"))


def _forget_letters(user: User) -> None:
    """Delete the texts that were written to her alone: they may name her."""
    to_her = Q(events__user=user) | Q(phone_numbers=[user.username])
    letters = InstantNotification.objects.filter(
        to_her, criteria__isnull=True, phone_numbers__len=1, notification_type__is_of_message=True
    )
    NotificationTemplate.objects.filter(notification_type__in=letters.values("notification_type")).delete()
