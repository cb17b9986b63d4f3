"""Reads of pregnancies, children, vaccines and the calendar."""

from __future__ import annotations

import datetime as dt
import functools
import json
from typing import TYPE_CHECKING

from django.db import connection
from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet

from hera.child_health import calendar
from hera.child_health.models import Child, Pregnancy, Vaccine

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.db.models.query import RawQuerySet


def doses_of_active_vaccines(*, before_upgrade: bool = False) -> list[calendar.Dose]:
    """All doses that can be on a calendar, in one query.

    Args:
        before_upgrade: the database is the earlier HERA's, whose doses cannot be switched off.
    """
    doses = _DOSES.replace("AND dose.is_active", "") if before_upgrade else _DOSES
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {doses}")
        return _doses(cursor.fetchone()[0])


def _doses(as_json: str) -> list[calendar.Dose]:
    return [calendar.Dose(*fields) for fields in json.loads(as_json)]


def active_vaccines() -> QuerySet[Vaccine]:
    """The vaccines that parents see, by id."""
    return Vaccine.objects.filter(is_active=True).order_by("id")


def children_of(user: User) -> RawQuerySet[Child]:
    """A person's children, by id, with `ticks`: the ids of active vaccines that are ticked. One query."""
    return Child.objects.raw(f"{_CHILDREN} ORDER BY child.id", [user.pk])


def child_of(user: User, pk: int) -> Child | None:
    """One of a person's children, as `children_of` gives them."""
    return next(iter(Child.objects.raw(f"{_CHILDREN} AND child.id = %s", [user.pk, pk])), None)


def birth_dates_told(user_id: int) -> list[dt.date | None]:
    """Of each child of an account its birth date, and None for each pregnancy: both are worth protecting."""
    born: list[dt.date | None] = list(Child.objects.filter(user=user_id).values_list("date_of_birth", flat=True))
    return born + [None] * Pregnancy.objects.filter(user=user_id).count()


_CHILDREN = """
    SELECT child.id, child.user_id, child.name, child.date_of_birth, child.gender, child.created_at, child.updated_at,
        array(
            SELECT tick.vaccine_id FROM child_health_pastvaccination tick
            JOIN child_health_vaccine vaccine ON vaccine.id = tick.vaccine_id
            WHERE tick.child_id = child.id AND vaccine.is_active ORDER BY tick.vaccine_id
        ) AS ticks
    FROM child_health_child child WHERE child.user_id = %s
"""


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
    """All vaccinations and antenatal visits of one person, in date order; one query."""
    with connection.cursor() as cursor:
        cursor.execute(_CALENDAR, {"user": user.pk})
        doses, children, pregnancies = cursor.fetchone()
    groups = _dose_groups(doses)
    events: list[calendar.CalendarEvent] = [
        calendar.vaccination(child_id, name, dt.date.fromisoformat(born), group)
        for child_id, name, born, gender in json.loads(children)
        for group in groups["MALE" if gender == "MALE" else "FEMALE"]
    ]
    for pregnancy_id, start, declared_on, visits in json.loads(pregnancies):
        events += calendar.prenatal_visits(
            pregnancy_id, dt.date.fromisoformat(start), dt.date.fromisoformat(declared_on), visits
        )
    return calendar.merged(events)


@functools.lru_cache(maxsize=4)
def _dose_groups(doses: str) -> dict[str, list[calendar.DoseGroup]]:
    """The groups of the programme, worked out once for as long as the programme reads the same."""
    programme = _doses(doses)
    return {gender: calendar.dose_groups(programme, gender) for gender in ("MALE", "FEMALE")}


# The fields of each dose in the order of calendar.Dose; the name is Vaccine.display_name.
_DOSES = """
    (SELECT coalesce(json_agg(json_build_array(dose.id, dose.week_age, vaccine.id,
            coalesce(nullif(vaccine.nickname, ''), vaccine.name),
            vaccine.applicable_for_male, vaccine.applicable_for_female) ORDER BY dose.id), '[]')::text
        FROM child_health_vaccinedose dose JOIN child_health_vaccine vaccine ON vaccine.id = dose.vaccine_id
        WHERE vaccine.is_active AND dose.is_active)
"""
# A row of an older database has no day of declaration: it is the UTC date of its creation.
_CALENDAR = f"""
    SELECT
        {_DOSES},
        (SELECT coalesce(json_agg(json_build_array(id, name, date_of_birth, gender) ORDER BY id), '[]')::text
            FROM child_health_child WHERE user_id = %(user)s),
        (SELECT coalesce(json_agg(json_build_array(id, estimated_start_date,
                coalesce(declared_on, (created_at AT TIME ZONE 'UTC')::date),
                declared_number_of_prenatal_visits) ORDER BY id), '[]')::text
            FROM child_health_pregnancy WHERE user_id = %(user)s)
"""  # noqa: S608  (our own text)
