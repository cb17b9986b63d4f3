"""From what measures are counted: statements of facts, each with a person, a month, and what it is a fact of.

A fact counts in one month for good: a dose in that in which it fell due, a visit in its own, a message in that in
which it was made.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings

from hera.child_health.models import VaccineDose
from hera.child_health.plan.given_sql import TOLD, age_reached
from hera.child_health.plan.programme import current_programme
from hera.core import clock, timezones
from hera.core.months import months_later
from hera.immunization.ages import Period

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hera.child_health.plan.by_pack import ByPack

MONTHS = 36  # before the running one
# Who says from when a dose is late: the pack, else this.
LATE_AFTER_WEEKS = 4
# Ages in whole years of the children whose doses are counted: below one, below two, below five, older.
_AGE = """CASE WHEN age(%(today)s, child.date_of_birth) < interval '1 year' THEN '0'
    WHEN age(%(today)s, child.date_of_birth) < interval '2 years' THEN '1'
    WHEN age(%(today)s, child.date_of_birth) < interval '5 years' THEN '2' ELSE '5' END"""


@dataclass(frozen=True)
class Source:
    """A statement of facts, and the sums that are kept of them.

    Args:
        facts: SQL with the columns `month` and `series`, those of its own dimensions, and `user_id` where it is of
            people.
        sums: what is summed, by name, as SQL aggregates of the facts.
        own: the dimensions that are columns of the facts.
        is_of_people: whether what is known of a person (language, number) tells the facts apart.
        parameters: what the statement asks for besides `since`, `today` and `zone`.
        kept_days: for how long the facts are there; None for good. Months before are not counted anew.
    """

    key: str
    facts: str
    sums: Mapping[str, str]
    own: tuple[str, ...] = ()
    is_of_people: bool = True
    parameters: Callable[[], dict[str, Any]] = dict
    kept_days: Callable[[], int | None] = lambda: None


_DUE = age_reached("programme.due_months", "programme.due_days")
_LATE = age_reached("programme.late_months", "programme.late_days")
# As `coverage._BY_PACK`: what nobody has told of is not given, whatever the plan takes for granted.
_DOSES = f"""
    WITH programme AS MATERIALIZED (
        SELECT * FROM json_to_recordset(%(doses)s::json) AS one(
            dose_id bigint, vaccine_id bigint, number int, due_months int, due_days int, late_months int, late_days int
        )
    ), planned AS MATERIALIZED (
        SELECT visit.child_id, dose.id AS dose_id, min(visit.due) AS due,
            bool_or(dose.id = ANY(visit."left")) AS is_left,
            min(visit.due) FILTER (WHERE visit.earliest IS NULL AND %(by_pack)s) AS kept_on
        FROM child_health_plannedvisit visit CROSS JOIN LATERAL unnest(visit.doses) AS dose(id)
        WHERE visit.kind = 'v' AND dose.id IN (SELECT dose_id FROM programme)
        GROUP BY visit.child_id, dose.id
    ), told AS MATERIALIZED (
        {TOLD}
    ), by_dose AS (
        SELECT child_id, dose_id, min(day) AS day FROM told WHERE dose_id IS NOT NULL GROUP BY 1, 2
    ), by_tick AS (
        SELECT child_id, vaccine_id, max(due_by) AS due_by FROM told WHERE dose_id IS NULL GROUP BY 1, 2
    ), of_dose AS (
        SELECT child.user_id, child.id AS child_id, programme.dose_id, programme.vaccine_id, planned.due, {_AGE} AS age,
            NOT planned.is_left AND (by_dose.child_id IS NOT NULL OR on_day.child_id IS NOT NULL
                OR least(planned.due, {_DUE}) <= by_tick.due_by) IS TRUE AS given,
            CASE WHEN NOT planned.is_left THEN coalesce(on_day.day, by_dose.day) END AS day,
            {_LATE} AS late
        FROM planned
        JOIN programme ON programme.dose_id = planned.dose_id
        JOIN child_health_child child
            ON child.id = planned.child_id AND child.ended_at IS NULL AND child.plan_version = %(version)s
        LEFT JOIN by_dose ON by_dose.child_id = planned.child_id AND by_dose.dose_id = planned.dose_id
        LEFT JOIN by_tick ON by_tick.child_id = planned.child_id AND by_tick.vaccine_id = programme.vaccine_id
        LEFT JOIN (SELECT DISTINCT child_id, day FROM told WHERE %(by_pack)s) on_day
            ON on_day.child_id = planned.child_id AND on_day.day = planned.kept_on
        WHERE planned.due <= %(today)s
    )
