"""S4: hostile texts in the database hold up neither codes, nor the end of a worker, nor the web server."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

import httpx
import pytest

from tests.faults.conftest import Country
from tests.texts.hostile import HOSTILE

CODE_WITHIN = 5.0  # seconds
OF_EACH = 12  # messages of each hostile text


@pytest.fixture
def country(server, onesignal, messagebird):
    """A country with ten hostile texts, a kind one, and women who are sent each of them; texts go by SMS."""
    made = Country(
        server.create("country", "empty_country"),
        HERA_PUSH_CHANNEL="onesignal",
        HERA_ONESIGNAL_APP_ID="app",
        HERA_ONESIGNAL_API_KEY="key",
        HERA_ONESIGNAL_URL=onesignal.url,
        HERA_SMS_CHANNEL="messagebird",
        HERA_MESSAGEBIRD_API_KEY="key",
        HERA_MESSAGEBIRD_URL=messagebird.url,
    )
    made.make_due(OF_EACH)
    texts = ["{{ person_name | upcase }}", *HOSTILE.values()]
    for number, text in enumerate(texts):
        made.ask(
            "INSERT INTO events_notificationtype (id, code, description) VALUES (%s, %s, '-')",
            *(100 + number, f"hostile.text.{number}"),
        )
        made.ask(
            "INSERT INTO events_notificationtemplate"
            " (notification_type_id, language_code, push_title, push_body, in_app_content)"
            " VALUES (%s, 'en', 'A reminder', 'Open HERA', %s)",
            *(100 + number, text),
        )
    return made


def queue(country: Country) -> None:
    """Every woman is sent every text; one batch holds all of them, mixed."""
    country.ask(
        """
        INSERT INTO events_notificationevent (user_id, event_key, context, notification_type_id, created_at, updated_at,
            notification_available_at, notification_expires_at)
        SELECT person.id, 'test/' || kind.id || '/' || person.id, '{"person_name": "Leyla"}', kind.id, now(), now(),
            now() - interval '1 second', now() + interval '1 hour'
        FROM auth_user person, events_notificationtype kind WHERE kind.id >= 100 ORDER BY random();
        """
    )
    script = (
        "from django.db import transaction\n"
        "from hera.delivery.outbox import enqueue_notifications\n"
        "from hera.events.models import NotificationEvent\n"
        "with transaction.atomic():\n"
        "    enqueue_notifications(list(NotificationEvent.objects.values_list('id', flat=True)))\n"
    )
    country.manage("shell", "--no-imports", "-c", script)


def ask_for_code(address: str, number: str) -> None:
    answer = httpx.post(f"{address}/otp_auth/request_challenge/", json={"phone_number": number}, timeout=30)
    assert answer.status_code == 201, answer.text


def arrived(messagebird, number: str) -> bool:
    return any(number.lstrip("+") in str(text["recipients"]) for text in messagebird.accepted)


def test_S4_codes_arrive_and_workers_end_while_hostile_texts_are_delivered(country, web, onesignal, messagebird):
    address, _master = web
    with country.workers(2) as workers:
        ask_for_code(address, "+905400000000")
        wait_for(lambda: arrived(messagebird, "+905400000000"), 30)  # the workers are there
        queue(country)
        took = []
        for attempt in range(1, 6):
            number = f"+90540000000{attempt}"
            ask_for_code(address, number)
            began = time.monotonic()
            wait_for(lambda number=number: arrived(messagebird, number), 30)
            took.append(time.monotonic() - began)
        assert max(took) < CODE_WITHIN, took
        pid = workers.pids.pop()
        began = time.monotonic()
        os.kill(pid, signal.SIGTERM)
        wait_for(lambda: has_ended(pid), 30)
        assert time.monotonic() - began < 20
        country.wait_until_nothing_is_open(120)
    kinds = dict(
        country.ask(
            "SELECT kind.id, array_agg(DISTINCT message.state::text) FROM delivery_message message"
            " JOIN events_notificationevent event ON event.id = message.event_id"
            " JOIN events_notificationtype kind ON kind.id = event.notification_type_id"
            " WHERE kind.id >= 100 GROUP BY 1"
        )
    )
    assert kinds.pop(100) == ["delivered"], "a kind text was held up"
    assert list(kinds.values()) == [["undeliverable"]] * len(HOSTILE)
    reasons = country.ask("SELECT DISTINCT reason FROM delivery_message WHERE state = 'undeliverable'")
    assert all("template does not render" in reason for (reason,) in reasons)
    detail = httpx.get(f"{address}/infra/ready/").json()["detail"]
    assert "mend the texts of hostile.text.1" in detail


SESSION = """
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
from django_otp import DEVICE_ID_SESSION_KEY
from django_otp.plugins.otp_totp.models import TOTPDevice
user = User.objects.create_superuser("editor@example.org")
device = TOTPDevice.objects.create(user=user, name="authenticator", confirmed=True)
session = SessionStore()
session[SESSION_KEY] = str(user.pk)
session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
session[HASH_SESSION_KEY] = user.get_session_auth_hash()
session[DEVICE_ID_SESSION_KEY] = device.persistent_id
session.save()
print("session=" + session.session_key)
"""


def test_S4_the_web_server_answers_while_hostile_texts_are_previewed_and_read(country, web):
    address, _master = web
    queue(country)
    key = country.manage("shell", "--no-imports", "-c", SESSION).rsplit("session=", 1)[1].strip()
    country.ask("INSERT INTO authtoken_token (key, created, user_id) SELECT 'k', now(), min(id) FROM auth_user")
    token = "c" * 32
    staff = {"cookies": {"sessionid": key, "csrftoken": token}, "headers": {"X-CSRFToken": token}, "timeout": 60}
    page = {"lock_screen": "safe", "variables-TOTAL_FORMS": "1", "templates-TOTAL_FORMS": str(3 * len(HOSTILE))}
    page |= {"variables-0-name": "person_name", "variables-0-example_values": "Amal"}
    for number, text in enumerate(3 * list(HOSTILE.values())):
        page |= {f"templates-{number}-language_code": str(number), f"templates-{number}-in_app_content": text}
    answers: list[httpx.Response] = []

    def preview():
        answers.append(httpx.post(f"{address}/admin/events/notificationtype/preview/", data=page, **staff))

    previewing = [threading.Thread(target=preview) for _ in range(6)]
    for thread in previewing:
        thread.start()
    slowest = 0.0
    for _ in range(5):
        began = time.monotonic()
        mine = httpx.get(f"{address}/notification_events/", headers={"Authorization": "Token k"}, timeout=60)
        assert mine.status_code == 200, mine.text
        slowest = max(slowest, time.monotonic() - began)
        assert httpx.get(f"{address}/infra/health_check/", timeout=10).status_code == 200
    for thread in previewing:
        thread.join()
    assert [answer.status_code for answer in answers] == [200] * 6, answers[0].text[:500]
    for answer in answers:
        for lines in answer.json().values():
            assert "problem" in [line["kind"] for line in lines]
    assert slowest < 15, "six previews took the server's threads"
    began = time.monotonic()
    mine = httpx.get(f"{address}/notification_events/", headers={"Authorization": "Token k"}, timeout=60).json()
    assert time.monotonic() - began < 15
    assert [event["in_app_content"] for event in mine] == ["LEYLA"], "what renders is shown, and nothing else"


def wait_for(condition, seconds):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.05)


def has_ended(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split(")")[-1].split()[0] == "Z"
    except FileNotFoundError:
        return True
