"""When a schedule is due: pure functions of a schedule, a time zone and an instant."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hera.core import timezones

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Schedule:
    """Tell about events of one type, some days before (negative) or after them, at a local time of day."""

    id: int
    event_type: str
    offset_days: int
    time_of_day: dt.time
    time_to_live: dt.timedelta
    # The schedules that say the same thing on the same day, itself included: to a person they are one.
    same: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if not self.same:
            object.__setattr__(self, "same", (self.id,))

    def opens_at(self, event_date: dt.date, zone: ZoneInfo) -> dt.datetime:
        """The instant from which an event of this date is due where the clocks show `zone`."""
        return timezones.instant(zone, event_date + dt.timedelta(days=self.offset_days), self.time_of_day)


@dataclass(frozen=True, slots=True)
class DateRange:
    """Dates from `first` to `last`, both included."""

    first: dt.date
    last: dt.date


EVERY_DATE = DateRange(dt.date.min + 20000 * _DAY, dt.date.max - 20000 * _DAY)


def due_event_dates(
    schedule: Schedule, zone: ZoneInfo, now: dt.datetime, since: dt.datetime | None = None
) -> DateRange | None:
    """The dates of the events that `schedule` is due for at `now`, both ends of its window inclusive.

    A window that opened at most `time_to_live` ago is the whole condition. None if nothing is open.

    Args:
        since: when it was last asked: windows that were open then, or have been since, are taken as open.
    """
    return event_dates_opening(schedule, zone, min(now, since or now) - schedule.time_to_live, now)


def event_dates_opening(schedule: Schedule, zone: ZoneInfo, first: dt.datetime, last: dt.datetime) -> DateRange | None:
    """The dates of the events whose window opens from `first` to `last`, both included; None if none does.

    Openings come in the order of their dates, so these are a range of dates.
    """

    def opens(day: dt.date) -> dt.datetime:
        return timezones.instant(zone, day, schedule.time_of_day)

    # No zone is further than 26 hours from its neighbours' reading of today, even where a day is left out.
    last_day = last.astimezone(zone).date() + 2 * _DAY
    while opens(last_day) > last:
        last_day -= _DAY
    first_day = first.astimezone(zone).date() - 2 * _DAY
    while opens(first_day) < first:
        first_day += _DAY
    if first_day > last_day:
        return None
    offset = dt.timedelta(days=schedule.offset_days)
    return DateRange(first_day - offset, last_day - offset)
