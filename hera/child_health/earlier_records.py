"""What a database of the earlier HERA says, taken over: one running pregnancy a person, and a record for each tick.

The earlier HERA goes on writing meanwhile, and until the new one takes its place. So each statement takes what it
finds in batches, locks a moment only what it writes, and finds nothing to do the second time. The statements are
written out, since a migration runs them on the tables as they were in its time.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hera.child_health import pregnancy_dates

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.backends.base.base import BaseDatabaseWrapper

BATCH = 10_000  # ids


@dataclass(frozen=True)
class ToTakeOver:
    """What is there to be taken over."""

    pregnancies: int  # that a newer one supersedes
    people: int  # whose these are
    ticks: int
    silenced: int  # doses, one for each child, of which something was still to be told or asked

    def __bool__(self) -> bool:
        return bool(self.pregnancies or self.ticks)


def to_take_over(connection: BaseDatabaseWrapper, now: dt.datetime) -> ToTakeOver:
    """Count what `take_over` would find. Reads only; also on a database of the earlier HERA as it is."""
    parameters = _parameters(connection, now)
    upgraded = "child_health_dosegiven" in connection.introspection.table_names()
    running = _RUNNING if upgraded else _RUNNING.replace("AND pregnancy.ended_at IS NULL", "")
    unrecorded = _UNRECORDED if upgraded else "true"
    everything = {"after": 0, "to": 2**31 - 1}
    pregnancies, people = _row(connection, _COUNT_OLDER.format(running=running), parameters | everything)
    ticks, silenced = _row(connection, _COUNT_TICKS.format(unrecorded=unrecorded), parameters)
    return ToTakeOver(pregnancies, people, ticks, silenced)


def take_over(connection: BaseDatabaseWrapper, now: dt.datetime) -> set[int]:
    """Supersede all but the newest running pregnancy of each person, and make each tick a record.

    Of ticks that the earlier HERA has removed since they were recorded, the records are retracted. Returns the ids of
    the people concerned.
    """
    parameters = _parameters(connection, now)
    people = _in_batches(connection, "child_health_pregnancy", "user_id", _SUPERSEDE, parameters)
    people |= _in_batches(connection, "child_health_pastvaccination", "id", _RECORD_TICKS, parameters)
    return people | _in_batches(connection, "child_health_dosegiven", "id", _RETRACT, parameters)


def _in_batches(
    connection: BaseDatabaseWrapper, table: str, column: str, statement: str, parameters: dict[str, Any]
) -> set[int]:
    """Run a statement for the ids of a table, so many at a time; returns what its rows say."""
    found: set[int] = set()
    first, last = _row(connection, f"SELECT min({column}), max({column}) FROM {table}", {})  # noqa: S608  (our names)
    for after in range(first - 1, last, BATCH) if last is not None else ():
        with connection.cursor() as cursor:
            cursor.execute(statement, parameters | {"after": after, "to": after + BATCH})
            found.update(user for (user,) in cursor.fetchall())
    return found


def _parameters(connection: BaseDatabaseWrapper, now: dt.datetime) -> dict[str, Any]:
    return {"now": now, "zones": list(_zones(connection)), "runs_on": pregnancy_dates.RUNS_ON.days}


def _zones(connection: BaseDatabaseWrapper) -> Iterator[str]:
    """The zones that people live in, of those that the database knows by this name."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT timezone FROM user_profile_userprofile"
            " WHERE timezone IN (SELECT name FROM pg_timezone_names)"
        )
        yield from (name for (name,) in cursor.fetchall())


def _row(connection: BaseDatabaseWrapper, statement: str, parameters: dict[str, Any]) -> tuple[Any, ...]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        row: tuple[Any, ...] = cursor.fetchone()
    return row


# Whoever's zone is not known is taken to live by UTC.
_PROFILE = (
    "LEFT JOIN user_profile_userprofile profile ON profile.user_id = {user} AND profile.timezone = ANY(%(zones)s)"
)
# As `services.running_pregnancies` has them, the newest first.
_RUNNING = f"""
    SELECT pregnancy.id, pregnancy.user_id,
        row_number() OVER (
            PARTITION BY pregnancy.user_id ORDER BY pregnancy.created_at DESC, pregnancy.id DESC
        ) AS place
    FROM child_health_pregnancy pregnancy
    {_PROFILE.format(user="pregnancy.user_id")}
    WHERE pregnancy.user_id > %(after)s AND pregnancy.user_id <= %(to)s AND pregnancy.ended_at IS NULL
        AND pregnancy.estimated_delivery_date + %(runs_on)s
            >= (%(now)s AT TIME ZONE coalesce(profile.timezone, 'UTC'))::date
"""  # noqa: S608  (our own text)
_SUPERSEDE = f"""
    WITH running AS ({_RUNNING}), older AS (
        UPDATE child_health_pregnancy pregnancy SET ended_at = %(now)s
        FROM running WHERE running.id = pregnancy.id AND running.place > 1 AND pregnancy.ended_at IS NULL
        RETURNING pregnancy.id, pregnancy.user_id
    ), told AS (
        INSERT INTO child_health_pregnancyoutcome (pregnancy_id, kind, source, recorded_at)
        SELECT id, 'superseded', 'upgrade', %(now)s FROM older
    )
    SELECT user_id FROM older
"""  # noqa: S608  (our own text)
_COUNT_OLDER = "SELECT count(*), count(DISTINCT user_id) FROM ({running}) running WHERE place > 1"

