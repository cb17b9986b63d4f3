"""What became of a message: whom it reached, whom not, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.utils.translation import gettext as _

from hera.delivery import reasons
from hera.delivery.models import State as DeliveryState

if TYPE_CHECKING:
    from hera.events.models import InstantNotification

PAGE = 50
READ, ARRIVED, WAITING, GONE = "read", "arrived", "waiting", "gone"
REACHED = (READ, ARRIVED)
_ON_THE_WAY = (*REACHED, WAITING)


@dataclass(frozen=True)
class Line:
    """How many people a message came to this end with."""

    outcome: str
    people: int

    @property
    def label(self) -> str:
        return label_of(self.outcome)

    @property
    def is_reached(self) -> bool:
        return self.outcome in REACHED


@dataclass(frozen=True)
class Missed:
    """Somebody whom it did not reach, and what her last try ended with."""

    event_id: int
    user_id: int
    number: str
    name: str
    outcome: str
    reason: str

    @property
    def label(self) -> str:
        return label_of(self.outcome)

    @property
    def why(self) -> str:
        return reasons.said(self.reason)


def label_of(outcome: str) -> str:
    """An end in words."""
    own = {
        READ: _("read in the app"),
        ARRIVED: _("arrived, or taken by the provider"),
        WAITING: _("on its way"),
        GONE: _("no longer kept"),
    }
    return own.get(outcome) or _(str(DeliveryState(outcome).label))  # gathered with the labels of its table


def lines(message: InstantNotification) -> list[Line]:
    """How many people each end has, those who were reached first; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(f"{_ENDS} SELECT outcome, count(*) FROM ended GROUP BY outcome", {"message": message.pk})  # noqa: S608
        found = [Line(outcome, people) for outcome, people in cursor.fetchall()]
    order = [*_ON_THE_WAY, *DeliveryState.values, GONE]
    return sorted(found, key=lambda line: order.index(line.outcome))


def missed(message: InstantNotification, after: int = 0) -> list[Missed]:
    """A page of those whom it did not reach, in the order of their events; one more than fit, if there are more.

    Args:
        after: the event after which the page begins.
    """
    asked: dict[str, Any] = {"message": message.pk, "after": after, "most": PAGE + 1, "others": list(_ON_THE_WAY)}
    with connection.cursor() as cursor:
        cursor.execute(_ENDS + _MISSED, asked)
        return [Missed(*row) for row in cursor.fetchall()]


# Of each person the best that one of its tries came to; else what the last one ended with.
_ENDS = """
    WITH ended AS (
        SELECT event.id, event.user_id, tries.reason,
            CASE
                WHEN event.read_at IS NOT NULL THEN 'read'
                WHEN tries.arrived THEN 'arrived'
                WHEN tries.waiting THEN 'waiting'
                ELSE coalesce(tries.state, 'gone')
            END AS outcome
        FROM events_notificationevent event
        CROSS JOIN LATERAL (
            SELECT bool_or(state IN ('sent', 'delivered')) AS arrived,
                bool_or(state IN ('queued', 'claimed', 'retrying')) AS waiting,
                (array_agg(state ORDER BY id DESC))[1] AS state,
                (array_agg(reason ORDER BY id DESC))[1] AS reason
            FROM delivery_message WHERE event_id = event.id
        ) tries
        WHERE event.instant_notification_id = %(message)s
    )
"""
_MISSED = """
    SELECT ended.id, ended.user_id, person.username, coalesce(profile.name, ''), outcome, coalesce(reason, '')
    FROM ended JOIN auth_user person ON person.id = ended.user_id
    LEFT JOIN user_profile_userprofile profile ON profile.user_id = ended.user_id
    WHERE ended.id > %(after)s AND outcome <> ALL(%(others)s)
    ORDER BY ended.id LIMIT %(most)s
"""
