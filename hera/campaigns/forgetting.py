"""Of a message that is done, what was asked; of somebody who is erased, nothing that staff typed to find her."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Case, Q, Value, When

from hera.campaigns import services
from hera.events.models import InstantNotification
from hera.people.filter import PeopleFilter

if TYPE_CHECKING:
    from collections.abc import Iterable

State = InstantNotification.State
NAMING = ("number", "name")  # the fields of the filter into which staff type who somebody is
FEWEST_DIGITS = 7  # what is shorter begins or ends the numbers of many


@transaction.atomic
def forget(user: User) -> None:
    """Take her number out of all messages, and her name and number out of the filters of those not sent yet.

    A filter is never made wider, since the message would go to people whom nobody chose: a draft that names her is
    deleted; what is on its way is stopped, and keeps the fields that were asked only.
    """
    by_number = InstantNotification.objects.filter(phone_numbers__contains=[user.username]).select_for_update()
    changed = list(by_number)
    for message in changed:
        message.phone_numbers = [number for number in message.phone_numbers if number != user.username]
    InstantNotification.objects.bulk_update(changed, ["phone_numbers"])

    waiting = InstantNotification.objects.filter(state__in=[State.DRAFT, State.SCHEDULED, State.SENDING])
    typed = list(waiting.filter(criteria__has_any_keys=NAMING).order_by("pk").select_for_update())
    naming = _that_name_her(user, typed)
    InstantNotification.objects.filter(pk__in=[one.pk for one in naming if one.state == State.DRAFT]).delete()
    for message in naming:
        if message.state != State.DRAFT:
            services.stop(message)


def _that_name_her(user: User, messages: Iterable[InstantNotification]) -> list[InstantNotification]:
    """Those of which a name or a number finds her by itself; all asked at once, by the filter's own conditions."""
    texts = {
        (field, str(message.criteria[field]))
        for message in messages
        for field in NAMING
        if message.criteria and message.criteria.get(field)
    }
    conditions: dict[tuple[str, str], Q] = {}
    for field, text in texts:
        form = PeopleFilter({field: text})
        if (field != "number" or sum(map(str.isdigit, text)) >= FEWEST_DIGITS) and form.is_valid():
            conditions[field, text] = form.condition()
    if not conditions:
        return []
    found: dict[str, Any] = {
        f"text_{number}": Case(When(condition, then=Value(True)), default=Value(False))
        for number, condition in enumerate(conditions.values())
    }
    finds_her = User.objects.filter(pk=user.pk).values_list(*found.values())[0]
    hers = {key for key, finds in zip(conditions, finds_her, strict=True) if finds}
    return [one for one in messages if any((field, str((one.criteria or {}).get(field))) in hers for field in NAMING)]