"""  # noqa: S608  (our own text)


def _programme() -> dict[str, Any]:
    current = current_programme()
    by_pack = current.programme.by_pack
    doses = _ages_by_pack(by_pack) if by_pack else _due_ages()
    return {"doses": json.dumps(doses), "version": current.of_children, "by_pack": by_pack is not None}


def _firsts_and_thirds() -> dict[str, Any]:
    """As `_programme`, of the doses alone that a drop-out is told from, with their numbers: that takes less long."""
    found = _programme()
    of_vaccine: dict[int, list[dict[str, int]]] = {}
    for row in json.loads(found["doses"]):
        of_vaccine.setdefault(row["vaccine_id"], []).append(row)
    kept = []
    for rows in of_vaccine.values():
        rows.sort(key=lambda row: (row["due_months"] * _DAYS_OF_A_MONTH + row["due_days"], row["dose_id"]))
        if len(rows) >= _THIRD:
            kept += [{**rows[number - 1], "number": number} for number in (1, _THIRD)]
    return {**found, "doses": json.dumps(kept)}


_DAYS_OF_A_MONTH = 30.4  # to put ages in order
_THIRD = 3


def _due_ages() -> list[dict[str, int]]:
    doses = VaccineDose.objects.filter(is_active=True, vaccine__is_active=True)
    late = Period(weeks=LATE_AFTER_WEEKS)
    return [_row(pk, vaccine, Period(weeks=week), Period(weeks=week + late.weeks)) for pk, vaccine, week in
            doses.values_list("pk", "vaccine_id", "week_age")]  # fmt: skip


def _ages_by_pack(by_pack: ByPack) -> list[dict[str, int]]:
    """The ages of each dose by the series in which it comes first in life."""
    born = dt.date(2001, 1, 1)
    found: dict[int, dict[str, int]] = {}
    ids = {dose.key: (dose.id, vaccine.id) for vaccine in by_pack.pack.vaccines for dose in vaccine.doses}
    targets = [one for several in by_pack.pack.series.values() for series in several for one in series.doses]
    for one in sorted(targets, key=lambda target: target.due.after(born)):
        dose, vaccine = ids[one.dose]
        late = one.overdue or Period(one.due.years, one.due.months, one.due.weeks + LATE_AFTER_WEEKS, one.due.days)
        found.setdefault(dose, _row(dose, vaccine, one.due, late))
    return list(found.values())


def _row(dose: int, vaccine: int, due: Period, late: Period) -> dict[str, int]:
    row = {"dose_id": dose, "vaccine_id": vaccine}
    for name, age in (("due", due), ("late", late)):
        row |= {f"{name}_months": age.years * 12 + age.months, f"{name}_days": age.weeks * 7 + age.days}
    return row


def _count(condition: str) -> str:
    return f"count(*) FILTER (WHERE {condition})"


DOSES = Source(
    "doses",
    f"""{_DOSES}
    SELECT user_id, date_trunc('month', due)::date AS month, dose_id::text AS series, age, given,
        given AND day IS NOT NULL AS dated, given AND day < late AS on_time
    FROM of_dose WHERE due >= %(since)s
    """,  # noqa: S608  (our own text)
    {"due": "count(*)", "given": _count("given"), "dated": _count("dated"), "on_time": _count("on_time"),
     "late": _count("dated AND NOT on_time")},
    own=("age",),
    parameters=_programme,
)  # fmt: skip

# In the month in which the third fell due.
THIRDS = Source(
    "thirds",
    f"""{_DOSES}
    SELECT user_id, date_trunc('month', due)::date AS month, series, age, given
    FROM (
        SELECT of_dose.user_id, of_dose.child_id, of_dose.vaccine_id::text AS series, of_dose.age,
            bool_or(of_dose.given) FILTER (WHERE programme.number = 1) AS begun,
            max(of_dose.due) FILTER (WHERE programme.number = 3) AS due,
            bool_or(of_dose.given) FILTER (WHERE programme.number = 3) AS given
        FROM of_dose JOIN programme ON programme.dose_id = of_dose.dose_id
        GROUP BY 1, 2, 3, 4
    ) child
    WHERE begun AND due >= %(since)s
    """,  # noqa: S608  (our own text)
    {"begun": "count(*)", "dropped": _count("NOT given")},
    own=("age",),
    parameters=_firsts_and_thirds,
)

# Visits that were ahead when the child was registered: of others nobody could remind.
VISITS = Source(
    "visits",
    """
    WITH reminded AS MATERIALIZED (
        SELECT event_key, context->>'date' AS day, bool_or(opened_at IS NOT NULL) AS is_opened
        FROM events_notificationevent
        WHERE event_key LIKE 'vaccination/%%' AND withdrawn_at IS NULL
            AND notification_available_at >= %(since)s::date - interval '2 months'
        GROUP BY event_key, context->>'date'
    )
    SELECT child.user_id, date_trunc('month', visit.due)::date AS month,
        CASE WHEN reminded.day IS NULL THEN 'alone' WHEN reminded.is_opened THEN 'opened' ELSE 'reminded' END
            AS series,
        reminded.day IS NOT NULL AS reminded, reminded.is_opened IS TRUE AS opened,
        cardinality(visit."left") = 0 AS kept
    FROM child_health_plannedvisit visit
    JOIN child_health_child child ON child.id = visit.child_id AND child.ended_at IS NULL
    LEFT JOIN reminded ON reminded.day = visit.due::text AND reminded.event_key = 'vaccination/child-' || visit.child_id
        || CASE WHEN visit.attempt > 1 THEN '/try-' || visit.attempt ELSE '' END || '/doses-'
        || array_to_string(visit.doses, ',')
    WHERE visit.kind = 'v' AND visit.due >= %(since)s AND visit.due <= %(today)s
        AND visit.due >= coalesce(child.known_on, child.created_at::date)
    """,
    {
        "visits": "count(*)",
        "reminded": _count("reminded"),
        "kept": _count("kept"),
        "opened": _count("opened"),  # last, as what was counted before has none
    },
)

ANTENATAL = Source(
    "antenatal",
    """
    SELECT user_id, date_trunc('month', available_at AT TIME ZONE %(zone)s)::date AS month,
        'antenatal' AS series, response LIKE '%%yes' AS came
    FROM surveys_survey
    WHERE event_key LIKE 'prenatal-checkup/%%' AND available_at >= %(since)s AND withdrawn_at IS NULL
        AND response IS NOT NULL
    """,
    {"answered": "count(*)", "came": _count("came")},
)

_MESSAGES = """
    SELECT event.user_id, date_trunc('month', message.created_at AT TIME ZONE %(zone)s)::date AS month,
        {series} AS series, message.state IN ('sent', 'delivered') AS arrived
    FROM delivery_message message JOIN events_notificationevent event ON event.id = message.event_id
    WHERE message.created_at >= %(since)s AND message.state = ANY(%(ended)s)
