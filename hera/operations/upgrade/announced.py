"""Announcements of the earlier HERA that this one would make again, because it names the event otherwise.

An announcement is known by its event key. If this HERA's calendar no longer has the event that was announced,
but has another one for the same child or pregnancy that the same schedule is due for while the window of the
first is still open, then a mother would hear of one visit twice. After that window nothing is announced again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django.db import connection
from psycopg import sql

from hera.child_health import calendar
from hera.child_health.selectors import doses_of_active_vaccines
from hera.core import timezones
from hera.scheduling import windows

if TYPE_CHECKING:
    from hera.child_health.calendar import CalendarEvent, DoseGroup

_TABLES = [
    ("notifications", "events_notificationevent", "notification_expires_at", "events_notificationschedule",
     "push_time_to_live"),
    ("surveys", "surveys_survey", "expires_at", "surveys_surveyschedule", "time_to_live"),
]  # fmt: skip

# `to_jsonb` reads a column that a database of the earlier HERA has not yet.
_OPEN = """
    SELECT announced.event_key, announced.schedule_id, announced.{expires_at},
        coalesce(profile.timezone, ''), person.username,
        child.id, child.date_of_birth, child.gender,
        pregnancy.id, pregnancy.estimated_start_date,
        coalesce((to_jsonb(pregnancy) ->> 'declared_on')::date, (pregnancy.created_at AT TIME ZONE 'UTC')::date),
        pregnancy.declared_number_of_prenatal_visits
    FROM {announced} announced
    JOIN auth_user person ON person.id = announced.user_id
    LEFT JOIN user_profile_userprofile profile ON profile.user_id = announced.user_id
    LEFT JOIN child_health_child child
        ON child.id = substring(announced.event_key FROM '^vaccination/child-(\\d{{1,9}})/')::int
    LEFT JOIN child_health_pregnancy pregnancy
        ON pregnancy.id = substring(announced.event_key FROM '^prenatal-checkup/pregnancy-(\\d{{1,9}})/')::int
    WHERE announced.{expires_at} >= %s AND announced.schedule_id IS NOT NULL AND announced.event_key IS NOT NULL
"""


def announced_again(now: dt.datetime) -> Iterator[tuple[str, set[str], dt.datetime]]:
    """For notifications and surveys: the old keys of such events, and when the last of their windows closes."""
    doses = doses_of_active_vaccines(before_upgrade=not _can_switch_off_doses())
    groups = {gender: calendar.dose_groups(doses, gender) for gender in ("MALE", "FEMALE")}
    for what, table, expires_at, schedules, time_to_live in _TABLES:
        keys: set[str] = set()
        until = now
        by_id = _schedules(schedules, time_to_live)
        for row in _open(table, expires_at, now):
            key, schedule_id, closes_at, stored, number, *facts = row
            zone = timezones.effective(stored, number)
            if _comes_again(key, by_id[schedule_id], zone, now, _events(facts, groups)):
                keys.add(key)
                until = max(until, closes_at)
        if keys:
            yield what, keys, until


def _comes_again(
    key: str, schedule: windows.Schedule, zone: Any, now: dt.datetime, events: list[CalendarEvent]
) -> bool:
    if any(event.event_key == key for event in events):
        return False
    dates = windows.due_event_dates(schedule, zone, now)
    return dates is not None and any(
        event.event_type == schedule.event_type and dates.first <= event.date <= dates.last for event in events
    )


def _events(facts: list[Any], groups: dict[str, list[DoseGroup]]) -> list[CalendarEvent]:
    child_id, date_of_birth, gender, pregnancy_id, start, declared_on, visits = facts
    if child_id is not None:
        of_gender = groups["MALE" if gender == "MALE" else "FEMALE"]
        return [calendar.vaccination(child_id, "", date_of_birth, group) for group in of_gender]
    if pregnancy_id is not None:
        return [*calendar.prenatal_visits(pregnancy_id, start, declared_on, visits)]
    return []


def _can_switch_off_doses() -> bool:
    """Whether this database has been upgraded already."""
    with connection.cursor() as cursor:
        columns = connection.introspection.get_table_description(cursor, "child_health_vaccinedose")
    return "is_active" in {column.name for column in columns}


def _schedules(table: str, time_to_live: str) -> dict[int, windows.Schedule]:
    statement = sql.SQL("SELECT id, calendar_event_type, offset_days, time_of_day, {} FROM {}")
    with connection.cursor() as cursor:
        cursor.execute(statement.format(sql.Identifier(time_to_live), sql.Identifier(table)))
        return {row[0]: windows.Schedule(*row) for row in cursor.fetchall()}


def _open(table: str, expires_at: str, now: dt.datetime) -> Iterator[tuple[Any, ...]]:
    statement = sql.SQL(_OPEN).format(announced=sql.Identifier(table), expires_at=sql.Identifier(expires_at))
    with connection.cursor() as cursor:
        cursor.execute(statement, [now])
        yield from cursor
