"""The due engine: which calendar events are due for which schedules at an instant, asked in sets.

For one schedule and one time zone, "due now" is a range of event dates (`windows`). Zones that share a range
are asked for together, so there are two or three ranges however many zones there are. The database finds the planned
visits of those days with an index (`child_health.plan`) and leaves out what has been announced, so the time a run
takes follows what is due, and not how many people there are.

Notifications and surveys are two consumers of this one engine.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from psycopg import ServerCursor, sql

from hera.child_health import calendar, pregnancy_dates
from hera.child_health.plan import visits
from hera.child_health.plan.programme import Programme, current_programme
from hera.core import timezones
from hera.scheduling import due_sql, windows

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
    zone_key: str


class _Window(NamedTuple):
    """Event dates that one schedule is due for in some zones, by what they are called in `due_sql`."""

    schedule: Schedule
    dates: windows.DateRange
    zones: Zones
    todays: dict[str, dt.date]  # the date there


class _Plans(NamedTuple):
    """The plans that are not out of date, and whether they are by a pack."""

    version: int
    by_pack: bool = False


def find_due(
    schedules: Iterable[Schedule],
    now: dt.datetime,
    announced: type[Model],
    *,
    since: dt.datetime | None = None,
    regardless_of_time: bool = False,
) -> Iterator[list[DueEvent]]:
    """Yield, in lists of at most `CHUNK`, what is due at `now` and not announced yet.

    Nothing that ended or is paused, no dose that the child had, and nothing of a week that no pregnancy reaches. What
    is announced has a date: for another date, after a correction, it is another event.

    Args:
        announced: the model whose (event_key, schedule, date) are what has been announced.
        since: when it was last asked; what has come and gone since then is yielded as well.
        regardless_of_time: yield every event of every schedule, whenever it is due.

    Nothing by a plan that is out of date: whoever announces catches up with those first (`stored.catch_up`). The whole
    result is a snapshot of one instant, kept by the database: a caller may commit after each list.
    """

    def dates(schedule: Schedule, zone: ZoneInfo) -> windows.DateRange | None:
        if regardless_of_time:
            return windows.EVERY_DATE
        return windows.due_event_dates(schedule, zone, now, since)

    ranges = _windows(list(schedules), dates, now)
    earlier = _taken_by_another(ranges)
    for events in _found(ranges, announced):
        yield [event for event in events if not earlier(event)]


def _found(ranges: list[_Window], announced: type[Model]) -> Iterator[list[DueEvent]]:
    if not ranges:  # in most minutes no window is open
        return
    programme, version, antenatal = current_programme()
    of = _Plans(version, by_pack=programme.by_pack is not None)
    for rows in _planned(due_sql.VACCINATIONS, ranges, {"vaccination": visits.VACCINATION}, announced, of):
        yield [
            _due(ranges[number], user_id, zone, _vaccination(programme, *visit))
            for number, user_id, zone, *visit in rows
        ]
    for rows in _planned(due_sql.PREGNANCIES, ranges, _OF_PREGNANCIES, announced, _Plans(antenatal)):
        yield [_due(ranges[number], user_id, zone, _of_pregnancy(*visit)) for number, user_id, zone, *visit in rows]


_OF_PREGNANCIES = {
    "prenatal_checkup": visits.ANTENATAL,
    "expected_birth": visits.BIRTH,
    "postnatal_checkup": visits.POSTNATAL,
}


def _of_pregnancy(pregnancy_id: int, kind: str, attempt: int, week: int, due: dt.date) -> calendar.CalendarEvent:
    if kind == visits.ANTENATAL:
        return calendar.PrenatalVisit(due, pregnancy_id, week, attempt=attempt)
    if kind == visits.POSTNATAL:
        return calendar.PostnatalVisit(due, pregnancy_id, week)
    return calendar.ExpectedBirth(due, pregnancy_id)


def _vaccination(
    programme: Programme, child_id: int, name: str, attempt: int, week: int, due: dt.date, doses: Any, left: Any
) -> calendar.Vaccination:
    whole = programme.group(week, tuple(doses))
    return calendar.Vaccination(due, child_id, name, whole, attempt=attempt).without(programme.group(week, tuple(left)))


def _taken_by_another(ranges: list[_Window]) -> Callable[[DueEvent], bool]:
    """Whether an event is due, right now, for an earlier one of the schedules that say the same on the same day."""
    by_zone: defaultdict[tuple[int, str], list[windows.DateRange]] = defaultdict(list)
    active = {window.schedule.id for window in ranges}
    rivals = {
        window.schedule.id: [other for other in window.schedule.same if other < window.schedule.id and other in active]
        for window in ranges
    }
    if not any(rivals.values()):
        return lambda _event: False
    for window in ranges:
        for zone in window.zones.values():
            by_zone[window.schedule.id, zone.key].append(window.dates)

    def is_taken(event: DueEvent) -> bool:
        return any(
            dates.first <= event.event.date <= dates.last
            for other in rivals[event.schedule_id]
            for dates in by_zone[other, event.zone_key]
        )

    return is_taken


def count_opening(schedules: Iterable[Schedule], first: dt.datetime, last: dt.datetime, announced: type[Model]) -> int:
    """How many events will become due from `first` to `last`, both included, as far as is known now."""
    return sum(1 for _event in opening(schedules, first, last, announced))


def opening(
    schedules: Iterable[Schedule], first: dt.datetime, last: dt.datetime, announced: type[Model]
) -> Iterator[DueEvent]:
    """The events that will become due from `first` to `last`, both included, as far as is known now."""
    ranges = _windows(
        list(schedules), lambda schedule, zone: windows.event_dates_opening(schedule, zone, first, last), first
    )
    earlier = _taken_by_another(ranges)
    for events in _found(ranges, announced):
        yield from (event for event in events if not earlier(event))


def _windows(
    schedules: list[Schedule],
    dates_of: Callable[[Schedule, ZoneInfo], windows.DateRange | None],
    now: dt.datetime,
) -> list[_Window]:
    zones = zones_of_people() if schedules else {}
    found: list[_Window] = []
    for schedule in schedules:
        zones_by_range: defaultdict[windows.DateRange, Zones] = defaultdict(dict)
        for name, zone in zones.items():
            dates = dates_of(schedule, zone)
            if dates is not None:
                zones_by_range[dates][name] = zone
        found += [
            _Window(schedule, dates, there, {name: now.astimezone(zone).date() for name, zone in there.items()})
            for dates, there in zones_by_range.items()
        ]
    return found


def zones_of_people() -> Zones:
    """The zones that people live in, by what they are called in `due_sql`.

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


