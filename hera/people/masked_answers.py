"""What a mother answers of a visit, which who sees people masked is told with the next month.

She answers within days of the visit: who looks every day would see on which, and by the weeks of the calendar a birth
date.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Q

from hera.child_health.doses import ON_PLANNED_DAYS
from hera.child_health.models import PastVaccinationChange
from hera.core import clock, timezones

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from hera.people.masking import Mask


def month_began(mask: Mask) -> dt.datetime:
    """When the month began of which who sees people masked is told nothing that follows from the calendar."""
    zone = timezones.default()
    return dt.datetime.combine(mask.as_of(clock.today_in(zone)), dt.time(), zone)


def untold_doses(mask: Mask) -> Q:
    """Which records of doses are not told of yet; none where nothing is masked."""
    return Q(source__in=ON_PLANNED_DAYS, entered_at__gte=month_began(mask)) if mask.is_on else Q(pk__in=[])


def untold_ticks(mask: Mask) -> Exists | Q:
    """Which ticks of vaccines are not told of yet; none where nothing is masked."""
    return Exists(_answered().filter(changed_at__gte=month_began(mask))) if mask.is_on else Q(pk__in=[])


def ticked_by_an_answer() -> Exists:
    """Which ticks of vaccines follow an answer, of this month or of an earlier one."""
    return Exists(_answered())


def _answered() -> QuerySet[PastVaccinationChange]:
    return PastVaccinationChange.objects.filter(
        child=OuterRef("child"), vaccine=OuterRef("vaccine"), source=PastVaccinationChange.Source.SURVEY
    )
