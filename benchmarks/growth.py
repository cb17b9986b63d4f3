"""Whether years of history slow down what runs every minute and what people read."""

from __future__ import annotations

import psycopg

from benchmarks import world
from benchmarks.measure import Cost, inside, job, median
from benchmarks.report import Table

RUNS = 5
A_PERSON = 20  # notifications
READERS = 500  # people whose lists are read; they have their history from the start
COMMAND = "generate_notifications"


def run(make_database, users: int, due: int) -> Table:
    history = users * A_PERSON
    table = Table(f"{history:,} past notifications, messages and attempts", ["what", "without", "with", "times"])
    with make_database() as url, psycopg.connect(url, autocommit=True) as connection:
        world.fill(url, users=users, due=due)
        _add_history(connection, f"id > (SELECT max(id) - {READERS} FROM auth_user)")
        before = _measure(url, connection)
        _add_history(connection, f"id <= (SELECT max(id) - {READERS} FROM auth_user)")
        after = _measure(url, connection)
        size = connection.execute("SELECT pg_database_size(current_database())").fetchone()[0]
    for what in before:
        table.add(what, before[what].seconds, after[what].seconds, f"{after[what].seconds / before[what].seconds:.2f}")
    table.note = f"Seconds; medians of {RUNS} runs. The database has {size / 2**30:.1f} GiB with this history."
    return table


def _measure(url: str, connection: psycopg.Connection) -> dict[str, Cost]:
    quiet = (COMMAND, "--at", f"{world.QUIET}{world.NOON}")
    found = {
        "the job, nothing due": median([job(url, *quiet) for _ in range(RUNS)]),
        f"the lists of {READERS} people": median(
            [inside(url, "notification_lists", READERS, A_PERSON) for _ in range(RUNS)]
        ),
        "a sweep and readiness": median([inside(url, "sweep_and_readiness") for _ in range(RUNS)]),
    }
    found["the job, its busiest minute"] = median([_busiest(url, connection) for _ in range(RUNS)])
    return found


def _busiest(url: str, connection: psycopg.Connection) -> Cost:
    """One busy run; what it made is taken away again."""
    last = connection.execute("SELECT max(id) FROM events_notificationevent").fetchone()[0]
    connection.execute("CHECKPOINT")
    cost = job(url, COMMAND, "--at", f"{world.TARGET}{world.NOON}")
    connection.execute("DELETE FROM delivery_message WHERE event_id > %s", [last])
    connection.execute("DELETE FROM events_notificationevent WHERE id > %s", [last])
    connection.execute("TRUNCATE procrastinate_jobs CASCADE")
    connection.execute("VACUUM events_notificationevent, delivery_message")
    return cost


def _add_history(connection: psycopg.Connection, whose: str) -> None:
    """Notifications of the last two years with a delivered message and an attempt each, for these people.

    Keys are not checked and indexes are made afterwards, as when a dump is restored: it would take an hour.
    """
    run = connection.execute
    indexes = run(
        "SELECT indexname, indexdef FROM pg_indexes WHERE tablename IN"
        " ('events_notificationevent', 'delivery_message', 'delivery_attempt')"
        " AND NOT EXISTS (SELECT FROM pg_constraint WHERE conname = indexname)"
    ).fetchall()
    for name, _definition in indexes:
        run(f'DROP INDEX "{name}"')
    run("SET session_replication_role = replica")
    last = run("SELECT coalesce(max(id), 0) FROM events_notificationevent").fetchone()[0]
    run(
        f"""
        INSERT INTO events_notificationevent (user_id, event_key, schedule_id, notification_type_id, context,
            notification_available_at, notification_expires_at, push_notification_sent_at, created_at, updated_at)
        SELECT person.id, 'vaccination/child-' || person.id || '/doses-' || 1000 + n,
            (SELECT min(id) FROM events_notificationschedule WHERE notification_type_id = 100), 100,
            jsonb_build_object('person_name', 'Child ' || person.id, 'vaccine_names', 'BCG, OPA', 'date', day::date,
                'event_type', 'vaccination', 'child_id', person.id::text),
            day, day + interval '1 day', day, day, day
        FROM generate_series(1, {A_PERSON}) n
        CROSS JOIN LATERAL (SELECT now() - interval '730 days' + n * interval '36 days' AS day) long_ago
        CROSS JOIN (SELECT id FROM auth_user WHERE {whose}) person
        """
    )
    run(
        """
        INSERT INTO delivery_message (event_id, purpose, channel, state, state_at, reason, attempts_made,
            not_before, expires_at, enqueued_at, provider_message_id, created_at)
        SELECT id, 'notification', 'push', 'delivered', created_at, '', 1, created_at,
            notification_expires_at, created_at, md5(id::text), created_at
        FROM events_notificationevent WHERE id > %s ORDER BY id
        """,
        [last],
    )
    run(
        """
        INSERT INTO delivery_attempt (message_id, channel_kind, started_at, finished_at, outcome, provider_message_id,
            status_code, error)
        SELECT id, 'onesignal', created_at, created_at + interval '1 second', 'accepted', provider_message_id, 200, ''
        FROM delivery_message WHERE event_id > %s ORDER BY id
        """,
        [last],
    )
    run("SET session_replication_role = DEFAULT")
    for _name, definition in indexes:
        run(definition)
    run("VACUUM ANALYZE")
