"""The due engine: which calendar events are due for which schedules at an instant, asked in sets.

For one schedule and one time zone, "due now" is a range of event dates (`windows`). Zones that share a range
are asked for together, so there are two or three ranges however many zones there are. A range of event dates
is, for a group of doses, a range of birth dates; for an antenatal visit, a range of estimated start dates.
The database finds those with an index and leaves out what has been announced, so the time a run takes follows
what is due, and not how many people there are.

Notifications and surveys are two consumers of this one engine.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from psycopg import ServerCursor, sql

from hera.child_health import calendar, visit_sql
from hera.child_health.selectors import doses_of_active_vaccines
from hera.core import timezones
from hera.scheduling import windows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from django.db.models import Model

    from hera.scheduling.windows import Schedule

CHUNK = 5000
# People without a profile have no zone, and live in the country's.
NO_PROFILE = ""
Zones = dict[str, ZoneInfo]


class DueEvent(NamedTuple):
    """A calendar event of one person, due for one schedule from `opens_at` to `closes_at` (UTC)."""

    schedule_id: int
    user_id: int
    event: calendar.CalendarEvent
    opens_at: dt.datetime
    closes_at: dt.datetime


class _Window(NamedTuple):
    """Event dates that one schedule is due for in some zones, by what they are called in `_PEOPLE`."""

    schedule: Schedule
    dates: windows.DateRange
    zones: Zones


def find_due(
    schedules: Iterable[Schedule],
    now: dt.datetime,
    announced: type[Model],
    *,
    regardless_of_time: bool = False,
) -> Iterator[list[DueEvent]]:
    """Yield, in lists of at most `CHUNK`, what is due at `now` and not announced yet.

    Args:
        announced: the model whose (event_key, schedule) pairs are what has been announced.
        regardless_of_time: yield every event of every schedule, whenever it is due.

    The whole result is a snapshot of one instant, kept by the database: a caller may commit after each list.
    """

    def dates(schedule: Schedule, zone: ZoneInfo) -> windows.DateRange | None:
        return windows.EVERY_DATE if regardless_of_time else windows.due_event_dates(schedule, zone, now)

    ranges = _windows(list(schedules), dates)
    groups = _dose_groups() if ranges else {}  # in most minutes no window is open
    for rows in _vaccinations(ranges, groups, announced):
        yield [
            _due(
                ranges[number],
                user_id,
                zone,
                calendar.vaccination(child_id, name, date_of_birth, groups[gender, week_age]),
            )
            for number, user_id, zone, child_id, name, date_of_birth, gender, week_age in rows
        ]
    for rows in _visits(ranges, announced):
        yield [
            _due(ranges[number], user_id, zone, calendar.prenatal_visit(pregnancy_id, start, week))
            for number, user_id, zone, pregnancy_id, start, week in rows
        ]


def count_opening(schedules: Iterable[Schedule], first: dt.datetime, last: dt.datetime, announced: type[Model]) -> int:
    """How many events will become due from `first` to `last`, both included, as far as is known now."""
    ranges = _windows(list(schedules), lambda schedule, zone: windows.event_dates_opening(schedule, zone, first, last))
    vaccinations = sum(map(len, _vaccinations(ranges, _dose_groups(), announced)))
    return vaccinations + sum(map(len, _visits(ranges, announced)))


def _windows(
    schedules: list[Schedule], dates_of: Callable[[Schedule, ZoneInfo], windows.DateRange | None]
) -> list[_Window]:
    zones = _zones() if schedules else {}
    found: list[_Window] = []
    for schedule in schedules:
        zones_by_range: defaultdict[windows.DateRange, Zones] = defaultdict(dict)
        for name, zone in zones.items():
            dates = dates_of(schedule, zone)
            if dates is not None:
                zones_by_range[dates][name] = zone
        found += [_Window(schedule, dates, there) for dates, there in zones_by_range.items()]
    return found


def _zones() -> Zones:
    """The zones that people live in, by what they are called in `_PEOPLE`.

    Where a profile names no zone, the beginning of the number is part of what it is called: people of one calling
    code live in one zone, or in that of the same offset.
    """
    stored = _stored_zones()
    zones = {name: zone for name in stored if (zone := timezones.known(name))}
    zones[NO_PROFILE] = timezones.default()
    if strange := [name for name in stored if name not in zones or name == NO_PROFILE]:
        with connection.cursor() as cursor:
            cursor.execute(_HEADS, {"strange": strange, "head": timezones.HEAD})
            zones |= {f"{name} {head}": timezones.effective(name, head) for name, head in cursor.fetchall()}
    return zones


_HEADS = """
    SELECT DISTINCT profile.timezone, left(person.username, %(head)s)
    FROM user_profile_userprofile profile JOIN auth_user person ON person.id = profile.user_id
    WHERE profile.timezone = ANY(%(strange)s)
