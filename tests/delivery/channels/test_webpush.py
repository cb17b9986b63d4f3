"""What push services are sent, and what their answers mean."""

from __future__ import annotations

import asyncio
import datetime as dt
import io
from itertools import count

import pytest
from django.core.management import call_command

from hera.config import ConfigError, Environment
from hera.core import clock, public_addresses
from hera.delivery.channels import http, registry
from hera.delivery.channels.base import Accepted, Browser, BrowserMessage, Refused, TryAgain
from hera.delivery.channels.webpush import channel, keys
from hera.devserver.loopback import Misbehaviour
from tests.delivery.channels.conftest import KEY, push
from tests.push_service import settings_for_browsers

TOPIC = KEY.replace("-", "")
_ids = count(1)


def to(*browsers, **changed) -> BrowserMessage:
    kept = {
        "browsers": tuple(
            Browser(next(_ids), one.endpoint, one.subscription["keys"]["p256dh"], one.subscription["keys"]["auth"])
            for one in browsers
        ),
        "title": "Hatırlatma",
        "body": "HERA'yı aç — بازکړئ",
        "url": "/app/#/notice/7",
        "idempotency_key": KEY,
        "expires_at": clock.now() + dt.timedelta(days=1),
    }
    return BrowserMessage(**kept | changed)


def test_what_a_browser_reads(ask, push_service):
    assert ask("web_push", settings_for_browsers(), "send", to(push_service.browser())) == Accepted(
        f"webpush-{TOPIC}", 201
    )
    (pushed,) = push_service.accepted
    assert push_service.refused == []
    assert pushed.shown == {
        "title": "Hatırlatma",
        "body": "HERA'yı aç — بازکړئ",
        "tag": TOPIC,
        "url": "/app/#/notice/7",
    }
    assert pushed.headers["Topic"] == TOPIC
    assert 86390 <= int(pushed.headers["Ttl"]) <= 86400
    assert pushed.headers["Urgency"] == "normal"


@pytest.mark.parametrize(
    ("left", "ttl", "urgency"),
    [(-60, 1, "high"), (3600, 3600, "high"), (90 * 86400, 28 * 86400, "normal")],
)
def test_its_time_to_live_is_that_of_the_window(ask, push_service, left, ttl, urgency):
    message = to(push_service.browser(), expires_at=clock.now() + dt.timedelta(seconds=left))
    ask("web_push", settings_for_browsers(), "send", message)
    headers = push_service.accepted[0].headers
    assert ttl - 10 <= int(headers["Ttl"]) <= ttl
    assert headers["Urgency"] == urgency


def test_a_long_text_is_cut_to_what_services_take(ask, push_service):
    ask("web_push", settings_for_browsers(), "send", to(push_service.browser(), body="پ" * 5000))
    assert push_service.accepted[0].shown["body"] == "پ" * 500


@pytest.mark.parametrize(
    ("answer", "result"),
    [
        (Misbehaviour(200), Accepted(f"webpush-{TOPIC}", 200)),
        (
            Misbehaviour(429, {"Retry-After": "90"}),
            TryAgain("HTTP 429: the provider asks to send more slowly", 429, dt.timedelta(seconds=90)),
        ),
        (Misbehaviour(500), TryAgain("HTTP 500: the provider has a problem of its own", 500)),
        (
            Misbehaviour(503, {"Retry-After": "5"}),
            TryAgain("HTTP 503: the provider has a problem of its own", 503, dt.timedelta(seconds=5)),
        ),
        (Misbehaviour(400), Refused("HTTP 400: the provider does not take this message", 400)),
        (Misbehaviour(403), Refused("HTTP 403: the provider does not allow this with our key", 403)),
        (Misbehaviour(413), Refused("HTTP 413: the message is too large for the provider", 413)),
        (
            Misbehaviour(307, {"Location": "http://127.0.0.1:1/"}),
            Refused("HTTP 307: the provider refuses this message", 307),
        ),
    ],
)
def test_what_an_answer_of_a_service_means(ask, push_service, answer, result):
    push_service.misbehave(answer)
    assert ask("web_push", settings_for_browsers(), "send", to(push_service.browser())) == result


@pytest.mark.parametrize("status", [404, 410])
def test_a_browser_that_is_gone_is_named(ask, push_service, status):
    browser = push_service.browser()
    push_service.gone["/push/one"] = status
    message = to(browser)
    assert ask("web_push", settings_for_browsers(), "send", message) == Refused(
        channel.GONE, status, (message.browsers[0].id,)
    )


def test_no_answer_is_tried_again(ask, push_service, monkeypatch):
    monkeypatch.setattr(http, "WHOLE_CALL", 0.3)
    push_service.misbehave(Misbehaviour(201, wait=1.0), Misbehaviour(drop_connection=True))
    browser = push_service.browser()
    late = ask("web_push", settings_for_browsers(), "send", to(browser))
    assert late == TryAgain("no whole answer within 0.3 seconds")
    assert isinstance(ask("web_push", settings_for_browsers(), "send", to(browser)), TryAgain)
    assert ask("web_push", settings_for_browsers(), "send", to(browser)) == Accepted(f"webpush-{TOPIC}", 201)
    assert {one.headers["Topic"] for one in push_service.requests} == {TOPIC}


