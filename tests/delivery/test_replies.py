"""F13: she says stop by a text, in her words, and is heard."""

from __future__ import annotations

import hashlib
import json
import time
from urllib.parse import urlencode

import httpx
import jwt
import pytest
from django.conf import settings as django_settings
from django.core.management import call_command

from hera.config import Environment
from hera.core import clock
from hera.delivery import sealing
from hera.delivery.channels import registry
from hera.delivery.models import Message, State
from hera.delivery.replies import folded
from hera.events.models import Fallback, NotificationEvent
from hera.user_profile.models import ChannelOptOut
from tests.delivery.sending import SIGNING_KEY, provider_settings, send
from tests.families import make_type, make_user

pytestmark = pytest.mark.django_db(transaction=True)

NUMBER = "+905321234567"
PATH = "/delivery/replies/messagebird/"


@pytest.fixture
def channels(onesignal, messagebird, monkeypatch):
    variables = provider_settings(onesignal, messagebird)
    monkeypatch.setattr(django_settings, "CHANNELS", registry.load_settings(Environment(variables), is_local=True))


@pytest.fixture
def hers(channels, programme):
    return make_user(number=NUMBER, language="ar")


def signed(url, body=b"", *, key=SIGNING_KEY, **changed):
    now = int(time.time())
    claims = {"iss": "MessageBird", "nbf": now, "exp": now + 60, "url_hash": hashlib.sha256(url.encode()).hexdigest()}
    if body:
        claims["payload_hash"] = hashlib.sha256(body).hexdigest()
    return {"MessageBird-Signature-JWT": jwt.encode(claims | changed, key, "HS256")}


@pytest.fixture
def reply(live_server):
    """The gateway calls with a text from a number, over HTTP."""

    def called(text, number=NUMBER, how="form"):
        told = {"id": "1", "recipient": "31612345678", "originator": number.removeprefix("+")}
        url, body, headers = live_server.url + PATH, b"", {}
        if how == "query":
            url = f"{url}?{urlencode(told | {'body': text})}"
        elif how == "form":
            body, headers = (
                urlencode(told | {"payload": text}).encode(),
                {"Content-Type": "application/x-www-form-urlencoded"},
            )
        else:
            body, headers = json.dumps(told | {"payload": text}).encode(), {"Content-Type": "application/json"}
        return httpx.request(
            "GET" if how == "query" else "POST", url, content=body, headers=headers | signed(url, body), timeout=30
        )

    return called


def deliver():
    """The worker with its tasks, until nothing is due."""
    call_command("deliver", "--once")


def has_stopped():
    return ChannelOptOut.objects.filter(user__username=NUMBER, channel="sms").exists()


STOPS = [
    "STOP", "stop", " Stop. ", "S T O P", "ＳＴＯＰ", "Stop all", "DUR", "dur!", "İPTAL", "iptal", "IPTAL", "ıptal",
    "توقف", "تَوَقَّف", "إيقاف", "ايقاف", "أوقف", "\u200fبس\u200f", "بس کنید", "بس كنيد", "بس\u200cکنید",
    "ودرېږه", "ودريږه", "بند کړئ", "لغو", "Ret", "unsubscribe",
]  # fmt: skip


@pytest.mark.parametrize("word", STOPS)
def test_f13_a_word_for_stop_in_any_language(hers, reply, word):
    assert reply(word).status_code == 200
    assert has_stopped()


@pytest.mark.parametrize("word", ["START", "başla", "BAŞLA", "ابدأ", "ابدا", "شروع کنید", "پیل کړه"])
def test_f13_a_word_for_start_takes_it_back(hers, reply, word):
    reply("STOP")
    assert reply(word).status_code == 200
    assert not has_stopped()


@pytest.mark.parametrize("how", ["query", "form", "json"])
def test_f13_however_the_gateway_tells_it(hers, reply, how):
    answer = reply("توقف", how=how)
    assert (answer.status_code, answer.content) == (200, b"")
    assert has_stopped()


def test_f13_one_text_confirms_and_comes_through_the_gates(hers, reply, messagebird):
    reply("بس")
    reply("بس")
    [message] = Message.objects.all()
    assert (message.purpose, message.is_code) == ("opt_out", False)
    sealed = sealing.unseal(bytes(message.sealed_text))
    assert sealed.to == NUMBER
    assert "START" in sealed.text
    deliver()
    message.refresh_from_db()
    assert (message.state, message.counted_on is not None) == (State.SENT, True)
    assert len(messagebird.accepted) == 1
    for _ in range(5):
        reply("START")
        reply("STOP")
    deliver()
    assert len(messagebird.accepted) == 3, "three texts a person a day, as for all that is no code"


def test_f13_nothing_but_codes_goes_out_by_sms_then(hers, reply, messagebird, phone):
    reply("DUR")
    deliver()
    kind = make_type()
    kind.fallback_channel = Fallback.SMS
    kind.save()
    event = NotificationEvent.objects.create(
        user=hers, event_key="x", notification_type=kind, context={"vaccine_names": "BCG", "date": "2026-11-25"},
        notification_available_at=clock.now(), notification_expires_at=clock.now().replace(year=clock.now().year + 1),
    )  # fmt: skip
    now = clock.now()
    reminder = Message.objects.create(
        event=event, purpose="notification", channel="sms", state=State.QUEUED, state_at=now, not_before=now,
        expires_at=event.notification_expires_at, enqueued_at=now, created_at=now,
    )  # fmt: skip
    send()
    reminder.refresh_from_db()
    assert reminder.state == State.WITHDRAWN
    phone.post("/otp_auth/request_challenge/", {"phone_number": NUMBER}).expect(201)
    deliver()
    assert Message.objects.latest("id").state == State.SENT
    assert len(messagebird.accepted) == 2, "the confirmation and the code"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("stop it please, what is this", NUMBER),
        ("thank you", NUMBER),
        ("", NUMBER),
        ("STOP" * 100, NUMBER),
        ("STOP", "+905329999999"),
        ("STOP", "HERA"),
        ("STOP", "٩٠٥٣٢١٢٣٤٥٦٧"),
        ("STOP", ""),
    ],
)
def test_f13_what_means_nothing_changes_nothing_and_is_answered_alike(hers, reply, text, number):
    answer = reply(text, number)
    assert (answer.status_code, answer.content) == (200, b"")
    assert not ChannelOptOut.objects.exists()
    assert not Message.objects.exists()


def test_f13_nobody_but_the_gateway_is_heard(hers, client, live_server):
    url = live_server.url + PATH
    body = urlencode({"originator": NUMBER[1:], "payload": "STOP"}).encode()
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    forged = [
        {},
        signed(url, body, key="another key of thirty-two bytes.."),
        signed(url, b"payload=START"),
        signed(url),
        signed(url + "?a=1", body),
        signed(url, body, exp=int(time.time()) - 100),
    ]
    for headers in forged:
        assert httpx.post(url, content=body, headers=form | headers).status_code == 403
    assert (
        httpx.post(
            url, content=b"\xff{", headers={"Content-Type": "application/json"} | signed(url, b"\xff{")
        ).status_code
        == 200
    )
    assert httpx.post(url, files={"payload": ("a", b"STOP")}).status_code == 403
    assert not has_stopped()


def test_f13_without_this_gateway_there_is_no_such_address(client, programme):
    assert client.post(PATH).status_code == 404


def test_words_are_compared_without_marks_case_and_keyboards():
    assert folded("ُإيقافٌ!") == folded("ایقاف")
    assert folded("Í-P TAL") == "iptal"