# Whatever this HERA has noted of a child's vaccine, or retracted since, stays as it is.
_UNRECORDED = """
    NOT EXISTS (
        SELECT FROM child_health_dosegiven given
        LEFT JOIN child_health_vaccinedose dose ON dose.id = given.vaccine_dose_id
        WHERE given.child_id = tick.child_id
            AND coalesce(given.vaccine_id, dose.vaccine_id) = tick.vaccine_id
    )
"""
_TICKED_ON = "(tick.created_at AT TIME ZONE coalesce(profile.timezone, 'UTC'))::date"
_TICKS = f"""
    FROM child_health_pastvaccination tick
    JOIN child_health_child child ON child.id = tick.child_id
    {_PROFILE.format(user="child.user_id")}
"""
# The child is held, so that nobody deletes it before its record is there.
_RECORD_TICKS = f"""
    WITH ticks AS (
        SELECT tick.id, tick.child_id, child.user_id, tick.vaccine_id, tick.created_at, {_TICKED_ON} AS ticked_on
        {_TICKS}
        WHERE tick.id > %(after)s AND tick.id <= %(to)s AND {_UNRECORDED}
        FOR KEY SHARE OF child
    ), recorded AS (
        INSERT INTO child_health_dosegiven (child_id, vaccine_id, due_by, client_key, source, entered_at,
            product, text, precision, country, place, lot, campaign, retraction)
        SELECT child_id, vaccine_id, ticked_on, 'tick-' || id, 'tick', created_at,
            '', '', 'unknown', '', '', '', false, ''
        FROM ticks
        ON CONFLICT DO NOTHING
        RETURNING child_id
    )
    SELECT DISTINCT user_id FROM ticks JOIN recorded USING (child_id)
"""  # noqa: S608  (our own text)
_RETRACT = """
    UPDATE child_health_dosegiven given SET retracted_at = %(now)s, retraction = 'the vaccine was unticked'
    FROM child_health_child child
    WHERE child.id = given.child_id AND given.id > %(after)s AND given.id <= %(to)s
        AND starts_with(given.client_key, 'tick-') AND given.source = 'tick'
        AND given.retracted_at IS NULL
        AND NOT EXISTS (
            SELECT FROM child_health_pastvaccination tick
            WHERE tick.child_id = given.child_id AND tick.vaccine_id = given.vaccine_id
        )
    RETURNING child.user_id
"""
# A dose that a tick stands for, as long as a schedule has something to tell or to ask of its day.
_COUNT_TICKS = f"""
    SELECT count(DISTINCT tick.id), count(dose.id)
    {_TICKS}
    LEFT JOIN (
        SELECT max(offset_days * interval '1 day' + time_of_day::interval + push_time_to_live) AS until
        FROM (
            SELECT offset_days, time_of_day, push_time_to_live FROM events_notificationschedule
            WHERE calendar_event_type = 'vaccination'
            UNION ALL
            SELECT offset_days, time_of_day, time_to_live FROM surveys_surveyschedule
            WHERE calendar_event_type = 'vaccination'
        ) schedule
    ) last ON true
    LEFT JOIN (child_health_vaccinedose dose JOIN child_health_vaccine vaccine ON vaccine.id = dose.vaccine_id)
        ON dose.vaccine_id = tick.vaccine_id AND vaccine.is_active
        AND CASE child.gender WHEN 'MALE' THEN vaccine.applicable_for_male ELSE vaccine.applicable_for_female END
        AND child.date_of_birth + 7 * dose.week_age <= {_TICKED_ON}
        AND child.date_of_birth + 7 * dose.week_age + last.until
            >= %(now)s AT TIME ZONE coalesce(profile.timezone, 'UTC')
    WHERE {{unrecorded}}
"""  # noqa: S608  (our own text)
