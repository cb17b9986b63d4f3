"""Which records stand for a dose and on which day it was given, in pieces of SQL: one rule, for all who ask about many.

`doses_told.is_possible` and `doses_told.latest` are the same rules of dates, for one child; a test holds them together.
"""

from __future__ import annotations

# Of `given`, a record of `child`. What was given in a campaign stands for no dose of the schedule, nor does what cannot
# have been on its day.
_ENTERED_ON = "(given.entered_at AT TIME ZONE 'UTC')::date"
_LATEST = f"""greatest(given.date, least({_ENTERED_ON}, (CASE given.precision
            WHEN 'year' THEN date_trunc('year', given.date) + interval '1 year - 1 day'
            WHEN 'month' THEN date_trunc('month', given.date) + interval '1 month - 1 day'
            ELSE given.date END)::date))"""
CAN_STAND = f"""
    NOT given.campaign AND (given.date IS NULL OR (
        given.date <= {_ENTERED_ON} + 1 AND {_LATEST} >= child.date_of_birth
    ))
"""
STANDS = f"given.retracted_at IS NULL AND {CAN_STAND}"
# The records that stand, with the last day that each can have been; NULL where a month is not known.
TOLD = f"""
    SELECT given.child_id, given.vaccine_dose_id AS dose_id, given.vaccine_id, given.due_by,
        CASE WHEN given.precision IN ('day', 'month') THEN {_LATEST} END AS day
    FROM child_health_dosegiven given JOIN child_health_child child ON child.id = given.child_id
    WHERE {STANDS}
"""  # noqa: S608  (our own text)


def age_reached(months: str, days: str) -> str:
    """The day on which `child` reaches an age, as `ages.Period.after` has it: no month has a 31st that it lacks."""
    month = f"(child.date_of_birth + make_interval(months => {months}))::date"
    lacks_the_day = f"extract(day FROM {month}) < extract(day FROM child.date_of_birth)"
    return f"({month} + CASE WHEN {lacks_the_day} THEN 1 ELSE 0 END + {days})"
