"""What staff do is written down, and stays written for as long as the setting says."""

from __future__ import annotations

import datetime as dt

import pytest
from asgiref.sync import async_to_sync
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from hera.core import clock
from hera.panel import audit, chain, roles, tasks
from hera.panel.models import AuditCheck, AuditEntry
from tests.threads import at_once

pytestmark = pytest.mark.django_db

LIST = "/admin/custom_user/customuser/"
TRAIL = "/admin/custom_user/auditentry/"


def write(number: int = 1) -> None:
    for _ in range(number):
        AuditEntry.objects.create(at=clock.now(), actor_name="x", action="view", address="", detail={"é": [1, None]})


def tamper(*statements: str) -> None:
    """What a superuser can do."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for statement in statements:
            cursor.execute(statement)
        cursor.execute("SET LOCAL session_replication_role = origin")


def age(number: int, days: int) -> None:
    """Have an entry been written days ago; the chain is linked anew, as if it had always been so."""
    link_anew = f"""
        DO $do$ DECLARE r custom_user_auditentry; link bytea := (SELECT anchor_hash FROM custom_user_audithead);
        BEGIN
            FOR r IN SELECT * FROM custom_user_auditentry ORDER BY id LOOP
                link := sha256(link || {chain._CANONICAL});
                UPDATE custom_user_auditentry SET hash = link WHERE id = r.id;
            END LOOP;
            UPDATE custom_user_audithead SET last_hash = link;
        END $do$"""
    tamper(f"UPDATE custom_user_auditentry SET at = at - interval '{days} days' WHERE id = {number}", link_anew)


def test_s11_nothing_stands_before_the_trail(signed_in, amal):
    """A view in the schema of the user's own name swallowed what it was told to, and the walk found nothing wrong."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        [user] = cursor.fetchone()
        cursor.execute(f'CREATE SCHEMA "{user}"')
        cursor.execute(f'CREATE VIEW "{user}".custom_user_auditentry AS SELECT * FROM public.custom_user_auditentry')
        swallow = "CREATE RULE nothing AS ON INSERT TO {} DO INSTEAD NOTHING"
        cursor.execute(swallow.format(f'"{user}".custom_user_auditentry'))
    signed_in(roles.PROGRAMME_ADMIN).get(f"{LIST}{amal.pk}/change/")
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM public.custom_user_auditentry")
        assert cursor.fetchone() == (1,)


def test_the_audit_trail_cannot_be_changed(signed_in, amal):
    client = signed_in(roles.PROGRAMME_ADMIN)
    client.get(f"{LIST}{amal.pk}/change/")
    entry = AuditEntry.objects.get()
    assert client.post(f"{TRAIL}{entry.pk}/change/", {"about": "nothing"}).status_code == 403
    assert client.post(f"{TRAIL}{entry.pk}/delete/", {"post": "yes"}).status_code == 403
    for statement in ("UPDATE custom_user_auditentry SET about = ''", "DELETE FROM custom_user_auditentry"):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_s11_the_database_sets_the_instant_and_no_setting_lets_entries_go():
    AuditEntry.objects.create(at=dt.datetime(2001, 1, 1, tzinfo=dt.UTC), actor_name="x", action="view", address="")
    assert clock.now() - AuditEntry.objects.get().at < dt.timedelta(minutes=1)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL hera.audit_retention = 'on'")
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            cursor.execute("DELETE FROM custom_user_auditentry")


def test_entries_past_their_time_are_deleted_by_the_nightly_job_and_the_rest_verifies():
    write(4)
    for number, days in ((1, 2000), (2, 1500), (3, 500)):
        age(number, days)
    async_to_sync(tasks.forget_what_is_old.func)(timestamp=0)
    assert list(AuditEntry.objects.order_by("id").values_list("id", flat=True)) == [3, 4]
    async_to_sync(tasks.verify_the_trail.func)(timestamp=0)
    assert AuditCheck.objects.get().trouble == ""
    assert audit.delete_old() == 0


def test_s11_nothing_younger_than_ninety_days_is_forgotten_whoever_asks():
    write()
    age(1, 89)
    with connection.cursor() as cursor:
        cursor.execute("SELECT custom_user_audit_forget(90)")
        assert cursor.fetchone() == (0,)
    for days in (89, 0, -5, None):
        with pytest.raises(DatabaseError, match="90 days"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT custom_user_audit_forget(%s)", [days])


@pytest.mark.parametrize(
    ("statement", "trouble"),
    [
        ("UPDATE custom_user_auditentry SET about = 'nothing' WHERE id = 3", "Entry 3 is not as it was written."),
        ("UPDATE custom_user_auditentry SET at = at - interval '1 s' WHERE id = 3", "Entry 3 is not"),
        ("UPDATE custom_user_auditentry SET detail = '{}' WHERE id = 5", "Entry 5 is not"),
        ("DELETE FROM custom_user_auditentry WHERE id IN (2, 3)", "Entries 2 to 3 are missing."),
        ("DELETE FROM custom_user_auditentry WHERE id = 1", "Entry 1 is missing."),
        ("DELETE FROM custom_user_auditentry WHERE id > 4", "Entries 5 to 6 are missing."),
        ("DELETE FROM custom_user_auditentry", "Entries 1 to 6 are missing."),
        ("DELETE FROM custom_user_audithead", "The trail's head is missing"),
        ("UPDATE custom_user_audithead SET last_id = 5", "does not fit"),
        ("UPDATE custom_user_auditentry SET hash = 'x' WHERE id = 2", "Entry 2 is not"),
        (
            """INSERT INTO custom_user_auditentry (id, at, actor_name, action, about, detail, address, hash)
            VALUES (9, now(), 'x', 'view', '', '{}', '', '')""",
            "Entry 9 is outside of the chain.",
        ),
    ],
)
@pytest.mark.parametrize("step", [2, 5000])
def test_s11_what_a_superuser_does_to_the_trail_shows(monkeypatch, statement, trouble, step):
    monkeypatch.setattr(chain, "STEP", step)
    write(6)
    assert chain.verify().trouble == ""
    tamper(statement)
    with pytest.raises(CommandError) as said:
        call_command("audit", "verify")
    assert trouble in str(said.value)


def test_s11_a_trail_that_was_written_anew_does_not_fit_to_what_an_earlier_walk_printed(capsys):
    write(4)
    call_command("audit", "verify")
    witness = capsys.readouterr().out.split("witness=")[1].strip()
    write()
    call_command("audit", "verify", "--witness", witness)
    age(2, 1)
    assert chain.verify().trouble == ""
    with pytest.raises(CommandError, match="written anew"):
        call_command("audit", "verify", "--witness", witness)


def test_readiness_says_when_the_trail_does_not_hold(client, monkeypatch):
    write(3)
    tamper("DELETE FROM custom_user_auditentry WHERE id = 2")
    chain.check()
    assert AuditCheck.objects.get().trouble
    answer = client.get("/infra/ready/")
    assert answer.status_code == 503
    assert "the audit trail is not whole (Entry 2 is missing.)" in answer.json()["detail"]


@pytest.mark.django_db(transaction=True)
def test_sixteen_threads_write_and_the_chain_holds():
    def work(_place):
        for turn in range(10):
            with transaction.atomic():
                write(2)
                if turn % 3 == 0:
                    transaction.set_rollback(True)

    at_once(16, work)
    verdict = chain.verify()
    assert (verdict.trouble, verdict.last_id) == ("", 16 * 6 * 2)
    instants = list(AuditEntry.objects.order_by("id").values_list("at", flat=True))
    assert instants == sorted(instants)
