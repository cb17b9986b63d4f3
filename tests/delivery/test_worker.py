"""Delivery against a fake provider that is a real HTTP server."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import call_command

from hera.config import Environment
from hera.core import clock
from hera.delivery import claims, outbox, retry
from hera.delivery.channels import http, registry
from hera.delivery.models import Attempt, ChannelRole, Message, State
from hera.devserver.loopback import Misbehaviour
from hera.events.models import NotificationEvent
from hera.user_profile.models import PushTarget
from tests.delivery.sending import make_event, provider_settings, send
from tests.families import make_type, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def channels(onesignal, messagebird, monkeypatch):
    variables = provider_settings(onesignal, messagebird) | {"HERA_MESSAGEBIRD_SIGNING_KEY": ""}
    monkeypatch.setattr(settings, "CHANNELS", registry.load_settings(Environment(variables), is_local=True))


def test_a_push_in_the_persons_language_to_all_her_names(channels, onesignal):
    user = make_user(language="tr", number="+905321234567")
    for name in ("+9005321234567", "+905311111111"):
        PushTarget.objects.create(user=user, external_id=name)
    kind = make_type(en=("Reminder", "Open", "-"), tr=("Hatırlatma", "Bugün {{ date }}", "-"))
    event = make_event(user, kind)
    message = send()
    (push,) = onesignal.accepted
    assert push["headings"] == {"en": "Hatırlatma"}
    assert push["contents"] == {"en": "Bugün 2026-11-25"}
    assert push["include_aliases"]["external_id"] == ["+905321234567", "+9005321234567", "+905311111111"]
    assert onesignal.headers[0]["Authorization"] == "Key key"
    event.refresh_from_db()
    assert event.push_notification_sent_at is not None
    assert (message.state, message.attempts_made) == ("delivered", 1)
    attempt = Attempt.objects.get()
    assert (attempt.outcome, attempt.channel_kind, attempt.status_code) == ("accepted", "onesignal", 200)
    assert attempt.provider_message_id == message.provider_message_id != ""


def test_without_a_template_in_her_language_it_is_english(channels, onesignal):
    make_event(make_user(language="prs"))
    assert send().state == "delivered"
    assert onesignal.accepted[0]["headings"] == {"en": "Reminder"}


@pytest.mark.parametrize(
    ("misbehaviour", "state"),
    [
        (Misbehaviour(500), "retrying"),
        (Misbehaviour(503), "retrying"),
        (Misbehaviour(408), "retrying"),
        (Misbehaviour(425), "retrying"),
        (Misbehaviour(429), "retrying"),
        (Misbehaviour(drop_connection=True), "retrying"),
        (Misbehaviour(200, body="not json"), "retrying"),
        (Misbehaviour(200, {"Content-Encoding": "gzip"}, body="not compressed"), "retrying"),
        (Misbehaviour(400, body='{"errors": ["bad"]}'), "failed"),
        (Misbehaviour(403), "failed"),
        (Misbehaviour(200, body='{"id": "", "errors": ["All included players are not subscribed"]}'), "failed"),
    ],
)
def test_what_an_answer_means(channels, onesignal, misbehaviour, state):
    onesignal.misbehave(misbehaviour)
    make_event(make_user())
    message = send()
    assert message.state == state
    assert message.reason
    if state == "retrying":
        assert message.not_before > clock.now()
        assert send().state == "delivered"
        assert len(onesignal.accepted) == 1


def test_an_answer_that_trickles_in_is_not_waited_for(channels, onesignal, monkeypatch):
    monkeypatch.setattr(http, "WHOLE_CALL", 0.5)
    onesignal.misbehave(Misbehaviour(200, body="{" + " " * 100, accept_first=True, between_bytes=0.1))
    make_event(make_user())
    message = send()
    assert (message.state, message.reason) == ("retrying", "no whole answer within 0.5 seconds")
    assert send().state == "delivered"
    assert len(onesignal.accepted) == 1


def test_a_retry_after_a_lost_answer_is_no_second_push(channels, onesignal):
    onesignal.misbehave(Misbehaviour(accept_first=True, drop_connection=True))
    make_event(make_user())
    assert send().state == "retrying"
    assert send().state == "delivered"
    assert len(onesignal.requests) == 2
    assert len(onesignal.accepted) == 1
    assert len({request["idempotency_key"] for request in onesignal.requests}) == 1


def test_retry_after_is_honoured(channels, onesignal):
    onesignal.misbehave(Misbehaviour(429, headers={"Retry-After": "600"}))
    make_event(make_user())
    assert send().not_before >= clock.now() + dt.timedelta(seconds=590)


def test_retries_end_with_the_window(channels, onesignal):
    onesignal.misbehave(Misbehaviour(500))
    make_event(make_user(), ttl=dt.timedelta(seconds=1))
    message = send()
    assert message.state == "expired"
    assert "HTTP 500" in message.reason


@pytest.mark.parametrize(
    ("state", "before", "reason"),
    [
        ("queued", "", claims.NEVER_TRIED),
        ("claimed", "", claims.NEVER_TRIED),  # by a worker that was lost
        (
            "retrying",
            "HTTP 500: the provider has a problem of its own",
            "HTTP 500: the provider has a problem of its own",
        ),
        ("queued", "the provider is down; the channel is parked", "the provider is down; the channel is parked"),
    ],
)
def test_whose_window_closed_is_expired_with_a_reason(channels, state, before, reason):
    make_event(make_user(), ttl=-dt.timedelta(seconds=1))
    make_event(make_user(), make_type("another.reminder"))
    late = Message.objects.earliest("id")
    Message.objects.filter(pk=late.pk).update(state=state, reason=before)
    assert claims.expire() == 1
    late.refresh_from_db()
    assert (late.state, late.reason) == ("expired", reason)
    assert Message.objects.latest("id").state == "queued"


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda user, event: user.profile.delete(), "no profile"),
        (lambda user, event: event.notification_type.templates.all().delete(), "no template in en nor in English"),
        (lambda user, event: event.notification_type.templates.update(push_body="{{ a | }"), "does not render"),
        (lambda user, event: event.notification_type.templates.update(push_body="{{ 'x' | nope }}"), "does not render"),
        (
            lambda user, event: NotificationEvent.objects.update(context={"event_type": "vaccination"}),
            "no vaccine name",
        ),
    ],
)
def test_what_cannot_be_sent_is_marked_with_its_reason_and_the_others_go_on(channels, onesignal, spoil, reason):
    spoiled = make_event(make_user())
    spoil(spoiled.user, spoiled)
    user = make_user()
    make_event(user, make_type("another.reminder"))
    send()
    message = spoiled.messages.get()
    assert (message.state, reason in message.reason) == ("undeliverable", True)
    assert Message.objects.exclude(event=spoiled).get().state == "delivered"


def test_an_unknown_zone_of_an_older_database_keeps_no_message_back(channels, onesignal):
    """The zone of the number's country is taken in its place."""
    event = make_event(make_user())
    type(event.user.profile).objects.update(timezone="Mars/Base")
    send()
    assert event.messages.get().state == "delivered"


