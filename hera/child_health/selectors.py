"""Reads of pregnancies, children, vaccines and the calendar."""

from __future__ import annotations

import datetime as dt
import functools
import json
from typing import TYPE_CHECKING

from django.db import connection
from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet

from hera.child_health import calendar, pregnancy_dates
from hera.child_health.models import Child, ChildEnd, ChildPause, Pregnancy, PregnancyOutcome, Vaccine

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.db.models.query import RawQuerySet


def doses_of_active_vaccines(*, before_upgrade: bool = False) -> list[calendar.Dose]:
    """All doses that can be on a calendar, in one query.

    Args:
        before_upgrade: the database is the earlier HERA's, whose doses cannot be switched off.
    """
    doses = DOSES.replace("AND dose.is_active", "") if before_upgrade else DOSES
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {doses}")
        return _doses(cursor.fetchone()[0])


def _doses(as_json: str) -> list[calendar.Dose]:
    return [calendar.Dose(*fields) for fields in json.loads(as_json)]


def active_vaccines() -> QuerySet[Vaccine]:
    """The vaccines that parents see, by id."""
    return Vaccine.objects.filter(is_active=True).order_by("id")


def children_of(user: User, today: dt.date, *, hidden: bool = False) -> RawQuerySet[Child]:
    """A person's children whom her apps show, by id; one query.

    They have `ticks`: the ids of active vaccines that are ticked, and `unshown`: whether one of these is news to her
    apps.

    Args:
        hidden: those, too, that were ended or are paused.
    """
    visible = "" if hidden else f"AND {VISIBLE_CHILD}"
    return Child.objects.raw(f"{_CHILDREN} {visible} ORDER BY child.id", {"user": user.pk, "today": today})


def child_of(user: User, pk: int) -> Child | None:
    """One of a person's children, as `children_of` gives them; also one that was ended or is paused."""
    found = Child.objects.raw(f"{_CHILDREN} AND child.id = %(id)s", {"user": user.pk, "id": pk})
    return next(iter(found), None)


def birth_dates_told(user_id: int) -> list[dt.date | None]:
    """Of each child of an account its birth date, and None for each pregnancy: both are worth protecting."""
    born: list[dt.date | None] = list(Child.objects.filter(user=user_id).values_list("date_of_birth", flat=True))
    return born + [None] * Pregnancy.objects.filter(user=user_id).count()


# `child` is the child, `today` its mother's date.
VISIBLE_CHILD = "child.ended_at IS NULL AND (child.paused_until IS NULL OR child.paused_until <= %(today)s)"
_CHILDREN = """
    SELECT child.id, child.user_id, child.name, child.date_of_birth, child.gender, child.created_at, child.updated_at,
        child.ended_at, child.paused_until, given.ticks, given.unshown
    FROM child_health_child child
    CROSS JOIN LATERAL (
        SELECT coalesce(array_agg(tick.vaccine_id ORDER BY tick.vaccine_id), '{}') AS ticks,
            coalesce(bool_or(NOT tick.is_shown), false) AS unshown
        FROM child_health_pastvaccination tick
        JOIN child_health_vaccine vaccine ON vaccine.id = tick.vaccine_id
        WHERE tick.child_id = child.id AND vaccine.is_active
    ) given
    WHERE child.user_id = %(user)s
"""


def pregnancies_of(user: User, today: dt.date) -> QuerySet[Pregnancy]:
    """A person's pregnancies of which no end was told: the running one first (clients look at nothing else), then the
    newest."""
    earliest = today - pregnancy_dates.RUNS_ON
    is_running = ExpressionWrapper(Q(estimated_delivery_date__gte=earliest), output_field=BooleanField())
    return (
        Pregnancy.objects.filter(user=user, ended_at=None)
        .annotate(is_running=is_running)
        .order_by("-is_running", "-created_at", "-id")
    )


def pregnancy_of(user: User, pk: int) -> Pregnancy | None:
    """One of a person's pregnancies, also one that has ended."""
    return Pregnancy.objects.select_related("user__profile").filter(pk=pk, user=user).first()


