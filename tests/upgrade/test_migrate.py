"""`migrate` on databases of the earlier HERA: one schema, every row, whatever comes between."""

from __future__ import annotations

import re
import signal
import subprocess
import threading
import time

import psycopg
import pytest
from django.db import connections

from hera.devserver.processes import MANAGE
from hera.schema_changes import live
from tests.upgrade import legacy


def normalised(dump: str) -> list[str]:
    """The statements of a schema dump, without comments, in alphabetical order; columns of a table likewise."""
    text = re.sub(r"^(--|\\(un)?restrict).*$", "", dump, flags=re.MULTILINE)
    statements = [" ".join(statement.split()) for statement in text.split(";\n")]
    return sorted(_columns_in_order(statement) for statement in statements if statement)


def _columns_in_order(statement: str) -> str:
    table = re.fullmatch(r"(CREATE TABLE \S+) \( (.*) \)", statement)
    return f"{table[1]} ({', '.join(sorted(table[2].split(', ')))})" if table else statement


def test_every_path_ends_in_one_schema(server):
    databases = ["fresh", *(f"upgraded_{name}" for name in legacy.NAMES)]
    fresh, *upgraded = [normalised(server.schema(server.url(database))) for database in databases]
    assert len(fresh) > 200
    for schema in upgraded:
        assert schema == fresh
    assert not [statement for statement in fresh if "hstore" in statement]


def rows(url: str, table: str) -> set[str]:
    """Each row as JSON text, hstore as the object it stands for."""
    with psycopg.connect(url) as connection:
        columns = connection.execute(
            "SELECT column_name, udt_name FROM information_schema.columns WHERE table_name = %s", [table]
        ).fetchall()
        fields = ", ".join(
            f"'{name}', " + (f'hstore_to_jsonb("{name}")' if kind == "hstore" else f'"{name}"')
            for name, kind in columns
        )
        found = connection.execute(f'SELECT jsonb_build_object({fields}) FROM "{table}"').fetchall()
    return {repr(sorted(row.items())) for (row,) in found}


def tables(url: str) -> list[str]:
    with psycopg.connect(url) as connection:
        return [name for (name,) in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]


ROLES = {"auth_group", "auth_group_permissions"}  # those of the panel are added
# Readable second factors become sealed and hashed ones, in tables of the panel.
TAKEN_OVER = {"otp_totp_totpdevice", "otp_static_staticdevice", "otp_static_statictoken"}


def test_every_row_is_kept(server, name):
    before, after = server.url(name), server.url(f"upgraded_{name}")
    compared = 0
    for table in set(tables(before)) - TAKEN_OVER:
        with psycopg.connect(before) as connection:
            names = [
                column
                for (column,) in connection.execute(
                    "SELECT column_name FROM information_schema.columns WHERE table_name = %s", [table]
                )
            ]
        old, new = rows(before, table), only(rows_of(after, table), names)
        assert old <= new, f"{table}: {len(old - new)} rows changed or were lost"
        if table not in {"django_migrations", "django_content_type", "auth_permission", *ROLES}:
            assert old == new, f"{table}: {len(new - old)} rows came up"
        compared += len(old)
    assert compared > 2000


def test_readable_second_factors_are_taken_over(server, name):
    """S24: no seed and no recovery code of staff can be read in an upgraded database."""
    before, after = server.url(name), server.url(f"upgraded_{name}")
    assert all(not rows_of(after, table) for table in TAKEN_OVER)
    there = "otp_totp_totpdevice" in tables(before)
    seeds = {row["key"] for row in rows_of(before, "otp_totp_totpdevice")} if there else set()
    sealed = rows_of(after, "custom_user_authenticator")
    assert len(sealed) == len(seeds)
    assert not [seed for seed in seeds if seed in str(sealed)]


def rows_of(url: str, table: str) -> list[dict[str, object]]:
    with psycopg.connect(url) as connection:
        return [row for (row,) in connection.execute(f'SELECT to_jsonb(t) FROM "{table}" t')]


def only(found: list[dict[str, object]], names: list[str]) -> set[str]:
    return {repr(sorted((name, row[name]) for name in names)) for row in found}


def test_ids_go_on_where_they_were(upgraded):
    """Also where the newest rows were deleted: an id that was once told to a phone is not given again."""
    with psycopg.connect(upgraded) as connection:
        insert = "INSERT INTO child_health_child (user_id, name, date_of_birth, gender, created_at, updated_at)"
        values = "SELECT user_id, 'x', '2026-01-01', 'MALE', now(), now() FROM child_health_child LIMIT 1 RETURNING id"
        assert connection.execute(f"{insert} {values}").fetchone() == (legacy.NEXT_CHILD,)
        assert connection.execute("SELECT nextval('django_admin_log_id_seq')").fetchone() == (1,)
        assert connection.execute("SELECT nextval('auth_user_id_seq')").fetchone() == (402,)


