"""When nobody was to be reminded of a child: while it was paused, and while it was ended by mistake. A piece of SQL."""

from __future__ import annotations

# Of `child`: from which day until before which other.
SILENCES = """
    SELECT (recorded_at AT TIME ZONE 'UTC')::date AS since,
        least(until, (taken_back_at AT TIME ZONE 'UTC')::date) AS until
    FROM child_health_childpause pause WHERE pause.child_id = child.id
    UNION ALL
    SELECT (recorded_at AT TIME ZONE 'UTC')::date, (taken_back_at AT TIME ZONE 'UTC')::date
    FROM child_health_childend ended WHERE ended.child_id = child.id AND taken_back_at IS NOT NULL
"""
