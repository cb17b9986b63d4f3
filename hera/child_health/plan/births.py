"""The birth with which a pregnancy ended, as the plan and the due engine read it: pieces of SQL."""

from __future__ import annotations

from hera.child_health import pregnancy_dates

# Children of a birth: those that were made when it was told, and whom she added by herself, who were born while the
# pregnancy was far enough. Who was entered by mistake is none.
_CHILDREN = f"""
    child_health_child child
    WHERE child.user_id = pregnancy.user_id
        AND (
            child.date_of_birth BETWEEN pregnancy.estimated_start_date + {pregnancy_dates.VIABLE_AFTER.days}
                AND pregnancy.estimated_delivery_date + {pregnancy_dates.RUNS_ON.days}
            OR child.id IN (
                SELECT made.child_id FROM child_health_pregnancyoutcome_children made
                WHERE made.pregnancyoutcome_id = outcome.id
            )
        )
        AND NOT EXISTS (
            SELECT FROM child_health_childend ended
            WHERE ended.child_id = child.id AND ended.taken_back_at IS NULL AND ended.reason = 'mistake'
        )
"""  # noqa: S608  (constants only)

# Of `pregnancy`, a row of child_health_pregnancy: nothing while no birth stands of it, or else when it was (NULL if
# nobody knows), the day on which that was told, whether a child of it has ended, until when one is paused, and
# the ids of all (NULL if there is none).
BIRTH = f"""
    SELECT coalesce(outcome.date, found.born) AS born,
        greatest((outcome.recorded_at AT TIME ZONE 'UTC')::date, CASE WHEN outcome.date IS NULL THEN found.known_on END)
            AS known_on,
        coalesce(found.has_ended, false) AS has_ended,
        found.paused_until,
        found.child_ids
    FROM child_health_pregnancyoutcome outcome
    CROSS JOIN LATERAL (
        SELECT min(child.date_of_birth) AS born, bool_or(child.ended_at IS NOT NULL) AS has_ended,
            max(child.paused_until) AS paused_until,
            array_agg(child.id ORDER BY child.id) AS child_ids,
            min(coalesce(child.known_on, (child.created_at AT TIME ZONE 'UTC')::date)) AS known_on
        FROM {_CHILDREN}
    ) found
    WHERE outcome.pregnancy_id = pregnancy.id AND outcome.kind = 'birth' AND outcome.taken_back_at IS NULL
"""  # noqa: S608  (constants only)
