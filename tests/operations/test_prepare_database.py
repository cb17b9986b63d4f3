"""The user that the service connects as owns its database, and may do nothing more."""

from __future__ import annotations

import json
import os
import subprocess

import psycopg
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection

from hera import config
from hera.devserver.processes import MANAGE
from hera.operations import database_owner, dump_contents
from hera.operations.programs import postgresql

# Users and databases belong to the whole server, which parallel tests share.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

ONE_AT_A_TIME = 20261125
LATER = "the audit trail will be another's when it is made"
ADMIN, ADMIN_PASSWORD = "rds_like_admin", "an administrator password"


@pytest.fixture
def server():
    """Where the tests' PostgreSQL is, with an administrator as RDS makes one: no superuser."""
    here = connection.settings_dict
    # One at a time, whichever process of the tests it is in.
    alone = psycopg.connect(
        host=here["HOST"],
        port=here["PORT"] or None,
        user=here["USER"],
        password=here["PASSWORD"] or None,
        dbname="postgres",
        autocommit=True,
    )
    alone.execute("SELECT pg_advisory_lock(%s)", [ONE_AT_A_TIME])
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE ROLE {ADMIN} LOGIN CREATEDB CREATEROLE PASSWORD '{ADMIN_PASSWORD}'")
    yield here["HOST"], int(here["PORT"] or 5432)
    with connection.cursor() as cursor:
        cursor.execute('DROP DATABASE IF EXISTS "hera of a country"')
        cursor.execute('DROP ROLE IF EXISTS "hera""s user"')
        cursor.execute('DROP ROLE IF EXISTS "hera""s user_trail"')
        cursor.execute(f"DROP OWNED BY {ADMIN}")
        cursor.execute(f"DROP ROLE {ADMIN}")
    alone.close()


def wanted(server, password="first"):
    host, port = server
    return config.Database(
        host=host, port=port, name="hera of a country", user='hera"s user', password=password, options={}
    )


def as_owner(database):
    return psycopg.connect(
        host=database.host, port=database.port, user=database.user, password=database.password, dbname=database.name
    )


