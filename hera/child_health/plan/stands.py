"""Whether a record stands for the dose that it names, where due ages alone are planned by. A piece of SQL.

`doses_told.is_possible` is the same rule of dates, for packs; a test holds the two together.
"""

from __future__ import annotations

# Of `given`, a record of `child`. What was given in a campaign stands for no dose of the schedule, nor does what cannot
# have been on its day.
STANDS = """
    given.retracted_at IS NULL AND NOT given.campaign AND (given.date IS NULL OR (
        given.date <= (given.entered_at AT TIME ZONE 'UTC')::date + 1
        AND given.date + CASE given.precision WHEN 'year' THEN interval '1 year' WHEN 'month' THEN interval '1 month'
            ELSE interval '1 day' END > child.date_of_birth
    ))
"""