one_dump = pytest.mark.parametrize("name", ["legacy_public"], indirect=True)  # for what turns on no row
KILLED_IN = [
    "child_health.0014", "child_health.0015", "child_health.0018", "custom_user.0002", "custom_user.0004",
    "events.0021", "delivery.0001", "events.0024", "surveys.0011", "schema_changes.0001", "surveys.0014",
    "user_profile.0009",
]  # fmt: skip


@one_dump
def test_killed_in_each_of_its_larger_migrations_it_finishes_when_run_again(server, old):
    plan = legacy.manage(old, "migrate", "--plan").stdout
    for migration in sorted(KILLED_IN, key=plan.index):
        process = subprocess.Popen(
            [*MANAGE, "migrate"],
            env=legacy.environment(old),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            bufsize=1,
        )
        seen = ""
        while migration not in seen and (character := process.stdout.read(1)):
            seen += character
        assert migration in seen, seen
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
    run = legacy.manage(old, "migrate", "--verbosity", "0")
    assert run.returncode == 0, run.stdout + run.stderr
    assert normalised(server.schema(old)) == normalised(server.schema(server.url("fresh")))


@pytest.fixture
def django_connection(old, django_db_blocker):
    """Django's connection to the old database, beside the suite's own."""
    wrapper = connections.create_connection("default")
    wrapper.settings_dict = {**wrapper.settings_dict, **django_settings(old)}
    with django_db_blocker.unblock():
        yield wrapper
        wrapper.close()


def django_settings(url: str) -> dict[str, str]:
    with psycopg.connect(url) as connection:
        return {"HOST": connection.info.host, "PORT": "", "USER": "postgres", "NAME": connection.info.dbname}


class Interrupted(Exception):
    pass


@pytest.mark.parametrize("table", ["events_notificationevent", "surveys_survey"])
def test_the_conversion_of_context_survives_an_interruption_after_any_statement(
    django_connection, old, table, monkeypatch
):
    """And what an earlier HERA writes meanwhile is converted with the rest."""
    monkeypatch.setattr(live, "BATCH", 40)
    expected = rows(old, table)
    written = 0
    for allowed in range(200):
        left = allowed

        def stop(execute, *arguments):
            nonlocal left
            if left == 0:
                raise Interrupted
            left -= 1
            return execute(*arguments)

        try:
            with django_connection.execute_wrapper(stop):
                live.hstore_to_json(django_connection, table, "context")
        except Interrupted:
            django_connection.close()  # what was not committed is gone, as with the process
            written += write_as_the_earlier_hera_does(old, table)
        else:
            break
    else:
        pytest.fail("it was never finished")
    assert allowed > 10
    found = rows(old, table)
    assert expected <= found
    assert len(found - expected) == written > 10
    assert all("('context', {'n':" in row for row in found - expected)


def write_as_the_earlier_hera_does(url: str, table: str) -> int:
    with psycopg.connect(url, autocommit=True) as connection:
        inserted = connection.execute(
            f"""
            INSERT INTO {table}
            SELECT (populate_record(old, hstore(ARRAY['id', nextval('{table}_id_seq')::text, 'event_key', NULL,
                'context', hstore('n', currval('{table}_id_seq')::text)::text]))).*
            FROM {table} old WHERE context IS NOT NULL LIMIT 1
            """
            if _has_hstore(connection, table)
            else "SELECT 1 WHERE false"
        )
        return max(0, inserted.rowcount)


def _has_hstore(connection, table: str) -> bool:
    return (
        connection.execute(
            "SELECT 1 FROM information_schema.columns WHERE table_name = %s AND udt_name = 'hstore'", [table]
        ).fetchone()
        is not None
    )


@one_dump
def test_nobody_who_signs_in_waits_behind_the_upgrade(old):
    """A transaction that writes to auth_user stays open for seconds; sign-ins go on beside it all the same."""
    holder = psycopg.connect(old)
    holder.execute("UPDATE auth_user SET last_login = now() WHERE id = (SELECT min(id) FROM auth_user)")
    process = subprocess.Popen(
        [*MANAGE, "migrate"], env=legacy.environment(old), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    signed_in, refused, over = 0, [], threading.Event()

    def sign_in():
        nonlocal signed_in
        with psycopg.connect(old, autocommit=True) as connection:
            # What the issue allows: nobody waits longer than two seconds.
            connection.execute("SET statement_timeout = '2s'")
            while not over.is_set():
                try:
                    connection.execute(
                        "INSERT INTO auth_user (username, password, is_superuser, first_name, last_name, email,"
                        " is_staff, is_active, date_joined)"
                        " VALUES (gen_random_uuid(), '', false, '', '', '', false, true, now())"
                    )
                    signed_in += 1
                except psycopg.errors.QueryCanceled as problem:
                    refused.append(problem)
                time.sleep(0.01)

    thread = threading.Thread(target=sign_in)
    thread.start()
    output = ""
    while "waiting for a lock" not in output:
        line = process.stdout.readline()
        assert line, output
        output += line
    time.sleep(3)
    holder.rollback()
    holder.close()
    output += process.communicate()[0]
    over.set()
    thread.join()
    assert process.returncode == 0, output
    assert refused == []
    assert signed_in > 50