"""


def _stored_zones() -> list[str]:
    """The distinct time zones of all profiles, by skipping through the index from one to the next."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH RECURSIVE zone(name) AS (
                SELECT min(timezone) FROM user_profile_userprofile
                UNION ALL
                SELECT (SELECT min(timezone) FROM user_profile_userprofile WHERE timezone > zone.name)
                FROM zone WHERE zone.name IS NOT NULL
            )
            SELECT name FROM zone WHERE name IS NOT NULL
            """
        )
        return [name for (name,) in cursor.fetchall()]


def _dose_groups() -> dict[tuple[str, int], calendar.DoseGroup]:
    """The doses of a week that a child of a gender gets together, by gender and week."""
    doses = doses_of_active_vaccines()
    return {
        (gender, group.week_age): group
        for gender in ("MALE", "FEMALE")
        for group in calendar.dose_groups(doses, gender)
    }


def _vaccinations(
    ranges: list[_Window], groups: dict[tuple[str, int], calendar.DoseGroup], announced: type[Model]
) -> Iterator[list[tuple[Any, ...]]]:
    """Rows of `_VACCINATIONS`; their first column is a place in `ranges`."""
    numbered = [place for place, window in enumerate(ranges) if window.schedule.event_type == "vaccination"]
    if not (numbered and groups):
        return
    parameters = _window_parameters(ranges, numbered) | {
        "first": [ranges[number].dates.first for number in numbered],
        "last": [ranges[number].dates.last for number in numbered],
        "genders": [gender for gender, _ in groups],
        "weeks": [week for _, week in groups],
        "doses": [group.joined_ids for group in groups.values()],
    }
    yield from _chunks(_statement(_VACCINATIONS, announced), parameters)


def _visits(ranges: list[_Window], announced: type[Model]) -> Iterator[list[tuple[Any, ...]]]:
    """Rows of `_VISITS`; their first column is a place in `ranges`."""
    mondays = {
        place: found
        for place, window in enumerate(ranges)
        if window.schedule.event_type == "prenatal_checkup" and (found := windows.mondays(window.dates))
    }
    if not mondays:
        return
    plan = visit_sql.plan()
    parameters = _window_parameters(ranges, list(mondays)) | {
        "first": [found.first for found in mondays.values()],
        "last": [found.last for found in mondays.values()],
        "declared_weeks": [declared_week for declared_week, _, _ in plan],
        "visits": [visits for _, visits, _ in plan],
        "weeks": [week for _, _, week in plan],
        "untabled": visit_sql.LAST_TABLED_WEEK,
    }
    yield from _chunks(_statement(_VISITS, announced), parameters)


def _due(window: _Window, user_id: int, zone: str, event: calendar.CalendarEvent) -> DueEvent:
    schedule = window.schedule
    opens_at = schedule.opens_at(event.date, window.zones[zone])
    return DueEvent(schedule.id, user_id, event, opens_at, opens_at + schedule.time_to_live)


def _window_parameters(ranges: list[_Window], numbered: list[int]) -> dict[str, object]:
    return {
        "numbers": numbered,
        "schedules": [ranges[number].schedule.id for number in numbered],
        "zone_numbers": [number for number in numbered for _ in ranges[number].zones],
        "zones": [zone for number in numbered for zone in ranges[number].zones],
    }


def _statement(template: str, announced: type[Model]) -> sql.Composed:
    table = sql.Identifier(announced._meta.db_table)
    return sql.SQL(template).format(windows=sql.SQL(_WINDOWS), announced=table)


def _chunks(statement: sql.Composed, parameters: dict[str, object]) -> Iterator[list[tuple[Any, ...]]]:
    """Run one statement and read its rows in lists of `CHUNK`, across the caller's commits.

    Its plan is fixed by hand: joins run in the order in which they are written and enter each table through an
    index, since what the planner believes about tables may date from before a country's first million rows.
    """
    connection.ensure_connection()
    in_caller_transaction = connection.in_atomic_block
    with transaction.atomic():
        with connection.cursor() as settings:
            settings.execute(
                "SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off;"
                " SET LOCAL join_collapse_limit = 1; SET LOCAL from_collapse_limit = 1; SET LOCAL jit = off;"
                " SET LOCAL enable_memoize = off"  # hardly anybody is met twice
            )
        rows = ServerCursor(connection.connection, "hera_due", withhold=not in_caller_transaction)
        rows.execute(statement, parameters)
    try:
        while chunk := rows.fetchmany(CHUNK):
            yield chunk
    finally:
        rows.close()


# A window is numbered; the zones that share it are listed beside it.
_WINDOWS = """
    SELECT * FROM unnest(%(numbers)s::int[], %(schedules)s::bigint[], %(first)s::date[], %(last)s::date[])
        AS due_window(number, schedule_id, first, last)
