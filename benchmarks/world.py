"""Made-up countries of any size, written by the database itself."""

from __future__ import annotations

import datetime as dt

import psycopg

# So spread that at noon (UTC) the window of this day is open in all of them, and in none yesterday's.
ZONES = ["Europe/Istanbul", "Asia/Kabul", "Europe/London", "America/New_York", "Asia/Dhaka", "UTC"]
TARGET = dt.date(2027, 3, 3)  # a Wednesday: no antenatal visit falls on it
QUIET = dt.date(2027, 3, 10)  # a week later: no dose is due at nine weeks
MONDAY = dt.date(2027, 3, 8)
NOON = "T12:00:00+00:00"
GROUP_WEEK = 8


def fill(url: str, *, users: int, due: int) -> None:
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
