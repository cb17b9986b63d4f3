"""Reads of pregnancies, children, vaccines and the calendar."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db.models import BooleanField, ExpressionWrapper, Prefetch, Q, QuerySet

from hera.child_health import calendar
from hera.child_health.models import Child, PastVaccination, Pregnancy, Vaccine, VaccineDose

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def doses_of_active_vaccines() -> list[calendar.Dose]:
    """All doses that can be on a calendar, in one query."""
    doses = VaccineDose.objects.filter(vaccine__is_active=True).select_related("vaccine").order_by("id")
    return [
        calendar.Dose(
            id=dose.id,
            week_age=dose.week_age,
            vaccine_id=dose.vaccine_id,
            vaccine_name=dose.vaccine.display_name,
            for_male=dose.vaccine.applicable_for_male,
            for_female=dose.vaccine.applicable_for_female,
        )
        for dose in doses
    ]


def active_vaccines() -> QuerySet[Vaccine]:
    return Vaccine.objects.filter(is_active=True).order_by("id")


def children_of(user: User) -> QuerySet[Child]:
    """A person's children with the ticks that clients may see: of active vaccines, by id."""
    ticks = PastVaccination.objects.filter(vaccine__is_active=True).order_by("vaccine_id")
    return (
        Child.objects.filter(user=user)
        .order_by("id")
        .prefetch_related(Prefetch("pastvaccination_set", queryset=ticks, to_attr="visible_ticks"))
    )


def pregnancies_of(user: User, today: dt.date) -> QuerySet[Pregnancy]:
    """A person's pregnancies: the active one first (clients look at nothing else), then the newest."""
    is_running = ExpressionWrapper(Q(estimated_delivery_date__gte=today), output_field=BooleanField())
    return (
        Pregnancy.objects.filter(user=user)
        .annotate(is_running=is_running)
        .order_by("-is_running", "-created_at", "-id")
    )


def active_pregnancy_of(user: User, today: dt.date) -> Pregnancy | None:
    """The newest pregnancy whose estimated delivery date is today or later."""
    return pregnancies_of(user, today).filter(estimated_delivery_date__gte=today).first()


def calendar_of(user: User) -> list[calendar.CalendarEvent]:
    """All vaccinations and antenatal visits of one person, in date order; three queries."""
    doses = doses_of_active_vaccines()
    groups = {gender: calendar.dose_groups(doses, gender) for gender in ("MALE", "FEMALE")}
    events: list[calendar.CalendarEvent] = [
        calendar.vaccination(child.id, child.name, child.date_of_birth, group)
        for child in Child.objects.filter(user=user)
        for group in groups["MALE" if child.gender == "MALE" else "FEMALE"]
    ]
    for pregnancy in Pregnancy.objects.filter(user=user):
        events += calendar.prenatal_visits(
            pregnancy.id,
            pregnancy.estimated_start_date,
            pregnancy.declaration_day,
            pregnancy.declared_number_of_prenatal_visits,
        )
    return calendar.merged(events)
