"""A PostgreSQL of Debian's, which has hstore and can be restarted: one cluster a test run, in a temporary folder."""

from __future__ import annotations

import contextlib
import getpass
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

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

    def start(self, *options: str) -> None:
        settings = " ".join(["-k", str(self.folder), "-c", "listen_addresses=", *options])
        # Its log goes to a file: a server that inherits our pipes keeps them open.
        self.run("pg_ctl", "-D", "data", "-w", "-l", "log", "-o", settings, "start")

    def restart(self) -> None:
        """As after a crash: connections break in the middle of what they do, and the log is replayed."""
        self.run("pg_ctl", "-D", "data", "-w", "-m", "immediate", "-l", "log", "restart")

    def demand_passwords(self) -> None:
        """As RDS: who is no superuser of the machine proves who she is."""
        rules = "local all postgres trust\nlocal replication postgres trust\nlocal all all scram-sha-256\n"
        (self.folder / "data" / "pg_hba.conf").write_text(rules)
        self.execute("SELECT pg_reload_conf()")

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

    def schema(self, url: str) -> str:
        return self.run("pg_dump", "--schema-only", "--no-owner", url).stdout


@contextlib.contextmanager
def server(*options: str, copy_of: Server | None = None) -> Iterator[Server]:
    """A server that runs; `copy_of` one that runs too, it is a copy of its disk, as a snapshot is."""
    programs = binaries()
    assert programs is not None, NO_SERVER
    folder = Path(tempfile.mkdtemp(prefix="hera-postgres-"))
    made = Server(folder, programs)
    if made.account:
        shutil.chown(folder, made.account)
    if copy_of:
        made.run("pg_basebackup", "-D", "data", "-h", str(copy_of.folder), "-U", "postgres", "--checkpoint=fast")
    else:
        made.run("initdb", "-D", "data", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8")
    made.start(*options)
    try:
        yield made
    finally:
        made.run("pg_ctl", "-D", "data", "-w", "-m", "immediate", "stop")
        shutil.rmtree(folder)


def require() -> None:
    """Skip this test where there is no such server; in CI, fail."""
    if binaries() is None:
        if os.environ.get("CI"):
            pytest.fail(NO_SERVER)
        pytest.skip(NO_SERVER)