"""
_FAILED = ["failed", "expired", "undeliverable"]
# What a provider says may name a number or an id: of it the beginning is kept, without long digits.
_REASON = (
    r"message.channel || ': ' || regexp_replace(left(split_part(message.reason, ': {', 1), 80), '\d{4,}', '…', 'g')"
)

REACH = Source(
    "reach",
    _MESSAGES.format(series="message.channel"),
    {"ended": "count(*)", "arrived": _count("arrived")},
    parameters=lambda: {"ended": ["sent", "delivered", *_FAILED]},
    kept_days=lambda: settings.HERA.delivery_kept_days,
)
FAILURES = Source(
    "failures",
    _MESSAGES.format(series=_REASON),
    {"failed": "count(*)"},
    parameters=lambda: {"ended": _FAILED},
    kept_days=lambda: settings.HERA.delivery_kept_days,
)
MONEY = Source(
    "money",
    """
    SELECT date_trunc('month', day)::date AS month, currency AS series, calling_code AS nationality, purpose, cost
    FROM delivery_textspending WHERE day >= %(since)s AND day <= %(today)s
    """,
    {"cost": "sum(cost)"},
    own=("nationality", "purpose"),
    is_of_people=False,
)
SOURCES = {one.key: one for one in (DOSES, THIRDS, VISITS, ANTENATAL, REACH, FAILURES, MONEY)}


def months_counted(source: Source) -> tuple[dt.date, dt.date]:
    """The first day from which on a source is counted anew, and today."""
    today = clock.today_in(timezones.default())
    since = months_later(today, -MONTHS)
    kept = source.kept_days()
    if kept is not None:
        whole = (today - dt.timedelta(days=kept)).replace(day=1) + dt.timedelta(days=31)
        since = max(since, whole.replace(day=1))  # the first month of which nothing has been deleted yet
    return since, today
