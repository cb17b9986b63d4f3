"""By which way a person is reached, in which order, and what comes next: through the real worker."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re

import pytest
import time_machine
from django.conf import settings

from hera.api import sessions
from hera.api.models import PhoneSession
from hera.config import Environment
from hera.core import clock, phone_numbers
from hera.delivery import fallbacks, gates, links, ways
from hera.delivery.channels import registry
from hera.delivery.models import Attempt, Message
from hera.devserver.loopback import Misbehaviour
from hera.panel import roles
from hera.user_profile import web_push
from hera.user_profile.models import ChannelOptOut, WebPushSubscription
from hera.user_profile.services import set_channels
from tests.delivery.sending import make_event, provider_settings, send
from tests.families import make_type, make_user
from tests.push_service import settings_for_browsers

pytestmark = pytest.mark.django_db
A_BROWSER = "Mozilla/5.0 (Linux; Android 10) Chrome/130"


@pytest.fixture(autouse=True)
def channels(onesignal, messagebird, monkeypatch):
    variables = provider_settings(onesignal, messagebird) | {"HERA_MESSAGEBIRD_SIGNING_KEY": ""}
    variables |= settings_for_browsers()
    monkeypatch.setattr(settings, "CHANNELS", registry.load_settings(Environment(variables), is_local=True))


def subscribe(user, browser, agent=A_BROWSER):
    sessions.begin(user, agent)
    session = PhoneSession.objects.latest("id")
    keys = browser.subscription["keys"]
    return web_push.subscribe(session, endpoint=browser.endpoint, **keys)


def mute(user, channel):
    ChannelOptOut.objects.create(user=user, channel=channel)


def with_fallback():
    """A type whose unread notifications go out as SMS after an hour."""
    kind = make_type()
    kind.fallback_channel, kind.fallback_after = "sms", 60
    kind.save()
    return kind


def states() -> dict[str, str]:
    return dict(Message.objects.order_by("id").values_list("channel", "state"))


class TestWhichComesFirst:
    def test_who_has_a_browser_and_no_app_gets_it_there(self, push_service, onesignal):
        user = make_user()
        subscribe(user, push_service.browser())
        event = make_event(user)
        assert send().state == "delivered"
        assert states() == {"web_push": "delivered"}
        (pushed,) = push_service.accepted
        assert (pushed.shown["title"], pushed.shown["url"]) == ("Reminder", links.app_page(event.pk))
        assert onesignal.requests == []
        event.refresh_from_db()
        assert event.push_notification_sent_at is not None
        attempt = Attempt.objects.get()
        assert (attempt.channel_kind, attempt.outcome, attempt.status_code) == ("webpush", "accepted", 201)

    @pytest.mark.parametrize(
        ("agent", "muted", "channel"),
        [
            ("okhttp/4.9.2", [], "push"),
            ("okhttp/4.9.2", ["push"], "web_push"),
            ("okhttp/4.9.2", ["web_push"], "push"),
            (A_BROWSER, ["web_push"], "push"),
            (A_BROWSER, ["push"], "web_push"),
            ("/my_data/", [], "web_push"),
        ],
    )
    def test_by_what_she_has_and_what_she_muted(self, push_service, agent, muted, channel):
        user = make_user()
        subscribe(user, push_service.browser())
        sessions.begin(user, agent) if agent != sessions.PAGE else sessions.begin_page(user)
        for one in muted:
            mute(user, one)
        make_event(user)
        assert set(states()) == {channel}
        assert ways.ways_of(user)[0].channel == channel or channel in muted

    def test_who_has_none_is_pushed_to_as_ever(self, onesignal):
        make_event(make_user())
        assert send().state == "delivered"
        assert states() == {"push": "delivered"}

    def test_where_there_is_no_web_push_a_browser_counts_for_nothing(self, push_service, onesignal, monkeypatch):
        user = make_user()
        subscribe(user, push_service.browser())
        kinds = {**settings.CHANNELS.kinds, "web_push": "none"}
        monkeypatch.setattr(settings, "CHANNELS", dataclasses.replace(settings.CHANNELS, kinds=kinds))
        make_event(user)
        assert set(states()) == {"push"}
        assert [way.channel for way in ways.ways_of(user)] == ["push", "whatsapp", "sms"]

    def test_what_was_queued_before_it_was_switched_off_says_so(self, push_service, monkeypatch):
        user = make_user()
        subscribe(user, push_service.browser())
        make_event(user)
        kinds = {**settings.CHANNELS.kinds, "web_push": "none"}
        monkeypatch.setattr(settings, "CHANNELS", dataclasses.replace(settings.CHANNELS, kinds=kinds))
        message = send()
        assert (message.state, "HERA_WEB_PUSH_CHANNEL" in message.reason) == ("undeliverable", True)


class TestWhatIsNext:
    @pytest.fixture
    def both(self, push_service):
        """A person with a phone app and a browser."""
        user = make_user()
        subscribe(user, push_service.browser())
        sessions.begin(user, "okhttp/4.9.2")
        return user

    def test_what_the_app_s_provider_does_not_know_goes_to_her_browser_at_once(self, both, onesignal, push_service):
        onesignal.unknown = frozenset({both.username})
        make_event(both)
        send()
        assert states() == {"push": "failed", "web_push": "queued"}
        send()
        assert states() == {"push": "failed", "web_push": "delivered"}
        assert len(push_service.accepted) == 1

    def test_what_is_accepted_goes_one_way_only(self, both, onesignal, push_service):
        make_event(both)
        send()
        assert states() == {"push": "delivered"}
        assert push_service.requests == []

    def test_what_nobody_knows_is_tried_again_and_goes_no_other_way(self, both, onesignal, push_service):
        onesignal.misbehave(Misbehaviour(accept_first=True, drop_connection=True))
        make_event(both)
        send()
        assert states() == {"push": "retrying"}
        send()
        assert states() == {"push": "delivered"}
        assert push_service.requests == []

    def test_a_browser_that_is_gone_is_removed_and_the_app_is_tried(self, push_service, onesignal):
        user = make_user()
        subscribe(user, push_service.browser())
        push_service.gone["/push/one"] = 410
        make_event(user)
        send()
        assert not WebPushSubscription.objects.exists()
        assert states() == {"web_push": "failed", "push": "queued"}
        send()
        assert states() == {"web_push": "failed", "push": "delivered"}

    def test_there_and_back_is_no_circle(self, both, onesignal, push_service):
        onesignal.unknown = frozenset({both.username})
        push_service.gone["/push/one"] = 404
        make_event(both)
        for _ in range(4):
            send()
        assert states() == {"push": "failed", "web_push": "failed"}
        assert len(onesignal.requests) == 1

    def test_muted_is_no_way(self, both, onesignal):
        onesignal.unknown = frozenset({both.username})
        mute(both, "web_push")
        make_event(both)
        send()
        assert states() == {"push": "failed"}

    def test_read_or_over_needs_none(self, both, onesignal):
        onesignal.unknown = frozenset({both.username})
        event = make_event(both)
        type(event).objects.update(read_at=clock.now())
        send()
        assert states() == {"push": "failed"}

    def test_unread_goes_to_her_browser_then_as_a_text(self, both, messagebird, push_service):
        kind = with_fallback()
        event = make_event(both, kind)
        send()
        assert fallbacks.enqueue() == 0
        with time_machine.travel(clock.now() + dt.timedelta(minutes=61)):
            assert fallbacks.enqueue() == 1
            send()
            assert states() == {"push": "delivered", "web_push": "delivered"}
            assert fallbacks.enqueue() == 0
        with time_machine.travel(clock.now() + dt.timedelta(minutes=123)):
            assert fallbacks.enqueue() == 1
            send()
            assert states()["sms"] in {"sent", "delivered"}
            assert fallbacks.enqueue() == 0
        assert len(push_service.accepted) == len(messagebird.accepted) == 1
        type(event).objects.update(read_at=clock.now())

    def test_what_a_later_way_brought_is_not_brought_again_by_the_first(self, both, onesignal, push_service):
        make_event(both, with_fallback())
        mute(both, "push")
        send()
        assert states() == {"push": "withdrawn"}
        with time_machine.travel(clock.now() + dt.timedelta(minutes=120)):
            assert fallbacks.enqueue() == 1
            send()
            assert states() == {"push": "withdrawn", "web_push": "delivered"}
            set_channels(both, {"push": True})
            send()
        assert states() == {"push": "withdrawn", "web_push": "delivered"}
        assert onesignal.requests == []

    def test_who_read_it_in_her_browser_gets_no_text(self, push_service, messagebird):
        user = make_user()
        subscribe(user, push_service.browser())
        event = make_event(user, with_fallback())
        send()
        type(event).objects.update(read_at=clock.now())
        with time_machine.travel(clock.now() + dt.timedelta(minutes=61)):
            assert fallbacks.enqueue() == 0

    def test_who_did_not_gets_one(self, push_service, messagebird):
        user = make_user()
        subscribe(user, push_service.browser())
        make_event(user, with_fallback())
        send()
        with time_machine.travel(clock.now() + dt.timedelta(minutes=61)):
            assert fallbacks.enqueue() == 1
            send()
        assert set(states()) == {"web_push", "sms"}


class TestWhose:
    def test_a_browser_that_is_somebody_else_s_by_then_gets_nothing_of_hers(self, push_service):
        hers, other = make_user(), make_user(number="+905321234500")
        browser = push_service.browser()
        subscribe(hers, browser)
        make_event(hers)
        subscribe(other, browser)
        send()
        assert push_service.requests == []
        assert states() == {"web_push": "failed", "push": "queued"}

    def test_not_even_between_composing_and_sending(self, push_service):
        from hera.delivery import claims

        hers, other = make_user(), make_user(number="+905321234500")
        browser = push_service.browser()
        taken = subscribe(hers, browser)
        make_event(hers)
        message = Message.objects.get()
        _ids, until = claims.claim([message.pk])
        subscribe(other, browser)
        begun = claims.begin({message.pk: "webpush"}, until, {}, {message.pk: [taken.pk]})
        assert begun.moved == {message.pk}
        assert begun.attempts == {}

    def test_a_retry_has_the_same_topic(self, push_service):
        user = make_user()
        subscribe(user, push_service.browser())
        push_service.misbehave(Misbehaviour(accept_first=True, drop_connection=True))
        make_event(user)
        assert send().state == "retrying"
        assert send().state == "delivered"
        assert len({one.headers["Topic"] for one in push_service.requests}) == 1

    def test_retry_after_of_a_push_service_is_honoured(self, push_service):
        user = make_user()
        subscribe(user, push_service.browser())
        push_service.misbehave(Misbehaviour(429, headers={"Retry-After": "600"}))
        make_event(user)
        assert send().not_before >= clock.now() + dt.timedelta(seconds=590)

    def test_what_is_withdrawn_is_not_pushed(self, push_service):
        from hera.delivery import withdrawing
        from hera.scheduling.still_true import Reason

        user = make_user()
        subscribe(user, push_service.browser())
        event = make_event(user)
        withdrawing.withdraw({event.pk: Reason.STOPPED})
        send()
        assert push_service.requests == []
        assert states() == {"web_push": "withdrawn"}


class TestSeen:
    def test_staff_see_which_ways_she_has_and_in_which_order(self, signed_in, push_service):
        user = make_user()
        for name in ("a", "b"):
            subscribe(user, push_service.browser(name))
        mute(user, "sms")
        page = signed_in(roles.CASE_WORKER).get(f"/admin/custom_user/customuser/{user.pk}/change/").content.decode()
        ways_shown = page.split("Ways to reach her, in order")[1].split("</ol>")[0]
        assert re.findall(r"<li>(.*?)</li>", re.sub(r"</?strong>", "", ways_shown)) == [
            "1. Web push; her browsers: 2",
            "2. Push, to a phone with the app",
            "3. WhatsApp, where a type says so",
            "4. SMS, where a type says so · she wants nothing by it",
        ]

    def test_of_who_has_no_number_there_is_no_way(self, signed_in):
        user = make_user(number=phone_numbers.no_number())
        page = signed_in(roles.CASE_WORKER).get(f"/admin/custom_user/customuser/{user.pk}/change/").content.decode()
        assert "Ways to reach her" not in page


def test_a_push_service_that_somebody_made_up_holds_up_nobody_elses(push_service):
    """An account with many children due on one day, whose browser is a page of her own that answers 503."""
    kind, hers, other = make_type(), make_user(), make_user()
    subscribe(hers, push_service.browser("made-up"))
    subscribe(other, push_service.browser("real"))
    push_service.misbehave(*[Misbehaviour(503)] * 2 * gates.FAILURES_THAT_PARK)
    for _ in range(2 * gates.FAILURES_THAT_PARK):
        make_event(hers, kind)
    send()
    assert set(Message.objects.values_list("state", flat=True)) == {"retrying"}
    event = make_event(other, kind)
    send()
    assert Message.objects.get(event=event).state == "delivered"
