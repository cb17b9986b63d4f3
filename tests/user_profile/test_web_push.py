"""Browsers subscribe, over HTTP, and are whose they are."""

from __future__ import annotations

import pytest
from django.conf import settings

from hera.api import sessions
from hera.api.models import PhoneSession
from hera.config import Environment
from hera.delivery.channels import registry
from hera.privacy import selectors, services
from hera.user_profile import web_push
from hera.user_profile.models import WebPushSubscription
from tests.push_service import TestBrowser, settings_for_browsers
from tests.threads import at_once

BROWSER = TestBrowser("https://push.example.org/a")
OTHER = TestBrowser("https://push.example.org/b")


@pytest.fixture
def channel(monkeypatch):
    variables = settings_for_browsers(HERA_WEB_PUSH_ANY_ADDRESS="false")
    monkeypatch.setattr(settings, "CHANNELS", registry.load_settings(Environment(variables), is_local=True))


def subscribe(phone, browser=BROWSER):
    return phone.post("/web_push/subscriptions/", browser.subscription).expect(201)["id"]


def owners() -> dict[str, int]:
    return dict(WebPushSubscription.objects.values_list("endpoint", "user"))


def test_the_key_is_told_where_there_is_one(mother, monkeypatch):
    assert mother.get("/web_push/").expect(200) == {"public_key": None}
    refused = mother.post("/web_push/subscriptions/", BROWSER.subscription).expect(400)
    assert refused["detail"] == "This server sends no messages to browsers."
    variables = settings_for_browsers()
    monkeypatch.setattr(settings, "CHANNELS", registry.load_settings(Environment(variables), is_local=True))
    assert len(mother.get("/web_push/").expect(200)["public_key"]) == 87


def test_who_is_not_signed_in_is_told_nothing(phone, channel):
    phone.get("/web_push/").expect(401)
    phone.post("/web_push/subscriptions/", BROWSER.subscription).expect(401)


def test_the_same_browser_again_is_the_same(mother, channel):
    first = subscribe(mother)
    again = TestBrowser(BROWSER.endpoint)
    assert subscribe(mother, again) == first
    assert WebPushSubscription.objects.get().p256dh == again.subscription["keys"]["p256dh"]
    assert subscribe(mother, OTHER) != first


def test_it_is_whose_who_signed_in_there_last(mother, channel):
    first = subscribe(mother)
    other = mother.sign_in_directly("+905321234500")
    assert subscribe(mother) == first
    assert owners() == {BROWSER.endpoint: other.pk}


def test_many_at_once_are_one(mother, live_server, channel):
    session = PhoneSession.objects.latest("id")
    keys = BROWSER.subscription["keys"]
    made = at_once(4, lambda _place: web_push.subscribe(session, endpoint=BROWSER.endpoint, **keys).pk)
    assert len(set(made)) == 1


def test_it_ends_when_she_says_so_and_nobody_else_can(mother, channel):
    made = subscribe(mother)
    token = mother.http.headers["Authorization"]
    mother.sign_in_directly("+905321234500")
    mother.delete(f"/web_push/subscriptions/{made}/").expect(404)
    mother.http.headers["Authorization"] = token
    mother.delete(f"/web_push/subscriptions/{made}/").expect(204)
    mother.delete(f"/web_push/subscriptions/{made}/").expect(404)
    mother.delete("/web_push/subscriptions/undefined/").expect(404)
    assert not WebPushSubscription.objects.exists()


def test_and_when_she_signs_out_there(mother, channel):
    subscribe(mother)
    current = [one for one in mother.get("/users/me/sessions/").expect(200) if one["is_current"]]
    mother.delete(f"/users/me/sessions/{current[0]['id']}/").expect(204)
    assert not WebPushSubscription.objects.exists()


def test_of_many_browsers_the_newest_are_kept(mother, channel, monkeypatch):
    monkeypatch.setattr(web_push, "MOST", 2)
    for name in "abc":
        subscribe(mother, TestBrowser(f"https://push.example.org/{name}"))
    assert {endpoint[-1] for endpoint in owners()} == {"b", "c"}


@pytest.mark.parametrize(
    "changed",
    [
        {"endpoint": "http://push.example.org/a"},
        {"endpoint": "https://127.0.0.1/a"},
        {"endpoint": "https://10.1.2.3/a"},
        {"endpoint": "https://push.example.org/" + "a" * 1000},
        {"endpoint": None},
        {"keys": {"p256dh": "AAAA", "auth": "AAAAAAAAAAAAAAAAAAAAAA"}},
        {"keys": {**BROWSER.subscription["keys"], "auth": "AAAA"}},
        {"keys": {**BROWSER.subscription["keys"], "p256dh": "!" * 87}},
        {"keys": {**BROWSER.subscription["keys"], "p256dh": "A" * 5000}},
        {"keys": "x"},
        {"keys": None},
    ],
)
def test_what_is_no_subscription_is_refused_with_a_sentence(mother, channel, changed):
    refused = mother.post("/web_push/subscriptions/", {**BROWSER.subscription, **changed}).expect(400)
    assert isinstance(refused["detail"], str)
    assert not WebPushSubscription.objects.exists()


def test_she_reads_of_it_and_it_goes_with_her(mother, channel):
    subscribe(mother)
    [row] = selectors.everything_of(mother.user)["user_profile.WebPushSubscription"]
    assert row["endpoint"] == BROWSER.endpoint
    assert not {"p256dh", "auth"} & set(row)
    services.erase(mother.user)
    assert not WebPushSubscription.objects.exists()


def test_she_mutes_it_as_any_channel(mother):
    channels = mother.patch("/users/me/channels/", {"web_push": False}).expect(200)
    assert channels == {"push": True, "sms": True, "whatsapp": True, "web_push": False}
    assert sessions.of(mother.user).exists()