def test_it_owns_its_database_and_may_do_nothing_more(server):
    done = database_owner.prepare(wanted(server), ADMIN, ADMIN_PASSWORD)
    assert done == ['user hera"s user made', "database hera of a country made", LATER]
    with as_owner(wanted(server)) as mine:
        mine.execute("CREATE TABLE person (id bigint)")
        mine.execute("INSERT INTO person VALUES (1)")
        has = mine.execute(
            "SELECT rolsuper, rolcreatedb, rolcreaterole, rolreplication FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
        assert has == (False, False, False, False)
        assert mine.execute("SELECT has_database_privilege('public', current_database(), 'CONNECT')").fetchone() == (
            False,
        )


def test_again_it_keeps_everything_and_sets_the_password_anew(server):
    database_owner.prepare(wanted(server), ADMIN, ADMIN_PASSWORD)
    with as_owner(wanted(server)) as mine:
        mine.execute("CREATE TABLE person (id bigint)")
    done = database_owner.prepare(wanted(server, "second"), ADMIN, ADMIN_PASSWORD)
    assert done == ['user hera"s user kept, its password set', "database hera of a country kept", LATER]
    with as_owner(wanted(server, "second")) as mine:
        assert mine.execute("SELECT count(*) FROM person").fetchone() == (0,)
        hashed = (
            connection.cursor()
            .execute("SELECT rolpassword FROM pg_authid WHERE rolname = %s", ['hera"s user'])
            .fetchone()[0]
        )
    assert hashed.startswith("SCRAM-SHA-256$")


@pytest.mark.parametrize("secret", ["", "not json", "[]", json.dumps({"username": "x"})])
def test_without_an_administrator_it_says_what_it_wants(monkeypatch, secret, server):
    monkeypatch.setenv("HERA_DB_ADMIN_SECRET", secret)
    monkeypatch.setattr(settings, "HERA", _with_database(settings.HERA, wanted(server)))
    with pytest.raises(CommandError, match="HERA_DB_ADMIN_SECRET"):
        call_command("prepare_database")


def test_a_server_that_refuses_is_named(monkeypatch):
    nowhere = config.Database(host="127.0.0.1", port=9, name="x", user="x", password="x", options={})
    monkeypatch.setenv("HERA_DB_ADMIN_SECRET", json.dumps({"username": ADMIN, "password": "x"}))
    monkeypatch.setattr(settings, "HERA", _with_database(settings.HERA, nowhere))
    with pytest.raises(CommandError, match=f"PostgreSQL at 127.0.0.1 refuses {ADMIN}"):
        call_command("prepare_database")


def manage(database, *arguments):
    """A command of the service, as the user that owns this database."""
    variables = {**os.environ, "DATABASE_URL": database.url}
    return subprocess.run([*MANAGE, *arguments], env=variables, capture_output=True, text=True, check=False)


ATTACKS = [
    "UPDATE custom_user_auditentry SET about = ''",
    "DELETE FROM custom_user_auditentry",
    "TRUNCATE custom_user_auditentry",
    "ALTER TABLE custom_user_auditentry DISABLE TRIGGER ALL",
    "DROP TABLE custom_user_auditentry",
    "DROP TABLE custom_user_audithead CASCADE",
    "DROP SCHEMA public CASCADE",
    "ALTER TABLE custom_user_auditentry RENAME TO elsewhere",
    "DROP TRIGGER link ON custom_user_auditentry",
    "UPDATE custom_user_audithead SET last_id = 0",
    "INSERT INTO custom_user_audithead SELECT * FROM custom_user_audithead",
    "CREATE OR REPLACE FUNCTION custom_user_audit_link() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
    "CREATE TRIGGER mine BEFORE INSERT ON custom_user_auditentry EXECUTE FUNCTION custom_user_audit_is_append_only()",
    'SET ROLE "hera""s user_trail"',
    "SET session_replication_role = replica",
    "SELECT setval('custom_user_auditentry_id_seq', 1)",
    "CREATE RULE mine AS ON INSERT TO custom_user_auditentry DO INSTEAD NOTHING",
    "SELECT custom_user_audit_forget(1)",
]
ENTRY = (
    "INSERT INTO custom_user_auditentry (id, at, actor_name, action, about, detail, address, hash)"
    " VALUES (7, '2001-01-01', 'x', 'view', '', '{}', '', 'x') RETURNING id, at > now() - interval '1 minute'"
)


def assert_is_separated(database):
    with as_owner(database) as mine:
        assert mine.execute(ENTRY).fetchone() == (1, True), "neither number nor instant can be chosen"
        assert mine.execute("SELECT custom_user_audit_forget(90)").fetchone() == (0,)
    for attack in ATTACKS:
        with as_owner(database) as mine, pytest.raises(psycopg.Error):
            mine.execute(attack)
    verified = manage(database, "audit", "verify")
    assert "whole: entries 1 to 1" in verified.stdout, verified.stderr
    assert verified.stderr == ""


def test_s11_on_a_new_database_the_trail_is_another_s_from_the_first_migration(server):
    database = wanted(server)
    database_owner.prepare(database, ADMIN, ADMIN_PASSWORD)
    database_owner.prepare(database, ADMIN, ADMIN_PASSWORD)
    migrated = manage(database, "migrate", "--verbosity", "0")
    assert migrated.returncode == 0, migrated.stderr
    assert_is_separated(database)
    done = database_owner.prepare(database, ADMIN, ADMIN_PASSWORD)
    assert done[-1] == 'the audit trail belongs to hera"s user_trail'
    with as_owner(database) as mine:
        assert mine.execute("SELECT count(*) FROM custom_user_auditentry").fetchone() == (1,)
        mine.execute("CREATE TABLE later (id bigint)")
        assert mine.execute("SELECT to_regprocedure('public.hera_seal_trail()')").fetchone() == (None,)


def test_s11_a_trail_that_is_there_is_separated_later_and_until_then_it_says_so(server):
    database = wanted(server)
    database_owner.prepare(database, ADMIN, ADMIN_PASSWORD)
    host, port = server
    with psycopg.connect(host=host, port=port, user=ADMIN, password=ADMIN_PASSWORD, dbname=database.name) as admin:
        # As on a server whose administrator made user and database by hand.
        admin.execute("DROP FUNCTION public.hera_seal_trail()")
        admin.execute('REVOKE "hera""s user_trail" FROM "hera""s user"')
    assert manage(database, "migrate", "--verbosity", "0").returncode == 0
    verified = manage(database, "audit", "verify")
    assert "The audit trail is whole" in verified.stdout
    assert "not protected from the application" in verified.stderr
    assert "prepare_database" in verified.stderr
    refused = manage(database, "audit", "separate")
    assert refused.returncode == 1
    assert "PostgreSQL refuses" in refused.stderr
    assert "Traceback" not in refused.stderr
    with as_owner(database) as mine:
        for statement in ("DELETE FROM custom_user_auditentry", "TRUNCATE custom_user_auditentry"):
            mine.execute("SAVEPOINT before")
            mine.execute(ENTRY)
            with pytest.raises(psycopg.Error, match="append-only"):
                mine.execute(statement)
            mine.execute("ROLLBACK TO before")
    statements = manage(database, "audit", "separate", "--sql").stdout
    with connection.cursor() as cursor:
        here = {"host": host, "port": port, "user": connection.settings_dict["USER"], "dbname": database.name}
        assert cursor.execute("SELECT 1")
    with psycopg.connect(**here, autocommit=True) as superuser:
        superuser.execute(statements)
    assert_is_separated(database)


def test_a_separated_database_is_dumped_and_restored(server):
    database = wanted(server)
    database_owner.prepare(database, ADMIN, ADMIN_PASSWORD)
    assert manage(database, "migrate", "--verbosity", "0").returncode == 0
    with as_owner(database) as mine:
        mine.execute(ENTRY)
    variables = {**os.environ, "PGPASSWORD": database.password}
    where = ["--host", database.host, "--port", str(database.port), "--username", database.user]
    options = ["--format=custom", "--no-owner", "--no-privileges"]
    dump = subprocess.run(
        [postgresql("pg_dump"), *options, *where, database.name], env=variables, capture_output=True, check=False
    )
    assert dump.returncode == 0, dump.stderr
    with connection.cursor() as cursor:
        cursor.execute('DROP DATABASE "hera of a country"')
    database_owner.prepare(database, ADMIN, ADMIN_PASSWORD)
    # And `manage.py restore` takes it: the schema is listed, since it is not its owner's any more.
    least = ["--no-owner", "--no-privileges"]
    for what, check in (("--list", dump_contents.check_entries), ("--file=-", dump_contents.check_statements)):
        read = subprocess.run(
            [postgresql("pg_restore"), *least, what], input=dump.stdout, capture_output=True, check=True
        )
        check(read.stdout.decode().splitlines(keepends=True))
    load = ["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges", f"--dbname={database.name}"]
    restored = subprocess.run(
        [postgresql("pg_restore"), *load, *where],
        env=variables,
        input=dump.stdout,
        capture_output=True,
        check=False,
    )
    assert restored.returncode == 0, restored.stderr
    assert "entries 1 to 1" in manage(database, "audit", "verify").stdout
    assert manage(database, "migrate", "--verbosity", "0").returncode == 0
    database_owner.prepare(database, ADMIN, ADMIN_PASSWORD)
    verified = manage(database, "audit", "verify")
    assert ("entries 1 to 1" in verified.stdout, verified.stderr) == (True, "")


def _with_database(hera, database):
    import dataclasses

    return dataclasses.replace(hera, database=database)
