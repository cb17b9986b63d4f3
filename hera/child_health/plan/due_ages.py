"""What a programme of due ages has told of a child, while it held: a pure function of its facts.

Who was there when the programme changed is taken to have had what she was told of.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from hera.child_health.plan.visits import CATCH_UP_AFTER, CATCH_UP_UNTIL

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Protocol

    from hera.child_health.plan.subject import Subject

    class Planner(Protocol):
        """A pack, as long as it was in use."""

        def told(self, child: Subject, until: dt.date) -> frozenset[int]:
            """The doses of which it, and what held before it, had told before a day."""

        def told_itself(self, child: Subject, until: dt.date) -> frozenset[int]:
            """The doses of the visits that it had planned, while it was in use, before a day."""


class Left(NamedTuple):
    """A pack that was left, and the day of it in the country."""

    pack: Planner
    on: dt.date


@dataclass(frozen=True)
class DueAges:
    """Due ages alone, from the day on which a pack was left, if there was one before.

    Args:
        weeks: the age in weeks at which each dose was due, by its id.
        vaccine_of: of each dose that there was, on calendars or off them, its vaccine.
    """

    weeks: Mapping[int, int]
    left: Left | None = None
    vaccine_of: Mapping[int, int] = field(default_factory=dict)

    def told(self, child: Subject, until: dt.date) -> frozenset[int]:
        """The doses of which it, and what held before it, had told before a day, since the card was seen.

        What was due before the child was known is told of a while later, unless the child is too old for that by then;
        of a row of an older database it is taken to have been told by the earlier HERA. Of what was due in a pause
        nobody was told.
        """
        since = max(child.seen_on, self.left.on if self.left else child.seen_on)
        known = child.born if child.of_older_database else child.registered_on
        since_when = max(known, since)
        late = since_when + CATCH_UP_AFTER < until and since_when - child.born < CATCH_UP_UNTIL
        own = {
            dose
            for dose, due in self._due(child.born)
            if due < until
            and (late or due >= since_when)
            and (due >= child.seen_on)
            and not any(one.since < due < one.until for one in child.silences)
        }
        return frozenset(own | self._told_before(child))

    def _due(self, born: dt.date) -> Iterable[tuple[int, dt.date]]:
        return (
            (dose, born + dt.timedelta(weeks=week))
            for dose, week in self.weeks.items()
            if born <= dt.date.max - dt.timedelta(weeks=week)
        )

    def _told_before(self, child: Subject) -> frozenset[int]:
        if self.left is None or child.registered_on >= self.left.on or child.seen_on >= self.left.on:
            return frozenset()
        return self.left.pack.told(child, self.left.on)
