"""What is counted. Each figure is one statement; nobody is named in any."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import connection

from hera.core import clock, timezones
from hera.events.selectors import count_ahead

if TYPE_CHECKING:
    from collections.abc import Sequence

Rows = list[dict[str, Any]]

ByDay = Callable[[dt.date, dt.date], Rows]
# Shipped apps answer `yes`, and to the survey after an antenatal visit `pregnancyyes`; `no` likewise.
PARTS = {
    "yes": "response LIKE '%%yes'",
    "no": "response LIKE '%%no'",
    "no_response": "response IS NULL",
}


def sign_ups(first: dt.date, last: dt.date) -> Rows:
    """People by the day on which they joined: `date`, `occurrence`."""
    return rows(
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


def agreements(first: dt.date, last: dt.date) -> Rows:
    """People by the day on which they agreed to the terms: `date`, `occurrence`."""
    return rows(
        """
        SELECT (profile.agree_to_terms_at AT TIME ZONE %(zone)s)::date::text AS date, count(*) AS occurrence
        FROM user_profile_userprofile profile JOIN auth_user person ON person.id = profile.user_id
        WHERE NOT person.is_staff AND profile.agree_to_terms_at >= %(from)s AND profile.agree_to_terms_at < %(to)s
        GROUP BY 1 ORDER BY 1
        """,
        first,
        last,
    )


def agreed(first: dt.date, last: dt.date) -> int:
    """People who agreed to the terms on these days: what the earlier HERA counted as sign-ups."""
    return sum(row["occurrence"] for row in agreements(first, last))


@dataclass(frozen=True)
class Asked:
    """Questions that are told apart by a key.

    Args:
        questions: SQL whose rows have the key, `response`, `responded_at`, `user_id` and `available_at`.
    """

    key: str
    questions: str


# By which one of its pregnancy a visit was.
ANTENATAL = Asked(
    "check_up_no",
    """
    SELECT user_id, response, responded_at, available_at,
        dense_rank() OVER (PARTITION BY split_part(event_key, '/', 2) ORDER BY context->>'date') AS check_up_no
    FROM surveys_survey WHERE event_key LIKE 'prenatal-checkup/%%'
    """,
)
# By vaccine. The doses are those in the event's key: a name may contain another's.
VACCINATIONS = Asked(
    "vaccine_name",
    """
    SELECT DISTINCT survey.id, survey.user_id, survey.response, survey.responded_at, survey.available_at,
        vaccine.id AS vaccine_id, vaccine.name AS vaccine_name
    FROM surveys_survey survey
    JOIN child_health_vaccinedose dose
        ON dose.id::text = ANY(string_to_array(split_part(survey.event_key, '/doses-', 2), ','))
    JOIN child_health_vaccine vaccine ON vaccine.id = dose.vaccine_id
    WHERE survey.event_key LIKE 'vaccination/%%'
        AND survey.available_at >= %(from)s AND survey.available_at < %(to)s
    """,
)


def antenatal_answers(first: dt.date, last: dt.date) -> Rows:
    """Answers about antenatal visits, by which one of its pregnancy: `check_up_no`, `yes`, `no`, `no_response`."""
    return _answers(ANTENATAL, first, last)


def vaccination_answers(first: dt.date, last: dt.date) -> Rows:
    """Answers about vaccinations, by vaccine: `vaccine_name`, `yes`, `no`, `no_response`."""
    return _answers(VACCINATIONS, first, last)


def _answers(asked: Asked, first: dt.date, last: dt.date) -> Rows:
    counts = ", ".join(f"count(*) FILTER (WHERE {condition}) AS {part}" for part, condition in PARTS.items())
    return rows(
        f"""
        SELECT {asked.key}, {counts} FROM ({asked.questions}) asked
        WHERE available_at >= %(from)s AND available_at < %(to)s GROUP BY 1 ORDER BY 1
        """,  # noqa: S608  (our own text)
        first,
        last,
    )


def answers_by_month(asked: Asked, first: dt.date, last: dt.date, answered_before: dt.datetime | None = None) -> Rows:
    """The same by month, each number with of how many people it is, as `yes_people`.

    Args:
        answered_before: what was answered from this moment on counts as not answered.
    """
    counts = ", ".join(
        f"count(*) FILTER (WHERE {condition}) AS {part},"
        f" count(DISTINCT user_id) FILTER (WHERE {condition}) AS {part}_people"
        for part, condition in PARTS.items()
    )
    return rows(
        f"""
        SELECT {asked.key}, to_char(available_at AT TIME ZONE %(zone)s, 'YYYY-MM') AS month, {counts}
        FROM (
            SELECT {asked.key}, user_id, available_at,
                CASE WHEN responded_at < %(answered_before)s THEN response END AS response
            FROM ({asked.questions}) question
        ) asked
        WHERE available_at >= %(from)s AND available_at < %(to)s GROUP BY 1, 2 ORDER BY 1, 2
        """,  # noqa: S608  (our own text)
        first,
        last,
        answered_before=answered_before or "infinity",
    )


def totals() -> dict[str, int]:
    """What stands now: people, those who are pregnant, those who have children; reminders of today, and answers of the
    last 30 days.

    People are those whom their list holds. A reminder of today was announced today, or will be before the day ends in
    the country's time zone; what staff have written is none.
    """
    now, today = clock.now(), clock.today_in(timezones.default())
    [row] = rows(
        """
        WITH people AS (
            SELECT id FROM auth_user JOIN user_profile_userprofile ON user_id = id WHERE NOT is_staff AND is_active
        )
        SELECT
            (SELECT count(*) FROM people) AS people,
            (SELECT count(DISTINCT user_id) FROM child_health_pregnancy JOIN people ON people.id = user_id
                WHERE estimated_delivery_date >= %(today)s AND ended_at IS NULL) AS pregnancies,
            (SELECT count(DISTINCT user_id) FROM child_health_child JOIN people ON people.id = user_id
                WHERE ended_at IS NULL) AS mothers,
            (SELECT count(*) FROM events_notificationevent
                WHERE notification_available_at >= %(from)s AND notification_available_at < %(to)s
                    AND withdrawn_at IS NULL AND instant_notification_id IS NULL) AS reminders_today,
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
        "reminders": _per_day(
            "events_notificationevent", "notification_available_at", "instant_notification_id IS NULL", first, last
        ),
        "sent": _per_day("delivery_message", "created_at", "state IN ('sent', 'delivered')", first, last),
        "failed": _per_day("delivery_message", "created_at", failed, first, last),
        "answers": _per_day("surveys_survey", "responded_at", "true", first, last),
    }
    return {name: by_day(counts, first, last) for name, counts in found.items()}


