"""The statements of the due engine (`engine`), which says how their plan is fixed and what their parameters are."""

from __future__ import annotations

from hera.child_health import visit_sql
from hera.core import timezones

# A window is numbered; the zones that share it are listed beside it, with the date there. `same` are the schedules
# that say the same on the same day: what one of them has announced, none of them announces again.
WINDOWS = """
    SELECT number, string_to_array(same, ',')::bigint[] AS same, first, last
    FROM unnest(%(numbers)s::int[], %(same)s::text[], %(first)s::date[], %(last)s::date[])
        AS due_window(number, same, first, last)
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
_ON_ITS_DAY = _NOT_ANNOUNCED.replace("{last_day}", "found.day")
# An antenatal visit is one of its week: the earlier HERA named other days of it than the Monday.
_IN_ITS_WEEK = _NOT_ANNOUNCED.replace("{last_day}", "to_char(found.day::date + 6, 'YYYY-MM-DD')")

# A visit keeps being the same when staff move, add or switch off doses: it is known by the child and a dose that both
# have, or by the child and the day. What was announced for another birth date was another visit. A person's own
# announcements are few, and found by her id.
_NO_SUCH_VISIT = """
    NOT EXISTS (
        SELECT FROM {announced} announced
        WHERE announced.user_id = found.user_id AND announced.schedule_id + 0 = ANY (found.same)
            AND starts_with(announced.event_key, 'vaccination/child-' || found.child_id || '/')
            AND NOT (announced.withdrawn_because = 'switched_off' AND announced.{done_at} IS NULL)
            AND (
                announced.context ->> 'date' = found.day
                OR string_to_array(split_part(announced.event_key, '/doses-', 2), ',')
                    && string_to_array(found.doses, ',')
                AND CASE WHEN announced.context ->> 'week_age' ~ '^[0-9]+$'
                    THEN announced.context ->> 'date'
                        = to_char(found.date_of_birth + 7 * (announced.context ->> 'week_age')::int, 'YYYY-MM-DD')
                    ELSE true END
            )
        OFFSET 0
    )
"""

# The doses that a child had: by a record, or by a tick, which stands for the doses of its vaccine due by its day.
_HAD = """
    CROSS JOIN LATERAL (
        SELECT array_agg(coalesce(given.vaccine_dose_id, dose.id)) AS doses
        FROM child_health_dosegiven given
        LEFT JOIN child_health_vaccinedose dose
            ON given.vaccine_dose_id IS NULL AND dose.vaccine_id = given.vaccine_id
            AND fact.date_of_birth + 7 * dose.week_age <= given.due_by
        WHERE given.child_id = fact.id AND given.retracted_at IS NULL
        OFFSET 0
    ) had
"""

VACCINATIONS = f"""
    SELECT number, user_id, zone, child_id, name, date_of_birth, gender, week_age, had
    FROM (
        SELECT due_window.number, due_window.same, fact.user_id, zone.name AS zone, fact.id AS child_id,
            fact.name, fact.date_of_birth, dose_group.gender, dose_group.week_age, had.doses AS had,
            'vaccination/child-' || fact.id || '/doses-' || dose_group.doses AS event_key, dose_group.doses,
            to_char(fact.date_of_birth + 7 * dose_group.week_age, 'YYYY-MM-DD') AS day
        FROM ({{windows}}) due_window
        CROSS JOIN unnest(%(genders)s::text[], %(weeks)s::int[], %(doses)s::text[])
            AS dose_group(gender, week_age, doses)
        CROSS JOIN LATERAL (
            SELECT id, user_id, name, date_of_birth, paused_until FROM child_health_child fact
            WHERE date_of_birth BETWEEN due_window.first - 7 * dose_group.week_age
                    AND due_window.last - 7 * dose_group.week_age
                AND dose_group.gender = CASE gender WHEN 'MALE' THEN 'MALE' ELSE 'FEMALE' END
                AND ended_at IS NULL
            OFFSET 0
        ) fact
        {_PEOPLE}
        {_HAD}
        WHERE (fact.paused_until IS NULL OR fact.paused_until <= zone.today)
            AND (had.doses IS NULL OR NOT string_to_array(dose_group.doses, ',')::bigint[] <@ had.doses)
    ) found
    WHERE {_ON_ITS_DAY} AND {_NO_SUCH_VISIT}
"""  # noqa: S608  (constants only)

# Within a week's seven possible start dates every visit falls on the same Monday.
VISITS = f"""
    SELECT number, user_id, zone, pregnancy_id, start, week
    FROM (
        SELECT due_window.number, due_window.same, fact.user_id, zone.name AS zone,
            fact.id AS pregnancy_id, fact.estimated_start_date AS start, plan.week,
            'prenatal-checkup/pregnancy-' || fact.id || '/week-' || plan.week AS event_key,
            to_char(date_trunc('week', fact.estimated_start_date + 7 * plan.week), 'YYYY-MM-DD') AS day
        FROM ({{windows}}) due_window
        CROSS JOIN unnest(%(declared_weeks)s::int[], %(visits)s::int[], %(weeks)s::int[])
            AS plan(declared_week, visits, week)
        CROSS JOIN LATERAL (
            SELECT id, user_id, estimated_start_date, estimated_delivery_date FROM child_health_pregnancy fact
            WHERE {visit_sql.DECLARED_WEEK} = plan.declared_week AND {visit_sql.VISITS_MADE} = plan.visits
                AND estimated_start_date BETWEEN due_window.first - 7 * plan.week
                    AND due_window.last - 7 * plan.week + 6
                AND ended_at IS NULL
            OFFSET 0
        ) fact
        {_PEOPLE}
        WHERE fact.estimated_delivery_date + %(runs_on)s >= zone.today
    ) found
    WHERE {_IN_ITS_WEEK}
"""  # noqa: S608  (constants only)

BIRTHS = f"""
    SELECT number, user_id, zone, pregnancy_id, delivery
    FROM (
        SELECT due_window.number, due_window.same, fact.user_id, zone.name AS zone, fact.id AS pregnancy_id,
            fact.estimated_delivery_date AS delivery, 'expected-birth/pregnancy-' || fact.id AS event_key,
            to_char(fact.estimated_delivery_date, 'YYYY-MM-DD') AS day
        FROM ({{windows}}) due_window
        CROSS JOIN LATERAL (
            SELECT id, user_id, estimated_delivery_date FROM child_health_pregnancy fact
            WHERE estimated_delivery_date BETWEEN due_window.first AND due_window.last AND ended_at IS NULL
            OFFSET 0
        ) fact
        {_PEOPLE}
        WHERE fact.estimated_delivery_date + %(runs_on)s >= zone.today
    ) found
    WHERE {_ON_ITS_DAY}
"""  # noqa: S608  (constants only)
