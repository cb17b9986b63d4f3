"""Doses in SQL, for who asks about many children at once; `calendar` in Python."""

from __future__ import annotations

import datetime as dt

from django.db.models.expressions import RawSQL

from hera.child_health.selectors import doses_of_active_vaccines


def people_with_an_open_dose(first: dt.date, last: dt.date, within: tuple[int, int] | None) -> RawSQL:
    """Ids of people with a child that has a dose between these days that it has not had, as far as is known.

    Args:
        within: ids of whom it is asked about only.
    """
    doses = doses_of_active_vaccines()
    columns = [
        [dose.id for dose in doses],
        [dose.week_age for dose in doses],
        [dose.vaccine_id for dose in doses],
        [dose.for_male for dose in doses],
        [dose.for_female for dose in doses],
    ]
    parameters = [*(within or _EVERYBODY), *columns, first, last]
    return RawSQL(_PEOPLE_WITH_AN_OPEN_DOSE, parameters)  # noqa: S611  (a constant)


_EVERYBODY = (0, 2**31 - 1)
# The records of a child are read once, not once a dose; `OFFSET 0` keeps the planner from turning that around. What it
# had is as `standing.ChildFacts.had` says: a dose that a record has, or that was due by the day of its vaccine's tick.
# Of several ticks the latest comes first.
_PEOPLE_WITH_AN_OPEN_DOSE = """
    SELECT child.user_id
    FROM child_health_child child
    CROSS JOIN LATERAL (
        SELECT coalesce(array_agg(record.vaccine_dose_id) FILTER (WHERE record.vaccine_dose_id IS NOT NULL), '{}')
                AS doses,
            array_agg(record.vaccine_id ORDER BY record.due_by DESC) FILTER (WHERE record.due_by IS NOT NULL) AS ticked,
            array_agg(record.due_by ORDER BY record.due_by DESC) FILTER (WHERE record.due_by IS NOT NULL) AS due_by
        FROM child_health_dosegiven record WHERE record.child_id = child.id AND record.retracted_at IS NULL
        OFFSET 0
    ) had
    WHERE child.user_id BETWEEN %s AND %s AND child.ended_at IS NULL AND EXISTS (
        SELECT FROM unnest(%s::bigint[], %s::int[], %s::bigint[], %s::bool[], %s::bool[])
            AS dose(id, week, vaccine, for_male, for_female)
        WHERE child.date_of_birth + 7 * dose.week BETWEEN %s AND %s
            AND CASE child.gender WHEN 'MALE' THEN dose.for_male ELSE dose.for_female END
            AND dose.id <> ALL (had.doses)
            AND coalesce(
                child.date_of_birth + 7 * dose.week > had.due_by[array_position(had.ticked, dose.vaccine)], true
            )
    )
"""