def _planned(
    template: str, ranges: list[_Window], kinds: dict[str, str], announced: type[Model], of: _Plans
) -> Iterator[list[tuple[Any, ...]]]:
    """Rows of one of the statements of `due_sql`; their first column is a place in `ranges`.

    Args:
        kinds: the kind of planned visits by the type of calendar events.
        of: which plans are not out of date.
    """
    numbered = [place for place, window in enumerate(ranges) if window.schedule.event_type in kinds]
    if not numbered:
        return
    parameters = _window_parameters(ranges, numbered) | {
        "version": of.version,
        "by_pack": of.by_pack,
        "kinds": [kinds[ranges[number].schedule.event_type] for number in numbered],
        "first": [ranges[number].dates.first for number in numbered],
        "last": [ranges[number].dates.last for number in numbered],
    }
    yield from _chunks(_statement(template, announced), parameters)


def _due(window: _Window, user_id: int, zone: str, event: calendar.CalendarEvent) -> DueEvent:
    schedule = window.schedule
    opens_at = schedule.opens_at(event.date, window.zones[zone])
    zone_key = window.zones[zone].key
    return DueEvent(schedule.id, user_id, event, opens_at, opens_at + schedule.time_to_live, zone_key)


def _window_parameters(ranges: list[_Window], numbered: list[int]) -> dict[str, object]:
    return {
        "numbers": numbered,
        "same": [",".join(map(str, ranges[number].schedule.same)) for number in numbered],
        "zone_numbers": [number for number in numbered for _ in ranges[number].zones],
        "zones": [zone for number in numbered for zone in ranges[number].zones],
        "todays": [ranges[number].todays[zone] for number in numbered for zone in ranges[number].zones],
        "runs_on": pregnancy_dates.RUNS_ON.days,
    }


def _statement(template: str, announced: type[Model]) -> sql.Composed:
    table = sql.Identifier(announced._meta.db_table)
    done_at = sql.Identifier(DONE_AT[announced._meta.db_table])
    return sql.SQL(template).format(windows=sql.SQL(due_sql.WINDOWS), announced=table, done_at=done_at)


# When a person was reached by it, in each of the tables of what has been announced.
DONE_AT = {"events_notificationevent": "push_notification_sent_at", "surveys_survey": "responded_at"}


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
                # Hardly anybody is met twice. What is kept for being met again was once all pregnancies, gone through
                # for each visit of a Monday.
                " SET LOCAL enable_memoize = off; SET LOCAL enable_material = off"
            )
        rows = ServerCursor(connection.connection, "hera_due", withhold=not in_caller_transaction)
        rows.execute(statement, parameters)
    try:
        while chunk := rows.fetchmany(CHUNK):
            yield chunk
    finally:
        rows.close()
