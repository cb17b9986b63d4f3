"""Made-up countries of any size, written by the database itself."""

from __future__ import annotations

import datetime as dt

import psycopg

from benchmarks.measure import Cost, job

# So spread that at noon (UTC) the window of this day is open in all of them, and in none yesterday's.
ZONES = ["Europe/Istanbul", "Asia/Kabul", "Europe/London", "America/New_York", "Asia/Dhaka", "UTC"]
TARGET = dt.date(2027, 3, 3)  # a Wednesday: no antenatal visit falls on it
QUIET = dt.date(2027, 3, 10)  # a week later: no dose is due at nine weeks
MONDAY = dt.date(2027, 3, 8)
NOON = "T12:00:00+00:00"
GROUP_WEEK = 8
PACK = "packs/TR-2025-04-14.yaml"


def token_of(number: int) -> str:
    """A token of the earlier HERA for the mother with this number."""
    return f"{number:040d}"


def fill(url: str, *, users: int, due: int) -> Cost:
    """`users` people with a child each, and a pregnancy each fifth.

    `due` children are eight weeks old on TARGET. All others are born on other weekdays; since doses come in
    whole weeks, nothing else is due on TARGET however many there are.
    """
    with psycopg.connect(url, autocommit=True) as connection:
        run = connection.execute
        run(
            """
            INSERT INTO auth_user (username, password, is_superuser, first_name, last_name, email, is_staff,
                is_active, date_joined)
            SELECT '+90' || (5000000000 + n), '!', false, '', '', '', false, true, now()
            FROM generate_series(1, %s) n
            """,
            [users],
        )
        run(
            """
            INSERT INTO user_profile_userprofile (user_id, name, gender, date_of_birth, agree_to_terms_at,
                language_code, timezone)
            SELECT id, 'Mother ' || id, 'FEMALE', '1995-01-01', now(),
                (ARRAY['en', 'tr', 'ar', 'ps', 'prs'])[1 + id %% 5], (%s::text[])[1 + id %% %s]
            FROM auth_user
            """,
            [ZONES, len(ZONES)],
        )
        run(
            """
            INSERT INTO child_health_child (user_id, name, date_of_birth, gender, created_at, updated_at)
            SELECT id, 'Child ' || id,
                CASE WHEN id <= %(due)s THEN %(target)s::date - 56
                     ELSE %(target)s::date - 7 * (id %% 500) - 1 - id %% 6 END,
                CASE id %% 2 WHEN 0 THEN 'MALE' ELSE 'FEMALE' END, now(), now()
            FROM auth_user
            """,
            {"due": due, "target": TARGET},
        )
        run("UPDATE child_health_child SET created_at = date_of_birth")  # nothing was due before they were registered
        run(
            """
            INSERT INTO child_health_pregnancy (user_id, declared_pregnancy_week, declared_number_of_prenatal_visits,
                declared_on, estimated_start_date, estimated_delivery_date, created_at, updated_at)
            SELECT id, week, id %% 4, started + 7 * week, started, started + 280, now(), now()
            FROM (
                SELECT id, (1 + id / 5 %% 40)::int AS week, %(target)s::date - (id / 5 %% 280)::int AS started
                FROM auth_user WHERE id %% 5 = 0
            ) declared
            """,
            {"target": TARGET},
        )
        run(
            """
            INSERT INTO events_notificationtype (id, code, description) VALUES (100, 'bench.vaccination', '-');
            INSERT INTO events_notificationtemplate (notification_type_id, language_code, push_title, push_body,
                in_app_content)
            SELECT 100, language, 'A reminder from HERA', 'Open HERA to see the details.',
                '{{ person_name }} {{ vaccine_names }} {{ date }}'
            FROM unnest(ARRAY['en', 'tr', 'ar', 'ps', 'prs']) language;
            INSERT INTO events_notificationschedule (calendar_event_type, offset_days, time_of_day,
                push_time_to_live, notification_type_id, created_at, updated_at)
            VALUES ('vaccination', 0, '06:00', '1 day', 100, now(), now());
            """
        )
        run("ANALYZE")
    cost = plan(url)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("ANALYZE")
    return cost


