"""Vaccines of the country's programme: what switching one on or off does to calendars."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Max, Q

from hera.child_health.models import Child, Vaccine, VaccineDose
from hera.core import clock
from hera.user_profile.models import Gender

if TYPE_CHECKING:
    from django.db.models import QuerySet


@dataclass(frozen=True)
class Effect:
    """Children on whose calendars a vaccine is, or would be; of these, those who have a dose of it ahead."""

    children: int
    ahead: int


def effect_of(vaccine: Vaccine) -> Effect:
    """How many calendars change when this vaccine is switched on or off."""
    last_week = VaccineDose.objects.filter(vaccine=vaccine).aggregate(last=Max("week_age"))["last"]
    if last_week is None:
        return Effect(0, 0)
    today = clock.today_in(ZoneInfo(settings.HERA.default_timezone))
    children = _given_to(vaccine)
    ahead = children.filter(date_of_birth__gte=today - dt.timedelta(weeks=last_week))
    return Effect(children.count(), ahead.exclude(pastvaccination__vaccine=vaccine).count())


def set_active(vaccine: Vaccine, *, is_active: bool) -> None:
    """Switch a vaccine on or off. Calendars are worked out when they are asked for, so this is all."""
    vaccine.is_active = is_active
    vaccine.save(update_fields=["is_active", "updated_at"])


def _given_to(vaccine: Vaccine) -> QuerySet[Child]:
    boys, girls = Q(gender=Gender.MALE), ~Q(gender=Gender.MALE)
    genders = Q(pk__in=[])
    if vaccine.applicable_for_male:
        genders |= boys
    if vaccine.applicable_for_female:
        genders |= girls
    return Child.objects.filter(genders)
