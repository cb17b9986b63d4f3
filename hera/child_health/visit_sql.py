"""The plan of antenatal visits in SQL, for who asks about many pregnancies at once; `pregnancy_dates` in Python.

`fact` is the pregnancy. The index child_health_pregnancy_plan has the same two expressions, letter for letter: the
planner knows it by them.
"""

from __future__ import annotations

import datetime as dt
import functools

from django.db.models.expressions import RawSQL

from hera.child_health import pregnancy_dates

# As pregnancy_dates.week_on says.
DECLARED_WEEK = """
    greatest(0, ceil((coalesce(fact.declared_on, (fact.created_at AT TIME ZONE 'UTC')::date)
        - fact.estimated_start_date) / 7.0))::int
"""
VISITS_MADE = "least(coalesce(fact.declared_number_of_prenatal_visits, 0), 4)"
_VISITS_THAT_MATTER = 4  # no more than four visits can have been missed


@functools.cache
def plan() -> list[tuple[int, int, int]]:
    """Declared week, visits made, and the week of a visit that follows from them: all there are."""
    return [
        (declared_week, visits, week)
        for declared_week in range(pregnancy_dates.LAST_WEEK)
        for visits in range(_VISITS_THAT_MATTER + 1)
        for week in pregnancy_dates.visit_weeks(declared_week, visits)
    ]


def people_with_a_visit(first: dt.date, last: dt.date, within: tuple[int, int] | None) -> RawSQL:
    """Ids of people who have an antenatal visit planned between these days; of these ids only, if `within` says so."""
    tabled = [list(column) for column in zip(*plan(), strict=True)]
    ids = within or _EVERYBODY
    parameters = [*tabled, *ids, first, last]
    return RawSQL(_PEOPLE_WITH_A_VISIT, parameters)  # noqa: S611  (a constant)


_EVERYBODY = (0, 2**31 - 1)
# A visit is on the Monday of its week.
_PEOPLE_WITH_A_VISIT = f"""
    SELECT fact.user_id
    FROM child_health_pregnancy fact
    JOIN unnest(%s::int[], %s::int[], %s::int[]) AS plan(declared_week, visits, week)
        ON {DECLARED_WEEK} = plan.declared_week AND {VISITS_MADE} = plan.visits
    WHERE fact.user_id BETWEEN %s AND %s AND fact.ended_at IS NULL
        AND date_trunc('week', fact.estimated_start_date + 7 * plan.week)::date BETWEEN %s AND %s
"""  # noqa: S608  (constants only)
