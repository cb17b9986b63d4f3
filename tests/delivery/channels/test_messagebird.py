"""What MessageBird is sent, and what its answers mean. Its receipts are in test_channels_shared."""

from __future__ import annotations

import datetime as dt

import pytest

from hera.config import ConfigError, Environment
from hera.core import clock
from hera.delivery.channels import registry
from hera.delivery.channels.base import Accepted, Refused, TryAgain
from hera.devserver.loopback import Misbehaviour
from tests.delivery.channels.conftest import KEY, push, text


@pytest.fixture
def settings(messagebird):
    return {
        "HERA_SMS_CHANNEL": "messagebird",
        "HERA_MESSAGEBIRD_API_KEY": "secret",
        "HERA_MESSAGEBIRD_URL": messagebird.url,
    }


def test_a_text_on_the_wire(ask, settings, messagebird):
    result = ask("sms", settings, "send", text())
    assert isinstance(result, Accepted)
    assert result.status_code == 201
    (body,) = messagebird.requests
    assert 590 <= body.pop("validity") <= 600
    assert body == {
        "originator": "HERA",
        "recipients": ["+905321234567"],
        "body": "123456",
        "datacoding": "auto",
        "reference": KEY,
    }
    assert messagebird.headers[0]["Authorization"] == "AccessKey secret"


@pytest.mark.parametrize(
    ("to", "named", "originator"),
    [
        ("+905321234567", {"HERA_SMS_SENDER": "Saglik", "HERA_SMS_SENDER_NANP": "+12025550123"}, "Saglik"),
        ("+12025550199", {"HERA_SMS_SENDER": "Saglik", "HERA_SMS_SENDER_NANP": "+12025550123"}, "+12025550123"),
        ("+12025550199", {"HERA_SMS_SENDER": "+12025550123"}, "+12025550123"),
    ],
)
def test_american_networks_take_no_letters_for_a_sender(ask, settings, messagebird, to, named, originator):
    ask("sms", settings | named, "send", text(to=to))
    assert messagebird.requests[0]["originator"] == originator


@pytest.mark.parametrize(
    ("to", "named", "is_reached"),
    [
        ("+12025550199", {}, False),
        ("+12025550199", {"HERA_SMS_SENDER_NANP": "+12025550123"}, True),
        ("+12025550199", {"HERA_SMS_SENDER": "12345"}, True),
        ("+905321234567", {}, True),
    ],
)
def test_p9_with_letters_for_a_sender_nothing_goes_to_american_networks(settings, to, named, is_reached):
    channel = registry.open_channel("sms", registry.load_settings(Environment(settings | named), is_local=True))
    assert (channel.cannot_reach(to) == "") is is_reached


def test_a_text_about_to_expire_is_kept_for_the_least_that_it_takes(ask, settings, messagebird):
    ask("sms", settings, "send", text(expires_at=clock.now() + dt.timedelta(seconds=5)))
    assert messagebird.requests[0]["validity"] == 60


@pytest.mark.parametrize(
    ("misbehaviour", "result"),
    [
        (Misbehaviour(201, body="{}"), TryAgain("the answer has no id", 201)),
        (
            Misbehaviour(422, body='{"errors": [{"code": 9}]}'),
            Refused("HTTP 422: the provider does not take this message (its code 9)", 422),
        ),
        (Misbehaviour(500), TryAgain("HTTP 500: the provider has a problem of its own", 500)),
        (
            Misbehaviour(429, headers={"Retry-After": "7"}),
            TryAgain("HTTP 429: the provider asks to send more slowly", 429, dt.timedelta(seconds=7)),
        ),
    ],
)
def test_what_an_answer_means(ask, settings, messagebird, misbehaviour, result):
    messagebird.misbehave(misbehaviour)
    assert ask("sms", settings, "send", text()) == result


def test_it_takes_no_pushes(ask, settings, messagebird):
    assert isinstance(ask("sms", settings, "send", push()), Refused)
    assert messagebird.requests == []


@pytest.mark.parametrize(
    ("named", "sentence"),
    [
        ({"HERA_SMS_SENDER": "A sender too long"}, "it wants up to 11 letters and digits, or a number"),
        ({"HERA_SMS_SENDER_NANP": "HERA"}, "it wants a number such as +12025550123"),
        ({"HERA_MESSAGEBIRD_API_KEY": ""}, "HERA_MESSAGEBIRD_API_KEY is not set"),
    ],
)
def test_a_wrong_setting_stops_the_start_with_a_sentence(ask, settings, named, sentence):
    with pytest.raises(ConfigError) as stopped:
        ask("sms", settings | named, "send", text())
    assert sentence in str(stopped.value)