def test_a_lapsed_claim_is_taken_over_and_a_live_one_is_not(channels, onesignal):
    make_event(make_user())
    message = Message.objects.get()
    assert claims.claim([message.pk])[0] == [message.pk]
    assert send().state == "claimed"  # the other worker holds it
    Message.objects.update(claimed_until=clock.now() - dt.timedelta(seconds=1))
    assert send().state == "delivered"


def test_the_verdict_of_a_worker_whose_claim_lapsed_does_not_count(channels):
    make_event(make_user())
    message = Message.objects.get()
    _, first = claims.claim([message.pk])
    Message.objects.update(claimed_until=clock.now() - dt.timedelta(seconds=1))
    claims.claim([message.pk])
    claims.record([claims.Verdict(message.pk, State.FAILED, "late")], first)
    assert Message.objects.get().state == "claimed"


def test_a_lost_task_is_deferred_again(channels, django_assert_num_queries):
    make_event(make_user())
    assert claims.requeue_lost(dt.timedelta(minutes=2)) == 0
    Message.objects.update(enqueued_at=clock.now() - dt.timedelta(minutes=3))
    assert claims.requeue_lost(dt.timedelta(minutes=2)) == 1
    assert claims.requeue_lost(dt.timedelta(minutes=2)) == 0


def test_quiet_hours_postpone(channels, monkeypatch):
    local = clock.now().astimezone(dt.timezone(dt.timedelta(hours=3)))
    quiet = ((local - dt.timedelta(hours=1)).time(), (local + dt.timedelta(hours=1)).time())
    monkeypatch.setattr(settings, "HERA", dataclasses.replace(settings.HERA, quiet_hours=quiet))
    make_event(make_user())
    message = send()
    assert (message.state, message.reason, message.attempts_made) == ("retrying", "quiet hours", 0)
    assert dt.timedelta(minutes=58) < message.not_before - clock.now() <= dt.timedelta(hours=1)