def plan(url: str) -> Cost:
    """Plan the visits of whomever it is out of date for; returns how many, and what it cost."""
    return job(url, "plan", "catch-up")


def plan_by_a_pack(url: str) -> Cost:
    """Adopt a pack where a third of the children have ticks, each of its day, and plan all by it, by two processes."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            """
            INSERT INTO child_health_dosegiven (child_id, vaccine_id, due_by, source, entered_at, precision,
                product, text, country, place, lot, campaign, retraction)
            SELECT child.id, vaccine.id, child.date_of_birth + (child.id % 700)::int, 'tick', now(), 'unknown', '', '',
                '', '', '', false, ''
            FROM child_health_child child JOIN child_health_vaccine vaccine ON vaccine.is_active AND vaccine.id <= 3
            WHERE child.id % 3 = 0
            """
        )
        connection.execute("ANALYZE child_health_dosegiven")
    return job(url, "pack", "adopt", PACK, "--yes", "--processes", "2")


def live(url: str, day: dt.date) -> None:
    """What years leave behind: doses of 19 in 20 children ticked until `day`, second children, surveys, notifications.

    For reading only: the rows are written without the checks of foreign keys, which would take longer than they.
    """
    with psycopg.connect(url, autocommit=True) as connection:
        run = connection.execute
        run("SET session_replication_role = replica")
        run(
            """
            UPDATE user_profile_userprofile SET date_of_birth = '1980-01-01'::date + user_id % 9000,
                language_code = (ARRAY['en', 'tr', 'ar', 'ps', 'prs'])[1 + user_id / 7 % 5]
            """
        )
        run(
            """
            INSERT INTO child_health_child (user_id, name, date_of_birth, gender, created_at, updated_at)
            SELECT id, 'Second ' || id, '2018-01-01'::date + id % 2500, 'MALE', now(), now()
            FROM auth_user WHERE id % 3 = 1
            """
        )
        run(
            """
            INSERT INTO child_health_pastvaccination (child_id, vaccine_id, created_at)
            SELECT DISTINCT child.id, vaccine.id, now()
            FROM child_health_child child
            JOIN child_health_vaccinedose dose ON child.date_of_birth + 7 * dose.week_age < %s
            JOIN child_health_vaccine vaccine ON vaccine.id = dose.vaccine_id AND vaccine.is_active
            WHERE child.id %% 20 <> 0 AND CASE child.gender WHEN 'MALE' THEN vaccine.applicable_for_male
                ELSE vaccine.applicable_for_female END
            """,
            [day],
        )
        run(
            """
            INSERT INTO child_health_dosegiven (child_id, vaccine_id, due_by, source, entered_at, precision,
                product, text, country, place, lot, campaign, retraction)
            SELECT child_id, vaccine_id, %s, 'tick', created_at, 'unknown', '', '', '', '', '', false, ''
            FROM child_health_pastvaccination
            """,
            [day],
        )
        run(
            """
            INSERT INTO surveys_survey (context, available_at, expires_at, response, responded_at, created_at,
                updated_at, user_id, survey_template_id)
            SELECT '{}', now() - n * interval '30 days', now(),
                CASE WHEN (id + n) % 3 > 0 THEN CASE WHEN id / 3 % 10 = 0 THEN 'no' ELSE 'yes' END END,
                CASE WHEN (id + n) % 3 > 0 THEN now() END, now(), now(), id,
                (SELECT min(id) FROM surveys_surveytemplate)
            FROM auth_user, generate_series(1, 2) n
            """
        )
        run(
            """
            INSERT INTO events_notificationevent (context, notification_available_at, notification_expires_at,
                read_at, created_at, updated_at, user_id, notification_type_id)
            SELECT '{}', now() - n * interval '30 days', now(),
                CASE WHEN id % 3 = 0 OR n = 1 AND id % 3 = 1 THEN now() END, now(), now(), id, 100
            FROM auth_user, generate_series(1, 5) n
            """
        )
        run("VACUUM ANALYZE")
    plan(url)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
