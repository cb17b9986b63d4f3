"""`upgrade_check`: it tells, changes nothing, and finds what would stop the upgrade or make it announce twice."""

from __future__ import annotations

import psycopg
import pytest
from django.db import connection

from hera.operations.upgrade import obstacles
from tests.upgrade import legacy

one_dump = pytest.mark.parametrize("name", ["legacy_public"], indirect=True)


def check(url):
    return legacy.manage(url, "upgrade_check")


def test_it_tells_what_will_change_and_changes_nothing(server, old):
    before = server.run("pg_dump", "--inserts", old).stdout
    run = check(old)
    assert run.returncode == 0, run.stdout + run.stderr
    for told in (
        "events.0021_live_tables: the context of 160 notifications from hstore to JSON, in batches;",
        "a new column, and its index; about 0.1 s",
        "surveys.0011_context_as_json: the context of 200 surveys",
        "otp_auth.0004_language_and_wrong_guesses: ACCESS EXCLUSIVE on otp_auth_smsotpchallenge, for a moment",
        "SHARE ROW EXCLUSIVE on auth_user",
        "waited for at most 1500ms at a time",
        "Nothing blocks the upgrade.",
    ):
        assert told in run.stdout
    after = server.run("pg_dump", "--inserts", old).stdout
    assert without_key(after) == without_key(before)


def without_key(dump: str) -> list[str]:
    return [line for line in dump.splitlines() if "restrict" not in line]


def test_it_has_nothing_to_say_of_an_upgraded_database(server, name):
    run = check(server.url(f"upgraded_{name}"))
    assert run.returncode == 0
    assert "Nothing to do" in run.stdout


BROKEN = [
    (
        "ALTER TABLE user_profile_userprofile DROP COLUMN gender",
        ["user_profile_userprofile lacks gender", "Compare the table with a backup"],
    ),
    (
        "ALTER TABLE auth_user ADD CONSTRAINT short CHECK (length(username) < 40) NOT VALID",
        ["The constraint short of auth_user was never checked", 'VALIDATE CONSTRAINT "short"'],
    ),
    (
        (
            "CREATE INDEX broken ON auth_user (email); UPDATE pg_index SET indisvalid = false"
            " WHERE indexrelid = 'broken'::regclass"
        ),
        ["The index broken of auth_user is invalid", 'REINDEX INDEX CONCURRENTLY "broken"'],
    ),
    (
        "ALTER TABLE surveys_survey DROP CONSTRAINT surveys_survey_event_key_schedule_id_dea02b28_uniq",
        ["surveys_survey has no unique constraint on (event_key, schedule_id)", "ADD UNIQUE (event_key, schedule_id)"],
    ),
    (
        (
            "ALTER TABLE child_health_child DISABLE TRIGGER ALL; UPDATE child_health_child SET user_id = 99999"
            " WHERE id <= 2; ALTER TABLE child_health_child ENABLE TRIGGER ALL"
        ),
        ["2 rows of child_health_child refer by user_id to nothing", 'DELETE FROM "child_health_child"'],
    ),
    (
        "CREATE TABLE theirs (id int, tags hstore)",
        ["theirs.tags is an hstore column that is not HERA's", "TYPE jsonb USING hstore_to_jsonb(tags)"],
    ),
]


@one_dump
def test_everything_that_blocks_is_named_with_its_mend(old):
    with psycopg.connect(old, autocommit=True) as database:
        for statement, _ in BROKEN:
            database.execute(statement)
    run = check(old)
    assert run.returncode == 1
    for _, sentences in BROKEN:
        for sentence in sentences:
            assert sentence in run.stdout
    assert f"{len(BROKEN)} thing(s) block the upgrade; nothing was changed." in run.stderr


@one_dump
def test_migrations_that_nobody_here_knows(old):
    with psycopg.connect(old, autocommit=True) as database:
        database.execute("INSERT INTO django_migrations (app, name, applied) VALUES ('events', '0099_own', now())")
        database.execute("DELETE FROM django_migrations WHERE app = 'surveys' AND name LIKE '0006%'")
    run = check(old)
    assert run.returncode == 1
    assert "The migration events.0099_own was applied, and this HERA does not know it." in run.stdout
    assert "surveys stands before 0006_alter_survey_index_together" in run.stdout
    assert "run `migrate` with that code" in run.stdout


@pytest.mark.django_db
def test_somebody_else_s_long_transaction(monkeypatch):
    monkeypatch.setattr(obstacles, "_LONG_TRANSACTION", "0 seconds")
    with psycopg.connect(**connection.get_connection_params() | {"cursor_factory": psycopg.Cursor}) as other:
        other.execute("SELECT 1")
        process = other.info.backend_pid
        (found,) = obstacles._long_transactions()
    assert f"Another session (process {process}) has kept a transaction open since" in found.what
    assert f"pg_terminate_backend({process})" in found.mend


@one_dump
def test_what_would_be_announced_again_under_another_key(old):
    """Doses were numbered otherwise when the survey about them was made; it is still open."""
    key = "vaccination/child-7/doses-99"
    with psycopg.connect(old, autocommit=True) as database:
        # The week-0 doses were due yesterday, and would be asked about now.
        database.execute("UPDATE child_health_child SET date_of_birth = now()::date - 1 WHERE id = 7")
        database.execute("UPDATE surveys_survey SET event_key = %s, expires_at = now() + '1 day' WHERE id = 7", [key])
        database.execute("UPDATE surveys_surveyschedule SET offset_days = 0, time_of_day = '00:00'")
    run = check(old)
    assert run.returncode == 1, run.stdout
    assert f"1 surveys would come again under another key, such as for {key}." in run.stdout
    assert "Upgrade after " in run.stdout


@one_dump
def test_an_account_that_owns_nothing(server, old):
    with psycopg.connect(old, autocommit=True) as database:
        database.execute("DROP ROLE IF EXISTS reader")
        database.execute("CREATE ROLE reader LOGIN; GRANT pg_read_all_data TO reader")
    try:
        run = check(old.replace("postgres@", "reader@"))
    finally:
        with psycopg.connect(old, autocommit=True) as database:
            database.execute("DROP OWNED BY reader; DROP ROLE reader")
    assert run.returncode == 1
    assert "This account does not own" in run.stdout
    assert "Run the upgrade as their owner" in run.stdout
