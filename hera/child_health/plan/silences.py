"""When nobody was to be reminded of a child: while it was paused, and while it was ended by mistake. A piece of SQL."""

from __future__ import annotations


def silences_sql(taken_back_at: str = "taken_back_at") -> str:
    """Of `child`: from which day, `since`, until before which other, `until`.

    Args:
        taken_back_at: the column, or what stands for it where it is asked how things were at an earlier moment.
    """
    return f"""
        SELECT (recorded_at AT TIME ZONE 'UTC')::date AS since,
            least(until, ({taken_back_at} AT TIME ZONE 'UTC')::date) AS until
        FROM child_health_childpause pause WHERE pause.child_id = child.id
        UNION ALL
        SELECT (recorded_at AT TIME ZONE 'UTC')::date, ({taken_back_at} AT TIME ZONE 'UTC')::date
        FROM child_health_childend ended WHERE ended.child_id = child.id AND {taken_back_at} IS NOT NULL
    """  # noqa: S608  (our own text)
