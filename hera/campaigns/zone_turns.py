"""Whose turn it is: of a message that goes out at one time of day wherever its readers live, one zone after another.

A turn is a walk of its own through whom the message is for. The last one asks for no zone: who has moved to one that
had its turn gets the message then. Nobody gets it twice, since her event is unique.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.contrib.auth.models import User

from hera.core import timezones
from hera.scheduling.engine import zones_of_people

if TYPE_CHECKING:
    from hera.events.models import InstantNotification

# The clocks of no two places on earth are further apart.
FURTHEST = dt.timedelta(hours=26)
_DONE, _OPEN = "done", "open"


@dataclass(frozen=True)
class Turn:
    """The zones whose people are reached by this walk; None: all who are left."""

    zones: list[str] | None

    @property
    def is_last(self) -> bool:
        return self.zones is None

    def of(self, user_ids: list[int]) -> list[int]:
        """Those of these people whose turn it is."""
        if self.zones is None:
            return user_ids
        rows = User.objects.filter(pk__in=user_ids).order_by("pk").values_list("pk", "profile__timezone", "username")
        return [pk for pk, zone, number in rows if timezones.effective(zone or "", number).key in self.zones]


def turn_of(message: InstantNotification, now: dt.datetime) -> Turn | None:
    """The walk that this message is at, or begins; None where it is nobody's turn yet."""
    if not message.at_local_time:
        return Turn(None)
    turns = message.local_turns or {_DONE: []}
    if _OPEN not in turns:
        local = (message.send_at or now).astimezone(timezones.default())
        left = {zone.key: zone for zone in zones_of_people().values() if zone.key not in turns[_DONE]}
        opened = sorted(key for key, zone in left.items() if timezones.instant(zone, local.date(), local.time()) <= now)
        if not opened and left:
            return None
        turns[_OPEN] = None if len(opened) == len(left) else opened
        message.local_turns = turns
    return Turn(turns[_OPEN])


def end_turn(message: InstantNotification, turn: Turn) -> None:
    """Note that this walk has come to its end: the next one begins with the first person again."""
    done = (message.local_turns or {_DONE: []})[_DONE]
    message.local_turns = {_DONE: [*done, *(turn.zones or [])]}
    message.reached_user_id = 0
