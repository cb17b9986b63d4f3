"""Databases of the earlier HERA: a PostgreSQL with hstore to load them into, and larger ones made from them."""

from __future__ import annotations

import contextlib
import getpass
import gzip
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg

from hera.config import REPOSITORY
from hera.devserver.processes import MANAGE

DUMPS = Path(os.environ.get("LEGACY_DUMPS") or REPOSITORY.parent / "shared" / "legacy")
NAMES = ["legacy_seed", "legacy_public"]
ABSENT = "the dumps of existing databases are not here: name their folder in LEGACY_DUMPS"
NO_SERVER = "no PostgreSQL with hstore here: install Debian's package postgresql"


def binaries() -> Path | None:
    """The programs of the newest PostgreSQL that has hstore."""
    found = [
        path
        for path in Path("/usr/lib/postgresql").glob("*/bin")
        if (path / "postgres").exists()
        and (Path("/usr/share/postgresql") / path.parent.name / "extension" / "hstore.control").exists()
    ]
    return max(found, key=lambda path: int(path.parent.name), default=None)


def dumps_are_here() -> bool:
    return all((DUMPS / f"{name}.sql.gz").exists() for name in NAMES)


class Server:
    """A cluster of its own in a temporary folder, on a Unix socket only."""

    def __init__(self, folder: Path, programs: Path) -> None:
        self.folder = folder
        self.programs = programs
        # PostgreSQL refuses to run as root.
        self.account = "postgres" if getpass.getuser() == "root" else None

    def run(self, program: str, *arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(self.programs / program), *arguments],
            check=True,
            capture_output=True,
            text=True,
            user=self.account,
            cwd=self.folder,
            **options,
        )

    def url(self, database: str) -> str:
        return f"postgresql://postgres@/{database}?host={self.folder}"

    def execute(self, statement: str, database: str = "postgres") -> None:
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            connection.execute(statement)

    def create(self, name: str, template: str = "template0") -> str:
        """A new database, copied from another; returns its URL."""
        self.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        self.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return self.url(name)

    def load(self, name: str) -> str:
        """A new database from the dump of that name; returns its URL."""
        url = self.create(name)
        dump = gzip.decompress((DUMPS / f"{name}.sql.gz").read_bytes()).decode()
        self.run("psql", "--quiet", "--set", "ON_ERROR_STOP=1", "--output", "/dev/null", url, input=dump)
        return url

    def schema(self, url: str) -> str:
        return self.run("pg_dump", "--schema-only", "--no-owner", url).stdout


@contextlib.contextmanager
def server(*options: str) -> Iterator[Server]:
    programs = binaries()
    assert programs is not None, NO_SERVER
    folder = Path(tempfile.mkdtemp(prefix="hera-legacy-"))
    made = Server(folder, programs)
    if made.account:
        shutil.chown(folder, made.account)
    made.run("initdb", "-D", "data", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8")
    settings = " ".join(["-k", str(folder), "-c", "listen_addresses=", *options])
    # Its log goes to a file: a server that inherits our pipes keeps them open.
    made.run("pg_ctl", "-D", "data", "-w", "-l", "log", "-o", settings, "start")
    try:
        yield made
    finally:
        made.run("pg_ctl", "-D", "data", "-w", "-m", "immediate", "stop")
        shutil.rmtree(folder)


def environment(url: str) -> dict[str, str]:
    return {**os.environ, "DATABASE_URL": url, "HERA_DB_SECRET": "", "PYTHONUNBUFFERED": "1"}


def manage(url: str, *arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    """Run a management command on a database, in a process of its own."""
    command = [*MANAGE, *arguments]
    return subprocess.run(command, env=environment(url), capture_output=True, text=True, check=False, **options)


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
