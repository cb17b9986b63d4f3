"""Which children have had the first dose of each vaccine, of those who should have; nobody is named.

By due ages alone in completed weeks. With a pack in use by its own ages, whose months are those of the calendar, and
by the stored plan: what does not count by the pack is not counted here.
"""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

from hera.child_health.packs.beginnings import beginnings
from hera.child_health.plan.given_sql import STANDS, TOLD, age_reached
from hera.child_health.plan.programme import current_programme
from hera.core import clock, timezones
from hera.figures.selectors import Rows, rows

if TYPE_CHECKING:
    from hera.child_health.packs.beginnings import Beginning

# Ages in whole years, from and below.
AGES = ((0, 1), (1, 2), (2, 5), (5, None))


def coverage() -> Rows:
    """Children whose first dose of an active vaccine is due by now, and how many of them had it, by vaccine.

    Those that ended are not counted. Two queries.

    `name`, `due`, `given`, and the same two for each of `AGES`: `due_0`, `given_0`, ... With a pack in use besides
    `dated`, those of `given` whose day is known, and `on_time`, those of `dated` who had it before it was late by the
    pack; both are None where the pack does not say from when it is late.
    """
    today, current = clock.today_in(timezones.default()), current_programme()
    by_pack = current.programme.by_pack
    if by_pack is None:
        return rows(_BY_DUE_AGES, today, today)
    begun = beginnings(by_pack.pack)
    found = rows(
        _BY_PACK,
        today,
        today,
        begun=json.dumps([_row(place, one, today) for place, one in enumerate(begun)]),
        firsts=[dose for one in begun for dose in one.doses],
        version=current.of_children,
    )
    return [{name: value for name, value in row.items() if name != "place"} for row in found]


def _row(place: int, one: Beginning, today: dt.date) -> dict[str, Any]:
    late = one.overdue
    return {
        "place": place,
        "name": one.vaccine.name,
        "vaccine_id": one.vaccine.id,
        "for_male": one.vaccine.male,
        "for_female": one.vaccine.female,
        "doses": list(one.doses),
        "born_by": one.due.latest_birth(today).isoformat(),
        "due_months": one.due.years * 12 + one.due.months,
        "due_days": one.due.weeks * 7 + one.due.days,
        "late_months": late and late.years * 12 + late.months,
        "late_days": late and late.weeks * 7 + late.days,
    }


def _is_aged(years: int, below: int | None) -> str:
    old_enough = f"child.date_of_birth <= %(today)s - interval '{years} years'"
    return (
        old_enough if below is None else f"{old_enough} AND child.date_of_birth > %(today)s - interval '{below} years'"
    )


_OF_AGES = ", ".join(
    f"count(*) FILTER (WHERE {_is_aged(*age)}) AS due_{number},"
    f" count(had.child_id) FILTER (WHERE {_is_aged(*age)}) AS given_{number}"
    for number, age in enumerate(AGES)
)

# Had it as `still_true.ChildFacts.had` says: by a record of that dose, or by a tick from when it was due.
_BY_DUE_AGES = f"""
    WITH first_dose AS (
        SELECT DISTINCT ON (vaccine.id) vaccine.id AS vaccine_id, vaccine.name, dose.id, dose.week_age,
            applicable_for_male, applicable_for_female
        FROM child_health_vaccine vaccine JOIN child_health_vaccinedose dose ON dose.vaccine_id = vaccine.id
        WHERE vaccine.is_active AND dose.is_active ORDER BY vaccine.id, dose.week_age, dose.id
    ), had AS (
        SELECT given.child_id, first_dose.id AS dose_id
        FROM child_health_dosegiven given JOIN first_dose ON first_dose.id = given.vaccine_dose_id
        JOIN child_health_child child ON child.id = given.child_id
        WHERE {STANDS}
        UNION
        SELECT given.child_id, first_dose.id
        FROM child_health_dosegiven given
        JOIN first_dose ON first_dose.vaccine_id = given.vaccine_id
        JOIN child_health_child child ON child.id = given.child_id
        WHERE {STANDS} AND given.vaccine_dose_id IS NULL
            AND child.date_of_birth + 7 * first_dose.week_age <= given.due_by
    )
    SELECT first_dose.name, count(*) AS due, count(had.child_id) AS given, {_OF_AGES}
    FROM first_dose
    JOIN child_health_child child
        ON child.date_of_birth <= %(today)s - first_dose.week_age * 7 AND child.ended_at IS NULL
        AND CASE WHEN child.gender = 'MALE' THEN applicable_for_male ELSE applicable_for_female END
    LEFT JOIN had ON had.child_id = child.id AND had.dose_id = first_dose.id
    GROUP BY first_dose.vaccine_id, first_dose.name, first_dose.week_age
    ORDER BY first_dose.week_age, first_dose.name
"""  # noqa: S608  (our own text)


