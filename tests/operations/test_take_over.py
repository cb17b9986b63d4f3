"""Another HERA's database is taken over whole or not at all; the old one is only read."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
import pytest

from hera.devserver.processes import MANAGE
from tests import debian_postgres
from tests.debian_postgres import Server
from tests.upgrade import legacy

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("take_over")]

PASSWORDS = {"old_master": "of the old one", "hera_admin": "of the new one", "hera": "of the service"}


def by_password(server: Server) -> None:
    """As RDS: who is no superuser of the machine proves who she is."""
    rules = "local all postgres trust\nlocal all all scram-sha-256\n"
    (server.folder / "data" / "pg_hba.conf").write_text(rules)
    server.execute("SELECT pg_reload_conf()")


@dataclass
class Both:
    """The old server and the new one."""

    old: Server
    new: Server

    def environment(self) -> dict[str, str]:
        def secret(name: str, **more: object) -> str:
            return json.dumps({"username": name, "password": PASSWORDS[name], **more})

        return {
            **os.environ,
            "DATABASE_URL": "",
            "HERA_DB_SECRET": secret("hera", host=str(self.new.folder), port=5432, dbname="hera"),
            "HERA_DB_ADMIN_SECRET": secret("hera_admin"),
            "PGPASSWORD": PASSWORDS["old_master"],
        }

    def source(self) -> str:
        return f"postgresql://old_master@/postgres?host={self.old.folder}"

    def manage(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [*MANAGE, *arguments]
        return subprocess.run(command, env=self.environment(), capture_output=True, text=True, check=False, timeout=120)

    def begin(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [*MANAGE, "take_over", self.source()], env=self.environment(), start_new_session=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def databases(self) -> list[str]:
        with psycopg.connect(self.new.url("postgres")) as connection:
            found = connection.execute(
                "SELECT datname FROM pg_database WHERE datname LIKE 'hera%' ORDER BY 1"
            ).fetchall()
        return [name for (name,) in found]


@pytest.fixture(scope="module")
def servers() -> Iterator[Both]:
    if not legacy.dumps_are_here():
        pytest.skip(legacy.ABSENT)
    debian_postgres.require()
    with debian_postgres.server("-c fsync=off") as old, debian_postgres.server("-c fsync=off") as new:
        old.execute(f"CREATE ROLE old_master LOGIN CREATEDB CREATEROLE PASSWORD '{PASSWORDS['old_master']}'")
        old.execute("GRANT pg_read_all_data TO old_master")  # RDS's administrator made the tables herself
        new.execute(f"CREATE ROLE hera_admin LOGIN CREATEDB CREATEROLE PASSWORD '{PASSWORDS['hera_admin']}'")
        for server in (old, new):
            by_password(server)
        yield Both(old, new)


@pytest.fixture(params=legacy.NAMES)
def both(servers, request) -> Iterator[Both]:
    """The old server with a database of the earlier HERA, and a new one that was made ready and has served nobody."""
    yield from _ready(servers, request.param)


@pytest.fixture
def one(servers) -> Iterator[Both]:
    """The same with one of those databases, where which one says nothing."""
    yield from _ready(servers, legacy.NAMES[0])


def _ready(servers: Both, name: str) -> Iterator[Both]:
    legacy.load(servers.old, name)
    assert servers.manage("prepare_database").returncode == 0
    yield servers
    servers.old.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    for database in servers.databases():
        servers.new.execute(f'DROP DATABASE "{database}" WITH (FORCE)')


def contents(url: str) -> dict[str, tuple[int, str]]:
    with psycopg.connect(url) as connection:
        names = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1").fetchall()
        return {
            name: connection.execute(
                f"SELECT count(*), md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM \"{name}\" t"
            ).fetchone()
            for (name,) in names
        }


def old_name(both: Both) -> str:
    with psycopg.connect(both.old.url("postgres")) as connection:
        ((name,),) = connection.execute("SELECT datname FROM pg_database WHERE datname LIKE 'legacy%'").fetchall()
    return name


def test_every_row_arrives_the_old_one_stays_and_the_new_one_is_upgraded(both):
    old = both.old.url(old_name(both))
    before, schema = contents(old), both.old.schema(old)
    done = both.manage("take_over", both.source())
    assert done.returncode == 0, done.stderr
    assert contents(both.new.url("hera")) == before
    people = before["user_profile_userprofile"][0]
    assert people > 0
    assert f"{'user_profile_userprofile':<50} old {people:>10} new {people:>10}" in done.stdout
    assert "same=true" in done.stdout
    assert (contents(old), normal(both.old.schema(old))) == (before, normal(schema))
    assert both.databases() == ["hera"]
    for command in (("prepare_database",), ("upgrade_check",), ("migrate",), ("prepare_database",), ("upgrade_check",)):
        ended = both.manage(*command)
        assert ended.returncode == 0, f"{command}\n{ended.stdout}{ended.stderr}"
    assert contents(both.new.url("hera"))["user_profile_userprofile"][0] == people
    assert "Nothing was" not in both.manage("audit", "verify").stderr


def normal(schema: str) -> list[str]:
    return [line for line in schema.splitlines() if not line.startswith(("\\restrict", "\\unrestrict"))]


@pytest.mark.parametrize("moment", ["the copy begins", "half of it is read"])
def test_a_copy_that_is_killed_changes_nothing_and_run_again_is_the_same(one, moment):
    before = contents(one.old.url(old_name(one)))
    process = one.begin()
    deadline = time.monotonic() + 60
    while "hera_incoming" not in one.databases():
        assert time.monotonic() < deadline
        assert process.poll() is None
        time.sleep(0.02)
    with contextlib.ExitStack() as stack:
        if moment == "half of it is read":  # pg_dump waits for this table, so that it can be met there
            holding = stack.enter_context(psycopg.connect(one.old.url(old_name(one))))
            holding.execute("LOCK TABLE user_profile_userprofile IN ACCESS EXCLUSIVE MODE")
            time.sleep(1)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)
    assert "user_profile_userprofile" not in contents(one.new.url("hera"))
    done = one.manage("take_over", one.source())
    assert done.returncode == 0, done.stderr
    assert contents(one.new.url("hera")) == before
    assert one.databases() == ["hera"]


def test_who_is_still_connected_to_the_old_one_is_named_and_nothing_is_put_in_place(one):
    with psycopg.connect(one.old.url(old_name(one))):
        refused = one.manage("take_over", one.source())
    assert refused.returncode == 1
    assert "Somebody is still connected to the old database: postgres (1)" in refused.stderr
    assert "user_profile_userprofile" not in contents(one.new.url("hera"))


def test_people_of_its_own_are_never_removed(one):
    """A copy may be made again and again, until it serves."""
    for _ in range(2):
        done = one.manage("take_over", one.source())
        assert done.returncode == 0, done.stderr
    assert one.manage("take_over", "--serves").returncode == 0
    with psycopg.connect(one.new.url("hera"), autocommit=True) as here:
        here.execute("UPDATE auth_user SET first_name = 'entered since'")
    since = contents(one.new.url("hera"))
    refused = one.manage("take_over", one.source())
    assert refused.returncode == 1
    assert "people of its own, whom a copy would remove" in refused.stderr
    assert contents(one.new.url("hera")) == since
    assert one.databases() == ["hera"]
    assert one.manage("take_over", "--serves-no-more").returncode == 0, "back to the old one, and then once more"
    assert one.manage("take_over", one.source()).returncode == 0


def test_while_somebody_uses_the_place_nothing_is_put_there(one):
    with psycopg.connect(one.new.url("hera")):
        refused = one.manage("take_over", one.source())
    assert refused.returncode == 1
    assert "stop the new service" in refused.stderr
    assert "user_profile_userprofile" not in contents(one.new.url("hera"))
    assert one.manage("take_over", one.source()).returncode == 0


@pytest.mark.parametrize("how_many", [0, 2])
def test_which_database_is_meant_has_to_be_plain(one, how_many):
    name = old_name(one)
    if how_many:
        one.old.create("a_second", name)
    else:
        one.old.execute("ALTER TABLE user_profile_userprofile RENAME TO elsewhere", name)
    refused = one.manage("take_over", one.source())
    one.old.execute("DROP DATABASE IF EXISTS a_second WITH (FORCE)")
    assert refused.returncode == 1
    assert f"{f'a_second, {name}' if how_many else 'none'} holds HERA's tables" in refused.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "one of them"),
        (("--serves", "postgresql://x@localhost/x"), "one of them"),
        (("postgresql://x:y@localhost/x",), "PGPASSWORD"),
        (("postgresql://x@127.0.0.1:9/x",), "Nothing was put in place"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(one, arguments, says):
    refused = one.manage("take_over", *arguments)
    assert refused.returncode == 1
    assert says in refused.stderr
    assert "Traceback" not in refused.stderr
