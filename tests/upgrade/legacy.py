"""Databases of the earlier HERA, and larger ones made from them."""

from __future__ import annotations

import gzip
import os
import subprocess
from pathlib import Path

import psycopg

from hera.config import REPOSITORY
from hera.devserver.processes import MANAGE
from tests.debian_postgres import Server

DUMPS = Path(os.environ.get("LEGACY_DUMPS") or REPOSITORY.parent / "shared" / "legacy")
NAMES = ["legacy_seed", "legacy_public"]
ABSENT = "the dumps of existing databases are not here: name their folder in LEGACY_DUMPS"


def dumps_are_here() -> bool:
    return all((DUMPS / f"{name}.sql.gz").exists() for name in NAMES)


def load(server: Server, name: str) -> str:
    """A new database from the dump of that name; returns its URL."""
    url = server.create(name)
    dump = gzip.decompress((DUMPS / f"{name}.sql.gz").read_bytes()).decode()
    server.run("psql", "--quiet", "--set", "ON_ERROR_STOP=1", "--output", "/dev/null", url, input=dump)
    return url


def environment(url: str) -> dict[str, str]:
    return {**os.environ, "DATABASE_URL": url, "HERA_DB_SECRET": "", "PYTHONUNBUFFERED": "1"}


def manage(url: str, *arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    """Run a management command on a database, in a process of its own."""
    command = [*MANAGE, *arguments]
    return subprocess.run(command, env=environment(url), capture_output=True, text=True, check=False, **options)


# In what is upgraded for all tests the newest children were deleted, and nobody has looked at the admin's log yet.
NEXT_CHILD = 5001
NEWEST_CHILDREN_DELETED = (
    f"SELECT setval('child_health_child_id_seq', {NEXT_CHILD - 1}), setval('django_admin_log_id_seq', 1, false)"
)


def grow(url: str, people: int) -> None:
    """Copy every person of a database of the earlier HERA, with all that is hers, until there are `people`."""
    with psycopg.connect(url, autocommit=True) as connection:
        ((before,),) = connection.execute("SELECT count(*) FROM user_profile_userprofile").fetchall()
        copies = people // before - 1
        for statement in _GROW:
            connection.execute(statement.replace("%copies", str(copies)))
        connection.execute("VACUUM ANALYZE")
    # Sequences go on behind the copies, as if these people had come one by one.
    with psycopg.connect(url, autocommit=True) as connection:
        for table in _GROWN:
            connection.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")


_GROWN = [
    "auth_user",
    "child_health_child",
    "child_health_pregnancy",
    "child_health_pastvaccination",
    "events_notificationevent",
    "surveys_survey",
]
# The n-th copy of row i gets the id n * 1,000 + i: the dumps have fewer rows than that in each table.
_GROW = [
    """
    INSERT INTO auth_user (id, username, password, is_superuser, first_name, last_name, email, is_staff, is_active,
        date_joined)
    SELECT n * 1000 + id, '+90' || (5000000000 + n * 1000 + id), password, false, first_name, last_name, email, false,
        is_active, date_joined
    FROM auth_user, generate_series(1, %copies) n
    WHERE id < 1000 AND id IN (SELECT user_id FROM user_profile_userprofile)
    """,
    """
    INSERT INTO user_profile_userprofile
    SELECT (jsonb_populate_record(profile, jsonb_build_object('user_id', n * 1000 + user_id))).*
    FROM user_profile_userprofile profile, generate_series(1, %copies) n WHERE user_id < 1000
    """,
    """
    INSERT INTO authtoken_token (key, created, user_id)
    SELECT md5(n || key) || '00000000', created, n * 1000 + user_id
    FROM authtoken_token, generate_series(1, %copies) n WHERE user_id < 1000
    """,
    *(
        f"""
        INSERT INTO {table}
        SELECT (jsonb_populate_record(old, jsonb_build_object('id', n * 1000 + id, 'user_id', n * 1000 + user_id))).*
        FROM {table} old, generate_series(1, %copies) n WHERE id < 1000
        """
        for table in ("child_health_child", "child_health_pregnancy")
    ),
    """
    INSERT INTO child_health_pastvaccination
    SELECT (jsonb_populate_record(old, jsonb_build_object('id', n * 1000 + id, 'child_id', n * 1000 + child_id))).*
    FROM child_health_pastvaccination old, generate_series(1, %copies) n WHERE id < 1000
    """,
    *(
        f"""
        INSERT INTO {table}
        SELECT (jsonb_populate_record(old, jsonb_build_object('id', n * 1000 + id, 'user_id', n * 1000 + user_id,
            'event_key', regexp_replace(event_key, '(child|pregnancy)-(\\d+)/',
                '\\1-' || n * 1000 + substring(event_key FROM '(?:child|pregnancy)-(\\d+)/')::int || '/')))).*
        FROM {table} old, generate_series(1, %copies) n WHERE id < 1000
        """
        for table in ("events_notificationevent", "surveys_survey")
    ),
]