# The plan says whether a dose counts: it is planned, and no visit has it left. What nobody has told of is not counted:
# a dose has a record, or a tick of its vaccine from when it was due, or its visit was kept (such a one has no
# `earliest`) on the day of a record, whatever that was told as. A plan that is out of date says nothing: its child is
# left out meanwhile.
_BY_PACK = f"""
    WITH begun AS (
        SELECT * FROM json_to_recordset(%(begun)s::json) AS one(
            place int, name text, vaccine_id bigint, for_male boolean, for_female boolean, doses bigint[],
            born_by date, due_months int, due_days int, late_months int, late_days int
        )
    ), first_dose AS MATERIALIZED (
        SELECT place, vaccine_id, unnest(doses) AS id FROM begun
    ), planned AS MATERIALIZED (
        SELECT of_dose.child_id, first_dose.place, first_dose.vaccine_id, first_dose.id AS dose_id, of_dose.due,
            of_dose.kept_on
        FROM (
            SELECT visit.child_id, dose.id, min(visit.due) AS due,
                min(visit.due) FILTER (WHERE visit.earliest IS NULL) AS kept_on
            FROM child_health_plannedvisit visit CROSS JOIN LATERAL unnest(visit.doses) AS dose(id)
            WHERE visit.kind = 'v' AND visit.doses && %(firsts)s::bigint[] AND dose.id = ANY(%(firsts)s)
            GROUP BY visit.child_id, dose.id
            HAVING NOT bool_or(dose.id = ANY(visit."left"))
        ) of_dose JOIN first_dose ON first_dose.id = of_dose.id
    ), told AS MATERIALIZED (
        {TOLD}
    ), had AS (
        SELECT child_id, place, min(day) AS day FROM (
            SELECT planned.child_id, planned.place, planned.kept_on AS day
            FROM planned JOIN told ON told.child_id = planned.child_id AND told.day = planned.kept_on
            UNION ALL
            SELECT planned.child_id, planned.place, NULL
            FROM planned JOIN told ON told.child_id = planned.child_id AND told.dose_id = planned.dose_id
            UNION ALL
            SELECT planned.child_id, planned.place, NULL
            FROM planned
            JOIN told ON told.child_id = planned.child_id AND told.vaccine_id = planned.vaccine_id
            JOIN begun ON begun.place = planned.place
            JOIN child_health_child child ON child.id = planned.child_id
            WHERE told.dose_id IS NULL
                AND least(planned.due, {age_reached("begun.due_months", "begun.due_days")}) <= told.due_by
        ) known GROUP BY child_id, place
    )
    SELECT begun.place, begun.name, count(*) AS due, count(had.child_id) AS given,
        CASE WHEN begun.late_months IS NOT NULL THEN count(had.day) END AS dated,
        CASE WHEN begun.late_months IS NOT NULL THEN
            count(*) FILTER (WHERE had.day < {age_reached("begun.late_months", "begun.late_days")}) END AS on_time,
        {_OF_AGES}
    FROM begun
    JOIN child_health_child child
        ON child.date_of_birth <= begun.born_by AND child.ended_at IS NULL AND child.plan_version = %(version)s
        AND CASE WHEN child.gender = 'MALE' THEN begun.for_male ELSE begun.for_female END
    LEFT JOIN had ON had.child_id = child.id AND had.place = begun.place
    GROUP BY begun.place, begun.name, begun.late_months, begun.late_days
    ORDER BY begun.place
"""  # noqa: S608  (our own text)