def test_a_code_is_sent_by_sms_and_its_text_is_kept_nowhere(channels, messagebird):
    outbox.enqueue_code(
        purpose="sign_in",
        to="+905321234567",
        text="Your code is 123456",
        expires_at=clock.now() + dt.timedelta(minutes=10),
    )
    assert b"123456" not in bytes(Message.objects.get().sealed_text)
    message = send()
    assert (message.state, message.sealed_text) == ("delivered", None)
    (sms,) = messagebird.accepted
    assert (sms["recipients"], sms["body"], sms["originator"]) == (["+905321234567"], "Your code is 123456", "HERA")
    assert messagebird.headers[0]["Authorization"] == "AccessKey key"


def test_a_text_goes_to_the_number_of_now(channels, messagebird, monkeypatch):
    """Her number changes after the text was composed and before it is handed over."""
    user = make_user(number="+905321234567")
    event = make_event(user)
    Message.objects.update(channel=ChannelRole.SMS)

    def change_first(*args):
        User.objects.filter(pk=user.pk).update(username="+905329999999")
        return begin(*args)

    begin = claims.begin
    monkeypatch.setattr(claims, "begin", change_first)
    message = send()
    assert (message.state, message.attempts_made, message.counted_on) == (State.QUEUED, 0, None)
    assert messagebird.requests == []
    assert not Attempt.objects.exists()
    message = send()
    assert (message.state, message.event) == (State.DELIVERED, event)
    (text,) = messagebird.accepted
    assert text["recipients"] == ["+905329999999"]


def test_waits_double_and_are_spread():
    waits = [retry.wait_after(n, None) for n in range(1, 30)]
    assert dt.timedelta(seconds=2.5) <= waits[0] <= dt.timedelta(seconds=5)
    assert all(dt.timedelta(minutes=15) <= wait <= dt.timedelta(minutes=30) for wait in waits[12:])


@pytest.mark.django_db(transaction=True)
def test_deliver_once_drains_what_is_due_and_ends(channels, onesignal, capsys):
    kind = make_type()
    for _ in range(5):
        make_event(make_user(), kind)
    call_command("deliver", "--once")
    assert len(onesignal.accepted) == 5
    assert set(Message.objects.values_list("state", flat=True)) == {"delivered"}
    assert "done=true" in capsys.readouterr().out


def test_what_a_clock_that_ran_ahead_announced_waits_for_its_day(channels, onesignal):
    event = make_event(make_user())
    ahead = clock.now() + dt.timedelta(days=3)
    opens = ahead - dt.timedelta(hours=2)
    NotificationEvent.objects.update(notification_available_at=opens)
    Message.objects.update(
        state=State.RETRYING, state_at=ahead, not_before=ahead, expires_at=ahead + dt.timedelta(hours=9)
    )
    assert claims.mend_clock_jump() == 1
    assert Message.objects.get(event=event).not_before == opens
    assert claims.requeue_lost(dt.timedelta(minutes=2)) == 0


def test_what_a_clock_that_ran_ahead_put_off_is_brought_back(channels, onesignal):
    event = make_event(make_user())
    ahead = clock.now() + dt.timedelta(hours=20)
    Message.objects.update(state=State.RETRYING, state_at=ahead, not_before=ahead, enqueued_at=ahead)
    claims.mend_clock_jump()
    message = Message.objects.get(event=event)
    assert message.not_before <= clock.now()
    assert claims.requeue_lost(dt.timedelta(minutes=2)) == 1
    Message.objects.update(state=State.CLAIMED, state_at=ahead, claimed_until=ahead, not_before=ahead)
    claims.mend_clock_jump()
    message.refresh_from_db()
    assert message.claimed_until <= clock.now() + claims.LEASE, "whoever holds it may still be at it"
    assert message.not_before <= clock.now()
