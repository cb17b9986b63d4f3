"""Reads of pregnancies, children, vaccines and the calendar."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet

from hera.child_health import calendar, pregnancy_dates, why
from hera.child_health.models import Child, ChildEnd, ChildPause, Pregnancy, PregnancyOutcome
from hera.child_health.plan import worked_out
from hera.child_health.plan.births import BIRTH
from hera.child_health.plan.programme import (
    DOSES,
    DOSES_AND_VERSION,
    Programme,
    doses_of,
    programme_of,
)
from hera.child_health.plan.visits import ANTENATAL, POSTNATAL
from hera.user_profile.set_aside import Record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.contrib.auth.models import User
    from django.db.models.query import RawQuerySet

    from hera.child_health.plan.by_pack import ByPack


_GOING_ON = Q(ended_at=None)


def doses_of_active_vaccines(*, before_upgrade: bool = False) -> list[calendar.Dose]:
    """All doses that can be on a calendar, in one query.

    Args:
        before_upgrade: the database is the earlier HERA's, whose doses cannot be switched off.
    """
    doses = DOSES.replace("AND dose.is_active", "") if before_upgrade else DOSES
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {doses}")
        return doses_of(cursor.fetchone()[0])


def children_of(user: User, today: dt.date, *, hidden: bool = False) -> RawQuerySet[Child]:
    """A person's children whom her apps show, by id; one query.

    They have `ticks`: the ids of active vaccines that are ticked, and `unshown`: whether one of these is news to her
    apps.

    Args:
        hidden: those, too, that were ended or are paused.
    """
    visible = "" if hidden else f"AND {VISIBLE_CHILD}"
    whose = f"WHERE child.user_id = %(user)s {visible} ORDER BY child.id"
    return Child.objects.raw(f"{CHILDREN} {whose}", {"user": user.pk, "today": today})


def child_of(user: User, pk: int) -> Child | None:
    """One of a person's children, as `children_of` gives them; also one that was ended or is paused."""
    whose = "WHERE child.user_id = %(user)s AND child.id = %(id)s"
    found = Child.objects.raw(f"{CHILDREN} {whose}", {"user": user.pk, "id": pk})
    return next(iter(found), None)


def records_told(user_id: int) -> list[Record]:
    """Of each child of an account its birth date and name; of each pregnancy neither: both are worth protecting."""
    born = [Record(*row) for row in Child.objects.filter(user=user_id).values_list("date_of_birth", "name")]
    return born + [Record(None)] * Pregnancy.objects.filter(user=user_id).count()


# `child` is the child, `today` its mother's date.
VISIBLE_CHILD = "child.ended_at IS NULL AND (child.paused_until IS NULL OR child.paused_until <= %(today)s)"
# Of whom, is for a caller to add.
CHILDREN = """
    SELECT child.id, child.user_id, child.name, child.date_of_birth, child.gender, child.created_at, child.updated_at,
        child.ended_at, child.paused_until, child.doses_not_given, given.ticks, given.unshown
    FROM child_health_child child
    CROSS JOIN LATERAL (
        SELECT coalesce(array_agg(tick.vaccine_id ORDER BY tick.vaccine_id), '{}') AS ticks,
            coalesce(bool_or(NOT tick.is_shown), false) AS unshown
        FROM child_health_pastvaccination tick
        JOIN child_health_vaccine vaccine ON vaccine.id = tick.vaccine_id
        WHERE tick.child_id = child.id AND vaccine.is_active
    ) given
"""


