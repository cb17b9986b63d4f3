"""What OneSignal is sent, and what its answers mean."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from hera.config import ConfigError
from hera.core import clock
from hera.delivery.channels.base import Accepted, Refused, TryAgain
from hera.devserver.loopback import Misbehaviour
from tests.delivery.channels.conftest import KEY, push, text


@pytest.fixture
def settings(onesignal):
    return {
        "HERA_PUSH_CHANNEL": "onesignal",
        "HERA_ONESIGNAL_APP_ID": "app/1",
        "HERA_ONESIGNAL_API_KEY": "secret",
        "HERA_ONESIGNAL_URL": onesignal.url,
    }


def test_a_push_on_the_wire(ask, settings, onesignal):
    result = ask("push", settings, "send", push())
    assert isinstance(result, Accepted)
    assert result.status_code == 200
    (body,) = onesignal.requests
    assert 3590 <= body.pop("ttl") <= 3600
    assert body == {
        "app_id": "app/1",
        "target_channel": "push",
        "include_aliases": {"external_id": ["+905321234567", "05321234567"]},
        "headings": {"en": "Hatırlatma"},
        "contents": {"en": "HERA'yı aç"},
        "data": {"notification_event_id": "7"},
        "idempotency_key": KEY,
    }
    assert onesignal.headers[0]["Authorization"] == "Key secret"


def test_a_push_about_to_expire_is_kept_for_a_second(ask, settings, onesignal):
    ask("push", settings, "send", push(expires_at=clock.now() - dt.timedelta(minutes=1)))
    assert onesignal.requests[0]["ttl"] == 1


@pytest.mark.parametrize(
    ("answer", "result"),
    [
        ({"id": "a", "errors": {"invalid_aliases": {"external_id": ["x"]}}}, Accepted("a", 200)),
        (
            {"id": "", "errors": ["All included players are not subscribed"]},
            Refused("no phone with the app is registered under her numbers", 200),
        ),
        ({"id": ""}, TryAgain("the answer has no id", 200)),
        ([], TryAgain("the answer has no id", 200)),
    ],
)
def test_what_an_answer_with_200_means(ask, settings, onesignal, answer, result):
    onesignal.misbehave(Misbehaviour(200, body=json.dumps(answer)))
    assert ask("push", settings, "send", push()) == result


def test_it_takes_no_texts(ask, settings, onesignal):
    assert isinstance(ask("push", settings, "send", text()), Refused)
    assert onesignal.requests == []


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (200, ""),
        (404, ""),
        (500, "HTTP 500: the provider has a problem of its own"),
        (401, "HTTP 401: the provider does not know our key"),
    ],
)
def test_a_person_is_forgotten_by_each_of_her_names(ask, settings, onesignal, status, error):
    if status != 200:
        onesignal.misbehave(Misbehaviour(status))
    assert ask("push", settings, "forget", "+90 532/1") == error
    if status == 200:
        assert onesignal.erased == ["/apps/app%2F1/users/by/external_id/%2B90%20532%2F1"]


@pytest.mark.parametrize("missing", ["HERA_ONESIGNAL_APP_ID", "HERA_ONESIGNAL_API_KEY"])
def test_it_does_not_start_without_its_keys(ask, settings, missing):
    del settings[missing]
    with pytest.raises(ConfigError, match=f"{missing} is not set"):
        ask("push", settings, "send", push())
