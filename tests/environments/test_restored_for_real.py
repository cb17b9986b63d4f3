"""What `restore`, `create --from-snapshot` and `rehearse` start as tasks is run, on PostgreSQL as RDS hands it back.

A snapshot of RDS is a copy of the disk: the same roles with the passwords of that day, the same databases, the schema
of that day. AWS is pretended; each task that hera-env starts, whichever it is, is the real program on the real copy.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator

import psycopg
import pytest

from hera.devserver.processes import MANAGE
from tests import debian_postgres
from tests.debian_postgres import Server
from tests.environments.conftest import REGION, last_night
from tests.upgrade import legacy

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("restored_for_real")]

NEW = "production-turkey"
CREATE = ("create", NEW, "--region", REGION, "--image", "1.0")
ADMIN = "hera_admin"  # as RDS makes one: no superuser
BACKED_UP = {ADMIN: "admin of that day", "hera": "hera of that day"}
SINCE = {ADMIN: "admin of today", "hera": "hera of today"}
SCHEMAS = ["today", "legacy_public"]  # that each of the earlier databases is upgraded, the tests of `migrate` see


def settings(server: Server, passwords: dict[str, str]) -> dict[str, str]:
    """What the set-up task has."""
    own = {
        "host": str(server.folder),
        "port": 5432,
        "dbname": "hera",
        "username": "hera",
        "password": passwords["hera"],
    }
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith(("PG", "DATABASE_", "AWS_"))},
        "HERA_DB_SECRET": json.dumps(own),
        "HERA_DB_ADMIN_SECRET": json.dumps({"username": ADMIN, "password": passwords[ADMIN]}),
    }


def manage(variables: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*MANAGE, *arguments], env=variables, capture_output=True, text=True, check=False, timeout=120
    )


@pytest.fixture(scope="module", params=SCHEMAS)
def backed_up(request) -> Iterator[Server]:
    """A server whose `hera` has the schema of today, or that of the earlier HERA with its people."""
    if not legacy.dumps_are_here():
        pytest.skip(legacy.ABSENT)
    debian_postgres.require()
    with debian_postgres.server("-c fsync=off") as made:
        made.execute(f"CREATE ROLE {ADMIN} LOGIN CREATEDB CREATEROLE PASSWORD '{BACKED_UP[ADMIN]}'")
        made.demand_passwords()
        variables = settings(made, BACKED_UP)
        run = [("prepare_database",)]
        if request.param == "today":
            run += [("migrate", "--verbosity", "0"), ("prepare_database",)]
        else:
            legacy.load(made, request.param)
            made.execute("GRANT pg_read_all_data TO hera_admin")
            source = f"postgresql://{ADMIN}@/postgres?host={made.folder}"
            run += [("take_over", source), ("take_over", "--serves")]
        for arguments in run:
            ended = manage({**variables, "PGPASSWORD": BACKED_UP[ADMIN]}, *arguments)
            assert ended.returncode == 0, ended.stderr
        yield made


@pytest.fixture
def handed_back(backed_up) -> Iterator[Server]:
    """The same out of a copy of its disk."""
    with debian_postgres.server("-c fsync=off", copy_of=backed_up) as made:
        yield made


def for_real(aws, server: Server) -> list[tuple[str, int, str]]:
    """Every task is run for real from now on: gives what each was, what it ended with, and what it said."""
    ended: list[tuple[str, int, str]] = []

    def run(command: list[str], variables: dict[str, str], family: str) -> tuple[int, list[str]]:
        own = settings(server, SINCE)
        if not family.endswith("-setup"):
            del own["HERA_DB_ADMIN_SECRET"]
        if "DATABASE_URL" in variables:  # the throw-away one of a rehearsal, whose user has the password of that day
            assert variables["DATABASE_URL"].startswith("postgresql://hera@")
            there = {"DATABASE_URL": f"postgresql://hera@/hera?host={server.folder}", "PGPASSWORD": BACKED_UP["hera"]}
            own = {**own, **there, "HERA_DB_SECRET": ""}
        if command[1] == "-m":  # the web server's trial start: tests/operations has it
            return 0, []
        assert command[:2] == ["python", "manage.py"]
        done = manage(own, *command[2:])
        ended.append((" ".join(command[2:]), done.returncode, done.stdout + done.stderr))
        return done.returncode, (done.stdout + done.stderr).splitlines()

    aws.really = run
    return ended


def people(server: Server) -> int:
    with psycopg.connect(server.url("hera")) as connection:
        return connection.execute("SELECT count(*) FROM user_profile_userprofile").fetchone()[0]


def assert_served(server: Server, count: int) -> None:
    """The service of today can use it, as the user who owns her tables and nothing more."""
    variables = {name: value for name, value in settings(server, SINCE).items() if name != "HERA_DB_ADMIN_SECRET"}
    for check in (("migrate", "--check"), ("upgrade_check",)):
        ended = manage(variables, *check)
        assert ended.returncode == 0, ended.stdout + ended.stderr
    verified = manage(variables, "audit", "verify")
    assert (verified.returncode, verified.stderr) == (0, ""), "the trail is its own role's"
    with psycopg.connect(server.url("hera")) as connection:
        whose = connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tableowner NOT IN ('hera', 'hera_trail')"
        ).fetchall()
        powerful = connection.execute(
            "SELECT rolsuper OR rolcreatedb OR rolcreaterole OR pg_has_role('hera', 'hera_trail', 'MEMBER')"
            " FROM pg_roles WHERE rolname = 'hera'"
        ).fetchone()
    assert (whose, powerful) == ([], (False,))
    assert people(server) == count


def renewed(server: Server) -> None:
    """RDS makes another password for the administrator; who owns the tables has still that of the backup."""
    server.execute(f"ALTER ROLE {ADMIN} PASSWORD '{SINCE[ADMIN]}'")


def snapshot_of(aws) -> str:
    """A snapshot of the pretended database; what is in it is in the real one."""
    [own] = aws.client("rds").describe_db_instances()["DBInstances"]
    aws.client("rds").create_db_snapshot(
        DBInstanceIdentifier=own["DBInstanceIdentifier"], DBSnapshotIdentifier="by-hand",
        Tags=[{"Key": "hera-environment", "Value": NEW}],
    )  # fmt: skip
    return "by-hand"


def test_a_restore_leaves_a_database_that_the_service_can_use(aws, handed_back):
    assert aws.run(*CREATE)[0] == 0
    name, count = snapshot_of(aws), people(handed_back)
    renewed(handed_back)
    ended = for_real(aws, handed_back)
    code, said = aws.run("restore", NEW, "--region", REGION, "--from-snapshot", name, "--yes")
    assert code == 0, (said, ended)
    assert len(ended) == 2
    assert_served(handed_back, count)


def test_a_country_that_begins_with_a_snapshot_has_an_administrator_and_its_people(aws, handed_back):
    assert aws.run(*CREATE)[0] == 0
    name, count = snapshot_of(aws), people(handed_back)
    assert aws.run("destroy", NEW, "--region", REGION, "--i-have-a-backup")[0] == 0
    renewed(handed_back)
    ended = for_real(aws, handed_back)
    code, said = aws.run(*CREATE, "--from-snapshot", name)
    assert code == 0, (said, ended)
    assert len(ended) == 3
    assert_served(handed_back, count)


def test_a_rehearsal_finds_nothing_wrong_with_it(aws, handed_back):
    """Also where the audit trail is its own role's, as in every environment that `create` made."""
    assert aws.run(*CREATE)[0] == 0
    [own] = aws.client("rds").describe_db_instances()["DBInstances"]
    last_night(aws, own["DBInstanceIdentifier"])
    before = people(handed_back)
    ended = for_real(aws, handed_back)
    code, said = aws.run("rehearse", NEW, "--region", REGION)
    assert code == 0, (said, ended)
    assert len(ended) == 2
    assert people(handed_back) == before