def by_day(counted: Rows, first: dt.date, last: dt.date) -> list[int]:
    """`occurrence` of each day from the first to the last; 0 where no row has this `date`."""
    counts = {row["date"]: row["occurrence"] for row in counted}
    days = ((first + dt.timedelta(days=number)).isoformat() for number in range((last - first).days + 1))
    return [counts.get(day, 0) for day in days]


def _per_day(table: str, column: str, condition: str, first: dt.date, last: dt.date) -> Rows:
    return rows(
        f"""
        SELECT ({column} AT TIME ZONE %(zone)s)::date::text AS date, count(*) AS occurrence FROM {table}
        WHERE {column} >= %(from)s AND {column} < %(to)s AND {condition} GROUP BY 1
        """,  # noqa: S608  (names of our own)
        first,
        last,
    )


def rows(statement: str, first: dt.date, last: dt.date, **others: object) -> Rows:
    """The statement's rows; days are whole ones, both included, in the country's time zone.

    Args:
        others: parameters that this statement has besides.
    """
    zone = timezones.default()
    parameters: dict[str, Any] = {
        "zone": str(zone),
        "from": dt.datetime.combine(first, dt.time(), tzinfo=zone),
        "to": dt.datetime.combine(last + dt.timedelta(days=1), dt.time(), tzinfo=zone),
        "today": last,
        "month": clock.now() - dt.timedelta(days=30),
        **others,
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        names: Sequence[str] = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