def pregnancy_to_edit(pregnancy: Pregnancy, today: dt.date) -> Pregnancy | None:
    """Which pregnancy an edit of this one is meant for: of one that a newer one has superseded, that one.

    None if it has ended otherwise.
    """
    if pregnancy.ended_at is None:
        return pregnancy
    superseded = PregnancyOutcome.Kind.SUPERSEDED
    if not pregnancy.outcomes.filter(kind=superseded, taken_back_at=None).exists():
        return None
    running = pregnancies_of(pregnancy.user, today).first()
    return running if running is not None and running.is_running else None  # type: ignore[attr-defined]


def outcome_of(pregnancy: Pregnancy) -> tuple[PregnancyOutcome, list[Child]] | None:
    """How a pregnancy ended, and the children that its birth made; None while no end is told."""
    outcome = pregnancy.outcomes.filter(taken_back_at=None).first()
    return None if outcome is None else (outcome, list(outcome.children.order_by("pk")))


def end_of(child: Child) -> ChildEnd | None:
    """Why this child is reminded of nothing any more; None while no end is told."""
    return ChildEnd.objects.filter(child=child, taken_back_at=None).first()


def pause_of(child: Child) -> ChildPause | None:
    """Until when this child is paused, also if that day has come; None if no pause was told."""
    return ChildPause.objects.filter(child=child, taken_back_at=None).first()


def active_pregnancy_of(user: User, today: dt.date) -> Pregnancy | None:
    """The running pregnancy, if its estimated delivery date is today or later."""
    running = pregnancies_of(user, today).first()
    return running if running is not None and running.estimated_delivery_date >= today else None


def calendar_of(user: User, today: dt.date) -> list[calendar.AppEvent]:
    """All vaccinations and antenatal visits of one person, in date order; one query.

    Of children whom her apps show, and of the running pregnancy.

    Args:
        today: the date where she lives.
    """
    with connection.cursor() as cursor:
        cursor.execute(_CALENDAR, {"user": user.pk, "today": today, "earliest": today - pregnancy_dates.RUNS_ON})
        doses, children, pregnancies = cursor.fetchone()
    groups = _dose_groups(doses)
    events: list[calendar.AppEvent] = [
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
def doses_by_id(doses: str) -> dict[int, calendar.Dose]:
    """The doses of active vaccines as the statement `DOSES` gives them, by id."""
    return {dose.id: dose for dose in _doses(doses)}


@functools.lru_cache(maxsize=4)
def _dose_groups(doses: str) -> dict[str, list[calendar.DoseGroup]]:
    """The groups of the programme, worked out once for as long as the programme reads the same."""
    programme = _doses(doses)
    return {gender: calendar.dose_groups(programme, gender) for gender in ("MALE", "FEMALE")}


# The fields of each dose in the order of calendar.Dose; the name is Vaccine.display_name.
DOSES = """
    (SELECT coalesce(json_agg(json_build_array(dose.id, dose.week_age, vaccine.id,
            coalesce(nullif(vaccine.nickname, ''), vaccine.name),
            vaccine.applicable_for_male, vaccine.applicable_for_female) ORDER BY dose.id), '[]')::text
        FROM child_health_vaccinedose dose JOIN child_health_vaccine vaccine ON vaccine.id = dose.vaccine_id
        WHERE vaccine.is_active AND dose.is_active)
"""
# A row of an older database has no day of declaration: it is the UTC date of its creation.
_CALENDAR = f"""
    SELECT
        {DOSES},
        (SELECT coalesce(json_agg(json_build_array(id, name, date_of_birth, gender) ORDER BY id), '[]')::text
            FROM child_health_child child WHERE user_id = %(user)s AND {VISIBLE_CHILD}),
        (SELECT coalesce(json_agg(json_build_array(id, estimated_start_date,
                coalesce(declared_on, (created_at AT TIME ZONE 'UTC')::date),
                declared_number_of_prenatal_visits) ORDER BY id), '[]')::text
            FROM child_health_pregnancy
            WHERE user_id = %(user)s AND ended_at IS NULL AND estimated_delivery_date >= %(earliest)s)
"""  # noqa: S608  (our own text)
