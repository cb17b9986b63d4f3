"""The user that the service connects as owns its database, and may do nothing more."""

from __future__ import annotations

import json

import psycopg
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection

from hera import config
from hera.operations import database_owner

# Users and databases belong to the whole server, which parallel tests share.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

ONE_AT_A_TIME = 20261125
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
    assert done == ['user hera"s user made', "database hera of a country made"]
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
    assert done == ['user hera"s user kept, its password set', "database hera of a country kept"]
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


def _with_database(hera, database):
    import dataclasses

    return dataclasses.replace(hera, database=database)