def pregnancies_of(user: User, today: dt.date, going_on: Q = _GOING_ON) -> QuerySet[Pregnancy]:
    """A person's pregnancies of which no end was told: the running one first (clients look at nothing else), then the
    newest.

    Args:
        going_on: which these are, where not those of now.
    """
    earliest = today - pregnancy_dates.RUNS_ON
    is_running = ExpressionWrapper(Q(estimated_delivery_date__gte=earliest), output_field=BooleanField())
    return (
        Pregnancy.objects.filter(going_on, user=user)
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


def calendar_of(user: User, today: dt.date, *, paused: bool = False) -> list[calendar.AppEvent]:
    """All vaccinations and antenatal visits of one person, in date order; one query.

    Of children whom her apps show, and of the running pregnancy. What the stored plan has not caught up with is worked
    out here; by a pack that takes a query more. By due ages, what was planned once more for a child that was registered
    late is on no calendar: its doses are there already, on the day on which they were due. By a pack, a second try is
    there as soon as the first is over.

    Args:
        today: the date where she lives.
        paused: of children, too, whose reminders are paused: her apps do not show them.
    """
    with connection.cursor() as cursor:
        cursor.execute(_CALENDAR, {"user": user.pk})
        return calendar_from(today, *cursor.fetchone(), paused=paused)


def calendar_from(
    today: dt.date, doses: str, pack_id: int | None, children: str, pregnancies: str, *, paused: bool = False
) -> list[calendar.AppEvent]:
    """The calendar of `calendar_of`, from the values of `CALENDAR`."""
    programme = programme_of(doses, pack_id)
    of_children = [
        [child_id, name, born, gender, planned]
        for child_id, name, born, gender, paused_until, planned in json.loads(children)
        if paused or paused_until is None or _day(paused_until) <= today
    ]
    earliest = today - pregnancy_dates.RUNS_ON
    of_pregnancies = [row for delivery, *row in json.loads(pregnancies) if _day(delivery) >= earliest]
    if programme.by_pack is not None:
        _work_out(programme, of_children, of_pregnancies)
    events: list[calendar.AppEvent] = []
    for child_id, name, born, gender, planned in of_children:
        if planned is None:
            events += [calendar.vaccination(child_id, name, _day(born), group) for group in programme.groups(gender)]
        elif programme.by_pack is None:
            events += [
                calendar.Vaccination(_day(due), child_id, name, programme.group(week_age, tuple(dose_ids)))
                for attempt, week_age, due, dose_ids, *_ in planned
                if attempt == 1
            ]
        else:
            events += _by_pack(child_id, name, planned, programme, programme.by_pack, today)
    for pregnancy_id, start, declared_on, visits, planned in of_pregnancies:
        if planned is None:
            events += calendar.prenatal_visits(pregnancy_id, _day(start), _day(declared_on), visits)
        else:
            events += [
                calendar.PrenatalVisit(_day(due), pregnancy_id, week, _window(earliest, latest, td_doses), attempt)
                for attempt, week, due, earliest, latest, td_doses in planned
            ]
    return calendar.merged(events)


def after_birth_from(today: dt.date, doses: str, pack_id: int | None, births: str) -> list[calendar.PostnatalVisit]:
    """A person's visits after birth, in date order, from the values of `AFTER_BIRTH`.

    None while a child of the birth is paused. What the stored plan has not caught up with takes a query more.
    """
    rows = [row for paused_until, *row in json.loads(births) if paused_until is None or _day(paused_until) <= today]
    stale = [pregnancy_id for pregnancy_id, _, planned in rows if planned is None]
    if pack_id is None or not rows:
        return []
    worked = worked_out.plans_of(programme_of(doses, pack_id), [], stale)[0].pregnancies if stale else {}
    found = []
    for pregnancy_id, child_ids, stored in rows:
        planned = stored
        if stored is None:
            visits = [one for one in worked[pregnancy_id] if one.kind == POSTNATAL]
            planned = [(one.week, one.due, one.earliest, one.latest) for one in visits]
        found += [
            calendar.PostnatalVisit(
                _day(due), pregnancy_id, number, _window(earliest, latest, ()), tuple(child_ids or ())
            )
            for number, due, earliest, latest in planned
        ]
    return sorted(found, key=lambda visit: (visit.date, visit.event_key))


def _work_out(programme: Programme, children: list[list[Any]], pregnancies: list[list[Any]]) -> None:
    """Put the plans that should be stored into the rows of `_CALENDAR` that have none."""
    stale = [[row[0] for row in rows if row[-1] is None] for rows in (children, pregnancies)]
    if not any(stale):
        return
    wanted, _ = worked_out.plans_of(programme, *stale)
    for row in children:
        if row[-1] is None:
            row[-1] = [
                (one.attempt, one.week, one.due, one.doses, one.left, one.earliest, one.overdue_after)
                for one in wanted.children[row[0]]
            ]
    for row in pregnancies:
        if row[-1] is None:
            row[-1] = [
                (one.attempt, one.week, one.due, one.earliest, one.latest, one.doses)
                for one in wanted.pregnancies[row[0]]
                if one.kind == ANTENATAL
            ]


def _window(
    earliest: str | dt.date | None, latest: str | dt.date | None, td_doses: Sequence[int]
) -> calendar.Window | None:
    return calendar.Window(_day(earliest), _day(latest), tuple(td_doses)) if earliest and latest else None


def _by_pack(
    child_id: int, name: str, planned: list[Any], programme: Programme, by_pack: ByPack, today: dt.date
) -> list[calendar.Vaccination]:
    """A child's visits by the pack in use, with how they stand today."""
    to_come = {
        dose
        for attempt, _week, due, _doses, left, *_ in planned
        if attempt == 1 and _day(due) >= today
        for dose in left
    }
    found = []
    for attempt, week_age, due, dose_ids, left, earliest, overdue_after in planned:
        if attempt > 1 and to_come.intersection(left):
            continue  # nobody has missed it yet
        group = programme.group(week_age, tuple(dose_ids))
        last = _day(overdue_after) if overdue_after else None
        status = calendar.status_on(today, _day(due), last, is_open=bool(left))
        detail = calendar.Detail(
            status,
            _day(earliest) if earliest else None,
            last,
            tuple(by_pack.dose_names[dose] for dose in group.dose_ids if dose in by_pack.dose_names),
            why.of_visit(status, _day(due), last, attempt),
        )
        found.append(calendar.Vaccination(_day(due), child_id, name, group, attempt=attempt, detail=detail))
    return found


def _day(day: str | dt.date) -> dt.date:
    return day if isinstance(day, dt.date) else dt.date.fromisoformat(day)


def _calendar(user: str) -> str:
    """What `calendar_from` takes, of the person whose id this is, over `programme`."""
    # A row of an older database has no day of declaration: it is the UTC date of its creation.
    return f"""programme.doses, programme.pack,
        (SELECT coalesce(json_agg(json_build_array(id, name, date_of_birth, gender, paused_until,
                CASE plan_version WHEN programme.version
                THEN (SELECT coalesce(json_agg(json_build_array(attempt, week, due, visit.doses, "left", earliest,
                        overdue_after)), '[]')
                    FROM child_health_plannedvisit visit WHERE visit.child_id = child.id)
                END) ORDER BY id), '[]')::text
            FROM child_health_child child WHERE child.user_id = {user} AND child.ended_at IS NULL),
        (SELECT coalesce(json_agg(json_build_array(estimated_delivery_date, id, estimated_start_date,
                coalesce(declared_on, (created_at AT TIME ZONE 'UTC')::date),
                declared_number_of_prenatal_visits, CASE plan_version WHEN programme.antenatal
                THEN (SELECT coalesce(json_agg(json_build_array(attempt, week, due, earliest, latest, doses)), '[]')
                    FROM child_health_plannedvisit visit WHERE visit.pregnancy_id = pregnancy.id AND kind = 'a')
                END) ORDER BY id), '[]')::text
            FROM child_health_pregnancy pregnancy WHERE pregnancy.user_id = {user} AND ended_at IS NULL)"""  # noqa: S608


CALENDAR = _calendar("person.id")
# What `after_birth_from` takes, of `person`, over `programme`.
AFTER_BIRTH = f"""programme.doses, programme.pack,
    (SELECT coalesce(json_agg(json_build_array(birth.paused_until, pregnancy.id, birth.child_ids,
            CASE plan_version WHEN programme.antenatal
            THEN (SELECT coalesce(json_agg(json_build_array(week, due, earliest, latest)), '[]')
                FROM child_health_plannedvisit visit WHERE visit.pregnancy_id = pregnancy.id AND kind = 'n')
            END) ORDER BY pregnancy.id), '[]')::text
        FROM child_health_pregnancy pregnancy CROSS JOIN LATERAL ({BIRTH}) birth
        WHERE pregnancy.user_id = person.id AND NOT birth.has_ended AND programme.pack IS NOT NULL)"""  # noqa: S608
_CALENDAR = f"WITH programme AS MATERIALIZED ({DOSES_AND_VERSION}) SELECT {_calendar('%(user)s')} FROM programme"  # noqa: S608
