"""What is seen from outside: readiness with its reasons, and metrics without anybody's data."""

from __future__ import annotations

import dataclasses
import datetime as dt
import time
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import psycopg
import pytest
import time_machine
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateWorker
from prometheus_client.parser import text_string_to_metric_families

from hera.core import clock
from hera.delivery import budget, claims
from hera.delivery.channels import registry
from hera.delivery.models import Message
from hera.environment import Environment
from hera.operations import selectors
from hera.price_list import Prices
from tests.delivery.sending import make_event, provider_settings, send
from tests.families import make_user

DAYS = dt.timedelta(days=3)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _asked_anew(client, monkeypatch):
    """Each question in a test is answered anew, but where the test is about that."""
    asked = selectors.Remembered(selectors.reasons_not_ready, dt.timedelta(0))
    monkeypatch.setattr("hera.operations.views.reasons_lately", asked)
    noted = selectors.Remembered(selectors.notes, dt.timedelta(0))
    monkeypatch.setattr("hera.operations.views.notes_lately", noted)


def test_s23_readiness_is_looked_up_once_for_all_who_ask_within_seconds(client, monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(
        "hera.operations.views.reasons_lately", selectors.Remembered(selectors.reasons_not_ready, selectors.READY_KEPT)
    )
    client.get("/infra/ready/")
    with django_assert_num_queries(0):
        assert client.get("/infra/ready/").status_code == 503
    with time_machine.travel(clock.now() + selectors.READY_KEPT), django_assert_num_queries(14):
        client.get("/infra/ready/")


def test_s23_many_who_ask_at_once_wait_for_one_answer():
    asked = []

    def slowly():
        asked.append(1)
        time.sleep(0.2)
        return ["x"]

    remembered = selectors.Remembered(slowly, selectors.READY_KEPT)
    with ThreadPoolExecutor(20) as pool:
        assert list(pool.map(lambda _: remembered(), range(20))) == [["x"]] * 20
    assert len(asked) == 1


@pytest.fixture
def working(db, monkeypatch):
    """A worker that is heard of, and both jobs done."""
    monkeypatch.setattr("hera.operations.selectors._worker_silent", lambda: iter(()))
    for job in ("generate_notifications", "generate_surveys"):
        call_command(job)


def test_it_is_ready_when_all_do_their_work(client, working):
    answer = client.get("/infra/ready/")
    assert (answer.status_code, answer.json()["status"]) == (200, "ready")
    # The tests connect as a superuser, from whom no trail is safe.
    assert "the audit trail is not protected from the application" in answer.json()["notes"]


def test_it_is_not_ready_before_the_jobs_have_run(client):
    assert not ProcrastinateWorker.objects.exists()
    detail = client.get("/infra/ready/").json()["detail"]
    assert "the job generate_notifications has never succeeded here" in detail
    assert "the job generate_surveys has never succeeded here" in detail


def test_it_turns_red_when_a_job_has_not_succeeded_for_fifteen_minutes(client, working):
    with time_machine.travel(clock.now() + dt.timedelta(minutes=14)):
        assert client.get("/infra/ready/").status_code == 200
    with time_machine.travel(clock.now() + dt.timedelta(minutes=16)):
        answer = client.get("/infra/ready/")
    assert answer.status_code == 503
    assert "the job generate_notifications has not succeeded since" in answer.json()["detail"]


def test_what_a_clock_that_was_ahead_has_stored_says_nothing_of_now(client):
    """Otherwise neither a worker nor a job that stops after the clock was set back is missed for days."""
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (%s)", [clock.now() + DAYS])
    with time_machine.travel(clock.now() + DAYS):
        for job in ("generate_notifications", "generate_surveys"):
            call_command(job)
        assert client.get("/infra/ready/").status_code == 200
    selectors.reasons_lately.forget()
    detail = client.get("/infra/ready/").json()["detail"]
    assert "no delivery worker has been heard of for a minute" in detail
    for job in ("generate_notifications", "generate_surveys"):
        assert f"the clock was set back, and the job {job} has not succeeded since" in detail
        call_command(job)
    claims.mend_clock_jump()
    selectors.reasons_lately.forget()
    assert client.get("/infra/ready/").status_code == 200


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("address", ["/infra/ready/", "/infra/metrics/"])
def test_i13_a_database_that_went_away_is_not_ready_and_no_fault_of_ours(client, token, address):
    client.get(address, headers=token)
    connection.ensure_connection()
    with psycopg.connect(_url_of_tests()) as another:
        another.execute("SELECT pg_terminate_backend(%s)", [connection.connection.info.backend_pid])
    answer = client.get(address, headers=token)
    assert answer.status_code == 503
    assert b"the database does not answer" in answer.content
    connection.close()


def test_i13_a_database_whose_disk_is_full_is_not_ready(client, working):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL temp_file_limit = 0")  # as if nothing more went onto its disk
    answer = client.get("/infra/ready/")
    assert answer.status_code == 503
    assert "the disk of the database is full: nothing new is kept" in answer.json()["detail"]


def _url_of_tests():
    here = connection.settings_dict
    return psycopg.conninfo.make_conninfo(
        host=here["HOST"], port=here["PORT"] or None, user=here["USER"], password=here["PASSWORD"], dbname="postgres"
    )


def test_a_rehearsal_is_no_success(client, working):
    with time_machine.travel(clock.now() + dt.timedelta(minutes=16)):
        call_command("generate_notifications", "--dry-run")
        call_command("generate_surveys", "--dry-run")
        assert client.get("/infra/ready/").status_code == 503


def test_S4_it_names_messages_that_are_set_aside_with_their_mend(client, token, working):
    make_event(make_user())
    Message.objects.update(state="set_aside", claims_lapsed=3)
    answer = client.get("/infra/ready/")
    assert answer.status_code == 503
    assert "set aside since workers were lost with them: 1. " in answer.json()["detail"]
    assert "put them back in the panel" in answer.json()["detail"]
    assert metrics(client, token)[("hera_messages_set_aside",)] == 1


def test_S4_it_names_texts_that_do_not_render_for_an_hour(client, token, working):
    event = make_event(make_user())
    event.notification_type.templates.update(push_body="{% for i in (1..9999999999) limit: 1 %}{% endfor %}")
    assert send().state == "undeliverable"
    detail = client.get("/infra/ready/").json()["detail"]
    assert f"mend the texts of {event.notification_type.code} in the panel" in detail
    assert metrics(client, token)[("hera_messages_without_text_recent",)] == 1
    Message.objects.update(state_at=clock.now() - dt.timedelta(minutes=61))
    assert client.get("/infra/ready/").status_code == 200


def test_it_turns_red_when_a_message_waits_for_more_than_ten_minutes(client, working):
    make_event(make_user())
    with time_machine.travel(clock.now() + dt.timedelta(minutes=9)):
        assert client.get("/infra/ready/").status_code == 200
    with time_machine.travel(clock.now() + dt.timedelta(minutes=11)):
        answer = client.get("/infra/ready/")
    assert answer.status_code == 503
    assert "a message has been due for 1" in answer.json()["detail"]


@pytest.fixture
def money(monkeypatch):
    """A budget of 100 EUR, and a way to spend of it."""
    prices = Prices().read(Environment({"X": '{"currency": "EUR", "default": 1}'}), "X")
    changed = {"text_prices": prices, "text_budget": Decimal(100)}
    monkeypatch.setattr(settings, "HERA", dataclasses.replace(settings.HERA, **changed))

    def spend(cost):
        budget.add({budget.Kind(budget.today(), "notification", "90"): budget.Amount(10, 20, Decimal(cost))})

    return spend


def test_it_notes_that_the_month_s_budget_is_nearly_used_up_and_stays_ready(client, working, money):
    money("79.99")
    assert "budget" not in str(client.get("/infra/ready/").json())
    money("0.01")
    answer = client.get("/infra/ready/")
    assert answer.status_code == 200
    assert "the month's texts have cost 80.00 of 100 EUR" in answer.json()["notes"]
    money("20")
    assert "until HERA_TEXT_BUDGET is raised" in client.get("/infra/ready/").json()["notes"]


def test_p9_it_notes_numbers_that_are_served_and_cannot_be_reached(
    client, working, monkeypatch, messagebird, onesignal
):
    variables = provider_settings(onesignal, messagebird)
    monkeypatch.setattr(settings, "CHANNELS", registry.load_settings(Environment(variables), is_local=True))
    assert "set HERA_SMS_SENDER_NANP to a number" in client.get("/infra/ready/").json()["notes"]
    served = dataclasses.replace(settings.HERA, otp_allowed_countries=frozenset({"TR"}))
    monkeypatch.setattr(settings, "HERA", served)
    assert "HERA_SMS_SENDER_NANP" not in str(client.get("/infra/ready/").json())


def test_metrics_tell_what_the_month_s_texts_cost(client, money, monkeypatch):
    monkeypatch.setattr(settings, "HERA", dataclasses.replace(settings.HERA, metrics_token="t" * 40))
    money("12.5")
    found = metrics(client, {"Authorization": "Bearer " + "t" * 40})
    assert found[("hera_texts_month",)] == 10
    assert found["hera_texts_month_cost", ("currency", "EUR")] == 12.5
    assert found["hera_texts_month_budget", ("currency", "EUR")] == 100


@pytest.fixture
def token(monkeypatch):
    monkeypatch.setattr(settings, "HERA", dataclasses.replace(settings.HERA, metrics_token="t" * 40))
    return {"Authorization": "Bearer " + "t" * 40}


def metrics(client, token) -> dict[tuple, float]:
    answer = client.get("/infra/metrics/", headers=token)
    assert answer.status_code == 200
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_metrics_tell_what_was_created_what_waits_and_what_providers_said(
    client, token, working, django_assert_num_queries
):
    make_event(make_user(number="+905321234567"))
    with time_machine.travel(clock.now() + dt.timedelta(minutes=3)):
        found = metrics(client, token)
    assert found["hera_messages_open", ("channel", "push"), ("state", "queued")] == 1
    assert 170 < found[("hera_oldest_due_message_age_seconds",)] < 190
    assert found["hera_job_created_total", ("job", "notifications")] == 0
    send()
    with django_assert_num_queries(11):
        found = metrics(client, token)
    assert found["hera_attempts_recent", ("kind", "console"), ("outcome", "accepted"), ("status", "none")] == 1
    assert found[("hera_oldest_due_message_age_seconds",)] == 0
    assert Message.objects.get().state == "delivered"
    text = client.get("/infra/metrics/", headers=token).text
    assert "905321234567" not in text


@pytest.mark.parametrize("given", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "Bearer "}])
def test_nobody_else_reads_them(client, token, given):
    assert client.get("/infra/metrics/", headers=given).status_code == 404


def test_without_a_token_there_are_none(client):
    assert client.get("/infra/metrics/", headers={"Authorization": "Bearer "}).status_code == 404


def test_where_logs_are_read_by_machines_each_job_tells_its_figures(caplog, monkeypatch):
    """CloudWatch makes alarms and the number of workers of them (infra/stack/alarms.py)."""
    monkeypatch.setattr(settings, "HERA", dataclasses.replace(settings.HERA, log_format="json"))
    make_event(make_user())
    Message.objects.update(not_before=clock.now() - dt.timedelta(seconds=90))
    with caplog.at_level("INFO", logger="hera.core.jobs"):
        call_command("generate_notifications")
        call_command("generate_surveys", "--dry-run")
    [told] = [record for record in caplog.records if record.message == "job succeeded"]
    assert (told.job, told.created_events) == ("notifications", 0)
    assert 90 <= told.oldest_message_seconds < 120
