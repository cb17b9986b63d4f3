"""The statements of the due engine (`engine`), which says how their plan is fixed and what their parameters are."""

from __future__ import annotations

from hera.child_health.plan.births import BIRTH
from hera.core import timezones

# A window is numbered; the zones that share it are listed beside it, with the date there. `same` are the schedules
# that say the same on the same day: what one of them has announced, none of them announces again.
WINDOWS = """
    SELECT number, string_to_array(same, ',')::bigint[] AS same, kind, first, last
    FROM unnest(%(numbers)s::int[], %(same)s::text[], %(kinds)s::text[], %(first)s::date[], %(last)s::date[])
        AS due_window(number, same, kind, first, last)
"""

_ZONES = "unnest(%(zone_numbers)s::int[], %(zones)s::text[], %(todays)s::date[])"

_PEOPLE = f"""
    JOIN auth_user person ON person.id = fact.user_id AND person.is_active
    LEFT JOIN user_profile_userprofile profile ON profile.user_id = fact.user_id
    JOIN {_ZONES} AS zone(number, name, today)
        ON zone.number = due_window.number
        AND zone.name IN (
            coalesce(profile.timezone, ''), profile.timezone || ' ' || left(person.username, {timezones.HEAD})
        )
        AND (zone.name <> '' OR profile.user_id IS NULL)
"""

# One look into the index of the unique key for each event found. `OFFSET 0` keeps the planner from turning that
# into a join with all that was ever announced, `+ 0` from entering by the schedule, which is on every row. What a
# schedule took back unsent when it was switched off has been announced by nobody.
_NOT_ANNOUNCED = """
    NOT EXISTS (
        SELECT FROM {announced} announced
        WHERE announced.event_key = found.event_key AND announced.schedule_id + 0 = ANY (found.same)
            AND coalesce(announced.context ->> 'date', found.day) COLLATE "C" BETWEEN found.day AND {last_day}
            AND NOT (announced.withdrawn_because = 'switched_off' AND announced.{done_at} IS NULL)
        OFFSET 0
    )
"""
# An antenatal visit is one of its week: the earlier HERA named other days of it than the Monday.
_ON_ITS_DAY = _NOT_ANNOUNCED.replace("{last_day}", "found.day")
_IN_ITS_WEEK = _NOT_ANNOUNCED.replace(
    "{last_day}", "CASE found.kind WHEN 'a' THEN to_char(found.due + 6, 'YYYY-MM-DD') ELSE found.day END"
)

# By due ages, a visit keeps being the same when staff move, add or switch off doses: it is known by the child and a
# dose that both have, or by the child and the day; what is planned once more by its day alone. What was announced for
# another birth date was another visit. By a pack, a visit is one of its day: what moves it is a fact of the child, and
# on the new day there is something new to tell. A person's own announcements are few, and found by her id.
_NO_SUCH_VISIT = """
    NOT EXISTS (
        SELECT FROM {announced} announced
        WHERE announced.user_id = found.user_id AND announced.schedule_id + 0 = ANY (found.same)
            AND starts_with(announced.event_key, found.stem)
            AND NOT (announced.withdrawn_because = 'switched_off' AND announced.{done_at} IS NULL)
            AND (
                announced.context ->> 'date' = found.day
                OR NOT %(by_pack)s AND found.attempt = 1
                AND string_to_array(split_part(announced.event_key, '/doses-', 2), ',')::bigint[] && found.doses
                AND CASE WHEN announced.context ->> 'week_age' ~ '^[0-9]+$'
                    THEN announced.context ->> 'date'
                        = to_char(found.date_of_birth + 7 * (announced.context ->> 'week_age')::int, 'YYYY-MM-DD')
                    ELSE true END
            )
        OFFSET 0
    )
"""

# `+ 0` keeps the planner from looking for a visit's child among all that have this version: after a change of the
# programme it believes that nobody has it yet.
_PLANNED = """
    CROSS JOIN LATERAL (
        SELECT child_id, pregnancy_id, kind, attempt, week, due, doses, "left" FROM child_health_plannedvisit visit
        WHERE kind = due_window.kind AND is_open AND due BETWEEN due_window.first AND due_window.last
        OFFSET 0
    ) visit
"""

VACCINATIONS = f"""
    SELECT number, user_id, zone, child_id, name, attempt, week, due, doses, "left"
    FROM (
        SELECT due_window.number, due_window.same, fact.user_id, zone.name AS zone, visit.*, fact.name,
            fact.date_of_birth, stem.text AS stem, stem.text || array_to_string(visit.doses, ',') AS event_key,
            to_char(visit.due, 'YYYY-MM-DD') AS day
        FROM ({{windows}}) due_window
        {_PLANNED}
        JOIN child_health_child fact
            ON fact.id = visit.child_id AND fact.plan_version + 0 = %(version)s AND fact.ended_at IS NULL
        {_PEOPLE}
        CROSS JOIN LATERAL (
            SELECT 'vaccination/child-' || visit.child_id
                || CASE WHEN visit.attempt > 1 THEN '/try-' || visit.attempt ELSE '' END || '/doses-' AS text
        ) stem
        WHERE fact.paused_until IS NULL OR fact.paused_until <= zone.today
    ) found
    WHERE {_ON_ITS_DAY} AND {_NO_SUCH_VISIT}
"""  # noqa: S608  (constants only)

# A visit after birth is planned while a birth stands; it is held while a child of that birth is paused.
_IS_PAUSED = f"""EXISTS (
            SELECT FROM (SELECT fact.*) pregnancy CROSS JOIN LATERAL ({BIRTH}) birth
            WHERE birth.paused_until > zone.today OFFSET 0
        )"""

PREGNANCIES = f"""
    SELECT number, user_id, zone, pregnancy_id, kind, attempt, week, due
    FROM (
        SELECT due_window.number, due_window.same, fact.user_id, zone.name AS zone, visit.*,
            to_char(visit.due, 'YYYY-MM-DD') AS day,
            CASE visit.kind
                WHEN 'a' THEN 'prenatal-checkup/pregnancy-' || visit.pregnancy_id
                    || CASE WHEN visit.attempt > 1 THEN '/try-' || visit.attempt ELSE '' END || '/week-' || visit.week
                WHEN 'n' THEN 'postnatal-checkup/pregnancy-' || visit.pregnancy_id || '/contact-' || visit.week
                ELSE 'expected-birth/pregnancy-' || visit.pregnancy_id END AS event_key
        FROM ({{windows}}) due_window
        {_PLANNED}
        JOIN child_health_pregnancy fact
            ON fact.id = visit.pregnancy_id AND fact.plan_version + 0 = %(version)s
                AND (fact.ended_at IS NULL) = (visit.kind <> 'n')
        {_PEOPLE}
        WHERE CASE visit.kind WHEN 'n' THEN NOT {_IS_PAUSED}
            ELSE fact.estimated_delivery_date + %(runs_on)s >= zone.today END
    ) found
    WHERE {_IN_ITS_WEEK}
"""  # noqa: S608  (constants only)
