"""Who would get something by a schedule, and when: asked of the due engine, so that there is no second rule."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from hera.core import clock
from hera.scheduling.engine import opening
from hera.texts.written_dates import day, isolated

if TYPE_CHECKING:
    from django.db.models import Model

    from hera.scheduling.models import CalendarSchedule
    from hera.scheduling.windows import Schedule

LOOKED_AHEAD = dt.timedelta(days=7)


@dataclass(frozen=True)
class Ahead:
    """Whom a schedule would be about within `LOOKED_AHEAD`: people, and visits by the day on which each is due."""

    people: int
    days: dict[dt.date, int]

    @property
    def visits(self) -> int:
        return sum(self.days.values())

    def __str__(self) -> str:
        """Such as: 12 (26 November 2026: 5; 27 November 2026: 7)."""
        days = "; ".join(f"{isolated(day(on))}: {count}" for on, count in sorted(self.days.items()))
        return f"{self.visits} ({days})" if days else "0"


def ahead(schedule: Schedule, announced: type[Model]) -> Ahead:
    """Whom it would be about, and when, as the due engine finds it now; whether it is switched on or not."""
    now = clock.now()
    wanted = dataclasses.replace(schedule, same=(schedule.id,))
    people: set[int] = set()
    days: Counter[dt.date] = Counter()
    for event in opening([wanted], now, now + LOOKED_AHEAD, announced):
        people.add(event.user_id)
        days[event.opens_at.astimezone(ZoneInfo(event.zone_key)).date()] += 1
    return Ahead(len(people), dict(days))


def ahead_of(schedule: CalendarSchedule, announced: type[Model]) -> Ahead:
    """The same of a schedule that is kept."""
    return ahead(schedule.as_schedule(), announced)