def test_several_phones_each_get_it_and_one_that_took_it_is_enough(ask, push_service):
    browsers = [push_service.browser(name) for name in ("a", "b", "c")]
    push_service.gone["/push/b"] = 410
    message = to(*browsers)
    assert ask("web_push", settings_for_browsers(), "send", message) == Accepted(
        f"webpush-{TOPIC}", 201, (message.browsers[1].id,)
    )
    assert {one.browser.endpoint[-1] for one in push_service.accepted} == {"a", "c"}


def test_if_none_took_it_what_can_be_tried_again_is(ask, push_service):
    browsers = [push_service.browser(name) for name in ("a", "b")]
    push_service.gone["/push/b"] = 404
    push_service.misbehave(Misbehaviour(500))
    message = to(*browsers)
    assert ask("web_push", settings_for_browsers(), "send", message) == TryAgain(
        "HTTP 500: the provider has a problem of its own", 500, None, (message.browsers[1].id,)
    )


def test_without_a_browser_or_for_a_phone_it_is_refused(ask):
    assert ask("web_push", settings_for_browsers(), "send", to()) == Refused(channel.NO_BROWSER)
    assert isinstance(ask("web_push", settings_for_browsers(), "send", push()), Refused)


@pytest.mark.parametrize("p256dh", ["", "AAAA", "not base64!"])
def test_a_key_that_is_none_is_refused(ask, push_service, p256dh):
    broken = Browser(1, push_service.browser().endpoint, p256dh, "AAAAAAAAAAAAAAAAAAAAAA")
    assert ask("web_push", settings_for_browsers(), "send", to(browsers=(broken,))) == Refused(
        "the key of her browser is none"
    )


class TestOwnNetwork:
    """Nobody has us call what only we can reach."""

    def test_a_private_address_is_not_called(self, ask, push_service):
        variables = settings_for_browsers(HERA_WEB_PUSH_ANY_ADDRESS="false")
        assert ask("web_push", variables, "send", to(push_service.browser())) == Refused(http.NOT_PUBLIC)
        assert push_service.requests == []

    def test_nor_a_name_that_stands_for_one(self):
        async def run():
            connections = http.Connections("", {}, public_only=True)
            try:
                await http._answered(connections._client.post("https://localhost:9/", content=b""))
            finally:
                await connections.aclose()

        with pytest.raises(http.NotPublic):
            asyncio.run(run())

    @pytest.mark.parametrize(
        "url",
        [
            "http://push.example.org/a",
            "https://push.example.org:8443/a",
            "https://user@push.example.org/a",
            "https://localhost/a",
            "https://127.0.0.1/a",
            "https://127.1/a",
            "https://10.0.0.1/a",
            "https://169.254.169.254/latest/meta-data/",
            "https://[::1]/a",
            "https://[::ffff:10.0.0.1]/a",
            "https://[fd00::1]/a",
            "https://0x7f.1/a",
            "https://2130706433/a",
            "https://metadata/a",
            "https://push.example.org/" + "a" * 1000,
            "https://püsh.example.org/a",
            "https://push.example.org/a b",
            "https://push.example.org:x/",
            "ftp://push.example.org/",
            "",
        ],
    )
    def test_addresses_that_are_none_of_a_push_service(self, url):
        assert public_addresses.wrong_with(url)

    @pytest.mark.parametrize(
        "url",
        [
            "https://fcm.googleapis.com/fcm/send/abc:APA91",
            "https://updates.push.services.mozilla.com/wpush/v2/gAAA",
            "https://web.push.apple.com/QN",
            "https://wns2-par02p.notify.windows.com:443/w/?token=BQ",
        ],
    )
    def test_those_of_the_push_services_are_taken(self, url):
        assert public_addresses.wrong_with(url) == ""


class TestSettings:
    def test_the_command_makes_settings_that_work(self):
        said = io.StringIO()
        call_command("webpush_keys", stdout=said)
        variables = dict(line.split("=", 1) for line in said.getvalue().split())
        read = registry.load_settings(Environment(variables), is_local=True).by_role["web_push"]
        assert len(keys.decoded(read.public_key)) == 65
        assert read.contact == "https://hera.invalid"
        other = io.StringIO()
        call_command("webpush_keys", stdout=other)
        assert other.getvalue() != said.getvalue()

    @pytest.mark.parametrize(
        ("name", "value", "says"),
        [
            ("HERA_WEB_PUSH_PRIVATE_KEY", "", "HERA_WEB_PUSH_PRIVATE_KEY is not set"),
            ("HERA_WEB_PUSH_PRIVATE_KEY", "AAAA", "HERA_WEB_PUSH_PRIVATE_KEY is no key"),
            ("HERA_WEB_PUSH_PRIVATE_KEY", "A" * 43, "HERA_WEB_PUSH_PRIVATE_KEY is no key"),
            ("HERA_WEB_PUSH_CONTACT", "hera@example.org", "it wants mailto:"),
        ],
    )
    def test_it_does_not_start_without_its_key(self, name, value, says):
        with pytest.raises(ConfigError, match=says):
            registry.load_settings(Environment(settings_for_browsers(**{name: value})), is_local=True)

    def test_only_a_local_server_calls_into_its_own_network(self):
        kinds = {"HERA_PUSH_CHANNEL": "console", "HERA_SMS_CHANNEL": "console"}
        with pytest.raises(ConfigError, match="HERA_WEB_PUSH_ANY_ADDRESS opens our own network"):
            registry.load_settings(Environment(settings_for_browsers() | kinds), is_local=False)

    def test_without_a_channel_nothing_is_wanted(self):
        assert "web_push" not in registry.load_settings(Environment({}), is_local=True).by_role
