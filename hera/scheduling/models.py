"""What the schedules of notifications and of surveys have in common."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable
from typing import ClassVar

from django.db import models

from hera.scheduling.sentences import sentence
from hera.scheduling.windows import Schedule

CALENDAR_EVENT_TYPES = [
    ("vaccination", "Vaccination"),
    ("prenatal_checkup", "Antenatal visit"),
    ("expected_birth", "Expected birth"),
    ("postnatal_checkup", "Visit after birth"),
]


class CalendarSchedule(models.Model):
    """When something is due about calendar events of one type. The tables of both kinds are the legacy ones."""

    # They have other names in each table.
    time_to_live_field: ClassVar[str]
    content_field: ClassVar[str]

    calendar_event_type = models.CharField(max_length=50, choices=CALENDAR_EVENT_TYPES)
    offset_days = models.SmallIntegerField(help_text="Days after the event; negative: before it.")
    time_of_day = models.TimeField(help_text="In the mother's time zone.")
    is_active = models.BooleanField(default=True, db_default=True, help_text="Off: nothing new is made by it.")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return sentence(self.as_schedule())

    def as_schedule(self, same: tuple[int, ...] = ()) -> Schedule:
        """The same, as the due engine reads it."""
        time_to_live = getattr(self, self.time_to_live_field)
        return Schedule(self.pk, self.calendar_event_type, self.offset_days, self.time_of_day, time_to_live, same)


def as_schedules(found: Iterable[CalendarSchedule], wanted: Container[int]) -> list[Schedule]:
    """Those of these schedules whose ids are wanted, as the due engine reads them.

    Args:
        found: all that there are, those that are off too: what they have announced is announced.
    """
    alike: defaultdict[tuple[object, ...], list[int]] = defaultdict(list)
    schedules = list(found)

    def says(schedule: CalendarSchedule) -> tuple[object, ...]:
        return getattr(schedule, schedule.content_field), schedule.calendar_event_type, schedule.offset_days

    for schedule in schedules:
        alike[says(schedule)].append(schedule.pk)
    return [schedule.as_schedule(tuple(alike[says(schedule)])) for schedule in schedules if schedule.pk in wanted]
