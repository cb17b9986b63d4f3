"""Messages that wait for a second person: for the panel's first page, where who wrote them and who may approve look."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from hera.campaigns import services
from hera.core import clock
from hera.events.models import InstantNotification

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST = 20  # named on the page; the list has them all


class Waiting(NamedTuple):
    """The numbers of messages: of one's own those whose time is over, and those that one may approve."""

    own_overdue: Sequence[int]
    to_approve: Sequence[int]


def for_account(account: int) -> Waiting:
    """What waits, as this account of staff is told of it; one statement."""
    rows = InstantNotification.objects.filter(state=InstantNotification.State.APPROVAL)
    found = list(rows.only("created_by_id", "writers", "send_at").order_by("pk"))
    of_others = [one.pk for one in found if services.may_approve(one, account)]
    now = clock.now()
    own = [one.pk for one in found if one.pk not in of_others and one.send_at is not None and one.send_at <= now]
    return Waiting(own[:MOST], of_others[:MOST])
