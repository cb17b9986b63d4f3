"""What is counted. Each figure is one statement; nobody is named in any."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.db import connection

from hera.core import clock, timezones
from hera.events.selectors import count_ahead

if TYPE_CHECKING:
    from collections.abc import Sequence

Rows = list[dict[str, Any]]

# Shipped apps answer `yes`, and to the survey after an antenatal visit `pregnancyyes`; `no` likewise.
_ANSWERS = """
    count(*) FILTER (WHERE response LIKE '%%yes') AS yes,
    count(*) FILTER (WHERE response LIKE '%%no') AS no,
    count(*) FILTER (WHERE response IS NULL) AS no_response
"""


def sign_ups(first: dt.date, last: dt.date) -> Rows:
    """People by the day on which they joined: `date`, `occurrence`."""
    return _rows(
        """
        SELECT (date_joined AT TIME ZONE %(zone)s)::date::text AS date, count(*) AS occurrence
        FROM auth_user
        WHERE NOT is_staff AND date_joined >= %(from)s AND date_joined < %(to)s
        GROUP BY 1 ORDER BY 1
        """,
        first,
        last,
    )


def sign_ups_of_each_day(first: dt.date, last: dt.date) -> Rows:
    """The same, with a row for each day: the dashboard draws its line from row to row."""
    counts = by_day(sign_ups(first, last), first, last)
    return [
        {"date": (first + dt.timedelta(days=number)).isoformat(), "occurrence": count}
        for number, count in enumerate(counts)
    ]


def agreed(first: dt.date, last: dt.date) -> int:
    """People who agreed to the terms on these days: what the earlier HERA counted as sign-ups."""
    [row] = _rows(
        """
        SELECT count(*) AS people
        FROM user_profile_userprofile profile JOIN auth_user person ON person.id = profile.user_id
        WHERE NOT person.is_staff AND profile.agree_to_terms_at >= %(from)s AND profile.agree_to_terms_at < %(to)s
        """,
        first,
        last,
    )
    people: int = row["people"]
    return people


def antenatal_answers(first: dt.date, last: dt.date) -> Rows:
    """Answers about antenatal visits, by which one of its pregnancy: `check_up_no`, `yes`, `no`, `no_response`."""
    return _rows(
        f"""
        WITH asked AS (
            SELECT response, available_at,
                dense_rank() OVER (PARTITION BY split_part(event_key, '/', 2) ORDER BY context->>'date') AS check_up_no
            FROM surveys_survey WHERE event_key LIKE 'prenatal-checkup/%%'
        )
        SELECT check_up_no, {_ANSWERS} FROM asked
        WHERE available_at >= %(from)s AND available_at < %(to)s
        GROUP BY 1 ORDER BY 1
        """,  # noqa: S608  (our own text)
        first,
        last,
    )


def vaccination_answers(first: dt.date, last: dt.date) -> Rows:
    """Answers about vaccinations, by vaccine: `vaccine_name`, `yes`, `no`, `no_response`.

    The doses are those in the event's key: a name may contain another's.
    """
    return _rows(
        f"""
        SELECT vaccine.name AS vaccine_name, {_ANSWERS}
        FROM (
            SELECT DISTINCT survey.id, survey.response, dose.vaccine_id
            FROM surveys_survey survey
            JOIN child_health_vaccinedose dose
                ON dose.id::text = ANY(string_to_array(split_part(survey.event_key, '/doses-', 2), ','))
            WHERE survey.event_key LIKE 'vaccination/%%'
                AND survey.available_at >= %(from)s AND survey.available_at < %(to)s
        ) asked
        JOIN child_health_vaccine vaccine ON vaccine.id = asked.vaccine_id
        GROUP BY 1 ORDER BY 1
        """,  # noqa: S608  (our own text)
        first,
        last,
    )


# Ages in whole years, from and below.
AGES = ((0, 1), (1, 2), (2, 5), (5, None))


def coverage() -> Rows:
    """Children whose first dose of an active vaccine is due by now, and how many of them had it, by vaccine.

    Had it as `standing.ChildFacts.had` says: by a record of that dose, or by a tick from when it was due. Those that
    ended are not counted.

    `name`, `due`, `given`, and the same two for each of `AGES`: `due_0`, `given_0`, ...
    """
    ages = ", ".join(
        f"count(*) FILTER (WHERE {_is_aged(*age)}) AS due_{number},"
        f" count(had.child_id) FILTER (WHERE {_is_aged(*age)}) AS given_{number}"
        for number, age in enumerate(AGES)
    )
    return _rows(
        f"""
        WITH first_dose AS (
            SELECT DISTINCT ON (vaccine.id) vaccine.id AS vaccine_id, vaccine.name, dose.id, dose.week_age,
                applicable_for_male, applicable_for_female
            FROM child_health_vaccine vaccine JOIN child_health_vaccinedose dose ON dose.vaccine_id = vaccine.id
            WHERE vaccine.is_active AND dose.is_active ORDER BY vaccine.id, dose.week_age, dose.id
        ), had AS (
            SELECT given.child_id, first_dose.id AS dose_id
            FROM child_health_dosegiven given JOIN first_dose ON first_dose.id = given.vaccine_dose_id
            WHERE given.retracted_at IS NULL
            UNION
            SELECT given.child_id, first_dose.id
            FROM child_health_dosegiven given
            JOIN first_dose ON first_dose.vaccine_id = given.vaccine_id
            JOIN child_health_child child ON child.id = given.child_id
            WHERE given.retracted_at IS NULL AND given.vaccine_dose_id IS NULL
                AND child.date_of_birth + 7 * first_dose.week_age <= given.due_by
        )
        SELECT first_dose.name, count(*) AS due, count(had.child_id) AS given, {ages}
        FROM first_dose
        JOIN child_health_child child
            ON child.date_of_birth <= %(today)s - first_dose.week_age * 7 AND child.ended_at IS NULL
            AND CASE WHEN child.gender = 'MALE' THEN applicable_for_male ELSE applicable_for_female END
        LEFT JOIN had ON had.child_id = child.id AND had.dose_id = first_dose.id
        GROUP BY first_dose.vaccine_id, first_dose.name, first_dose.week_age
        ORDER BY first_dose.week_age, first_dose.name
        """,  # noqa: S608  (our own text)
        clock.today_in(timezones.default()),
        clock.today_in(timezones.default()),
    )


def _is_aged(years: int, below: int | None) -> str:
    old_enough = f"child.date_of_birth <= %(today)s - interval '{years} years'"
    return (
        old_enough if below is None else f"{old_enough} AND child.date_of_birth > %(today)s - interval '{below} years'"
    )


def totals() -> dict[str, int]:
    """What stands now: people, running pregnancies, children, reminders of today, answers of the last 30 days.

    A reminder of today was announced today, or will be before the day ends in the country's time zone.
    """
    now, today = clock.now(), clock.today_in(timezones.default())
    [row] = _rows(
        """
        SELECT
            (SELECT count(*) FROM auth_user WHERE NOT is_staff AND is_active) AS people,
            (SELECT count(*) FROM child_health_pregnancy
                WHERE estimated_delivery_date >= %(today)s AND ended_at IS NULL) AS pregnancies,
            (SELECT count(*) FROM child_health_child WHERE ended_at IS NULL) AS children,
            (SELECT count(*) FROM events_notificationevent
                WHERE notification_available_at >= %(from)s AND notification_available_at < %(to)s
                    AND withdrawn_at IS NULL) AS reminders_today,
            (SELECT count(*) FROM surveys_survey WHERE responded_at >= %(month)s) AS answers
        """,
        today,
        today,
    )
    tomorrow = dt.datetime.combine(today + dt.timedelta(days=1), dt.time(), tzinfo=timezones.default())
    ahead = count_ahead(now, tomorrow - dt.timedelta(microseconds=1))
    return row | {"reminders_today": row["reminders_today"] + ahead}


def daily(first: dt.date, last: dt.date) -> dict[str, list[int]]:
    """For the small charts: what was new on each day, from the first to the last.

    sign_ups, pregnancies (declared), children (added), reminders, sent, failed, answers.
    """
    failed = "state IN ('failed', 'expired', 'undeliverable')"
    found = {
        "sign_ups": sign_ups(first, last),
        "pregnancies": _per_day("child_health_pregnancy", "created_at", "true", first, last),
        "children": _per_day("child_health_child", "created_at", "true", first, last),
        "reminders": _per_day("events_notificationevent", "notification_available_at", "true", first, last),
        "sent": _per_day("delivery_message", "created_at", "state IN ('sent', 'delivered')", first, last),
        "failed": _per_day("delivery_message", "created_at", failed, first, last),
        "answers": _per_day("surveys_survey", "responded_at", "true", first, last),
    }
    return {name: by_day(rows, first, last) for name, rows in found.items()}


def by_day(rows: Rows, first: dt.date, last: dt.date) -> list[int]:
    """`occurrence` of each day from the first to the last; 0 where no row has this `date`."""
    counts = {row["date"]: row["occurrence"] for row in rows}
    days = ((first + dt.timedelta(days=number)).isoformat() for number in range((last - first).days + 1))
    return [counts.get(day, 0) for day in days]


def _per_day(table: str, column: str, condition: str, first: dt.date, last: dt.date) -> Rows:
    return _rows(
        f"""
        SELECT ({column} AT TIME ZONE %(zone)s)::date::text AS date, count(*) AS occurrence FROM {table}
        WHERE {column} >= %(from)s AND {column} < %(to)s AND {condition} GROUP BY 1
        """,  # noqa: S608  (names of our own)
        first,
        last,
    )


def _rows(statement: str, first: dt.date, last: dt.date) -> Rows:
    """The statement's rows; days are whole ones, both included, in the country's time zone."""
    zone = timezones.default()
    parameters: dict[str, Any] = {
        "zone": str(zone),
        "from": dt.datetime.combine(first, dt.time(), tzinfo=zone),
        "to": dt.datetime.combine(last + dt.timedelta(days=1), dt.time(), tzinfo=zone),
        "today": last,
        "month": clock.now() - dt.timedelta(days=30),
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        names: Sequence[str] = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
