"""Whom to call: the first page of each kind, in a large country, of all its centres and of one among fifty."""

from __future__ import annotations

import datetime as dt

import psycopg

from benchmarks import world
from benchmarks.measure import inside
from benchmarks.report import Table

CENTRES = 50
_LIVED = """
    INSERT INTO health_center_healthcenter (name, address, geolocation)
    SELECT 'Centre ' || n, '-', '41.0,29.0' FROM generate_series(1, 50) n;
    INSERT INTO health_center_centerofperson (user_id, center_id, set_at)
    SELECT person.id, center.id, now()
    FROM auth_user person
    JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS number FROM health_center_healthcenter) center
        ON center.number = person.id % 50;
    INSERT INTO people_contact (person_id, outcome, words, next_on, is_agreed, is_newest, at)
    SELECT id, 'will_come', '', current_date + (id / 20 % 14)::int - 7, id % 40 = 0, true, now()
    FROM auth_user WHERE id % 20 = 0;
    INSERT INTO delivery_message (event_id, purpose, channel, state, state_at, reason, attempts_made, not_before,
        expires_at, enqueued_at, created_at, provider_message_id)
    SELECT id, 'notification', 'push', CASE WHEN id % 19 = 0 THEN 'failed' ELSE 'delivered' END, now(), '', 1, now(),
        now(), now(), now() - id % 14 * interval '1 day' - id % 86399 * interval '1 second', ''
    FROM events_notificationevent ORDER BY id % 14 DESC;
"""


def run(make_database, users: int) -> Table:
    """How long each kind takes; messages of two weeks, five a person, one in nineteen of them lost."""
    table = Table(
        f"Whom to call, first page, of {users:,} people",
        ["kind", "rows", "slowest of 5, ms", "of one centre, rows", "slowest of 5, ms "],
    )
    with make_database() as url:
        world.fill(url, users=users, due=1000)
        world.live(url, dt.date.today())  # noqa: DTZ011  (the panel's today; a day more or less is the same work)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(_LIVED)
            connection.execute("VACUUM ANALYZE")
        for kind in ("follow_up", "today", "overdue", "birth", "unreached"):
            of_all, of_one = (inside(url, "worklist_page", kind, one) for one in (False, True))
            table.add(kind, of_all.created, of_all.seconds * 1000, of_one.created, of_one.seconds * 1000)
    return table