"""

_ZONES = "unnest(%(zone_numbers)s::int[], %(zones)s::text[])"

_PEOPLE = f"""
    JOIN auth_user person ON person.id = fact.user_id AND person.is_active
    LEFT JOIN user_profile_userprofile profile ON profile.user_id = fact.user_id
    JOIN {_ZONES} AS zone(number, name)
        ON zone.number = due_window.number
        AND zone.name IN (
            coalesce(profile.timezone, ''), profile.timezone || ' ' || left(person.username, {timezones.HEAD})
        )
        AND (zone.name <> '' OR profile.user_id IS NULL)
"""

# One look into the index of the unique key for each event found. `OFFSET 0` keeps the planner from turning that
# into a join with all that was ever announced, `+ 0` from entering by the schedule, which is on every row.
_NOT_ANNOUNCED = """
    NOT EXISTS (
        SELECT FROM {announced} announced
        WHERE announced.event_key = found.event_key AND announced.schedule_id + 0 = found.schedule_id
        OFFSET 0
    )
"""

# A visit keeps being the same when staff move, add or switch off doses: it is known by the child and a dose that both
# have, or by the child and the day. A person's own announcements are few, and found by her id.
_NO_SUCH_VISIT = """
    NOT EXISTS (
        SELECT FROM {announced} announced
        WHERE announced.user_id = found.user_id AND announced.schedule_id + 0 = found.schedule_id
            AND starts_with(announced.event_key, 'vaccination/child-' || found.child_id || '/doses-')
            AND (
                string_to_array(split_part(announced.event_key, '/doses-', 2), ',') && string_to_array(found.doses, ',')
                OR announced.context ->> 'date' = found.day
            )
        OFFSET 0
    )
"""

_VACCINATIONS = f"""
    SELECT number, user_id, zone, child_id, name, date_of_birth, gender, week_age
    FROM (
        SELECT due_window.number, due_window.schedule_id, fact.user_id, zone.name AS zone, fact.id AS child_id,
            fact.name, fact.date_of_birth, dose_group.gender, dose_group.week_age,
            'vaccination/child-' || fact.id || '/doses-' || dose_group.doses AS event_key, dose_group.doses,
            to_char(fact.date_of_birth + 7 * dose_group.week_age, 'YYYY-MM-DD') AS day
        FROM ({{windows}}) due_window
        CROSS JOIN unnest(%(genders)s::text[], %(weeks)s::int[], %(doses)s::text[])
            AS dose_group(gender, week_age, doses)
        CROSS JOIN LATERAL (
            SELECT id, user_id, name, date_of_birth FROM child_health_child fact
            WHERE date_of_birth BETWEEN due_window.first - 7 * dose_group.week_age
                    AND due_window.last - 7 * dose_group.week_age
                AND dose_group.gender = CASE gender WHEN 'MALE' THEN 'MALE' ELSE 'FEMALE' END
            OFFSET 0
        ) fact
        {_PEOPLE}
    ) found
    WHERE {_NOT_ANNOUNCED} AND {_NO_SUCH_VISIT}
"""  # noqa: S608  (constants only)

# Within a week's seven possible start dates every visit falls on the same Monday.
_VISITS = f"""
    SELECT number, user_id, zone, pregnancy_id, start, week
    FROM (
        SELECT due_window.number, due_window.schedule_id, fact.user_id, zone.name AS zone,
            fact.id AS pregnancy_id, fact.estimated_start_date AS start, plan.week,
            'prenatal-checkup/pregnancy-' || fact.id || '/week-' || plan.week AS event_key
        FROM ({{windows}}) due_window
        CROSS JOIN unnest(%(declared_weeks)s::int[], %(visits)s::int[], %(weeks)s::int[])
            AS plan(declared_week, visits, week)
        CROSS JOIN LATERAL (
            SELECT id, user_id, estimated_start_date FROM child_health_pregnancy fact
            WHERE {visit_sql.DECLARED_WEEK} = plan.declared_week AND {visit_sql.VISITS_MADE} = plan.visits
                AND estimated_start_date BETWEEN due_window.first - 7 * plan.week
                    AND due_window.last - 7 * plan.week + 6
            OFFSET 0
        ) fact
        {_PEOPLE}
        UNION ALL
        SELECT due_window.number, due_window.schedule_id, fact.user_id, zone.name,
            fact.id, fact.estimated_start_date, {visit_sql.DECLARED_WEEK} + 1,
            'prenatal-checkup/pregnancy-' || fact.id || '/week-' || ({visit_sql.DECLARED_WEEK} + 1)
        FROM ({{windows}}) due_window
        JOIN child_health_pregnancy fact
            ON {visit_sql.DECLARED_WEEK} >= %(untabled)s
            AND fact.estimated_start_date BETWEEN due_window.first - 7 * ({visit_sql.DECLARED_WEEK} + 1)
                AND due_window.last - 7 * ({visit_sql.DECLARED_WEEK} + 1) + 6
        {_PEOPLE}
    ) found
    WHERE {_NOT_ANNOUNCED}
"""  # noqa: S608  (constants only)
