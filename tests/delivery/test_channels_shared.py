"""What all workers share of a channel: its rate, the breaker that parks it, and what its provider tells later."""

from __future__ import annotations

import datetime as dt
import hashlib

import jwt
import pytest
import time_machine
from django.conf import settings

from hera.config import Environment
from hera.core import clock
from hera.delivery import fallbacks, gates, outbox, receipts, worker
from hera.delivery.channels import registry
from hera.delivery.channels.base import Arrival
from hera.delivery.models import ChannelGate, Message, Receipt, State
from hera.devserver.loopback import Misbehaviour
from hera.events.models import Fallback, NotificationEvent, NotificationType
from tests.delivery.sending import SIGNING_KEY, make_event, provider_settings, send
from tests.families import make_type, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def channels(onesignal, messagebird, monkeypatch):
    variables = provider_settings(onesignal, messagebird)
    monkeypatch.setattr(settings, "CHANNELS", registry.load_settings(Environment(variables), is_local=True))


class TestRate:
    def test_turns_are_given_out_one_after_the_other_to_all_workers(self, channels):
        now = clock.now()
        first = gates.admit("push", 100, 10)
        second = gates.admit("push", 100, 10)
        assert (first.count, first.interval) == (100, dt.timedelta(milliseconds=100))
        assert now <= first.starts_at <= clock.now()
        assert second.starts_at == first.starts_at + dt.timedelta(seconds=10)

    def test_what_lies_too_far_ahead_asks_again_when_the_others_are_through(self, channels):
        admission = gates.admit("push", 1000, 10)
        assert admission.count == 300
        assert admission.again_at == admission.starts_at + dt.timedelta(seconds=30)
        assert gates.admit("push", 5, 10).count == 0

    def test_codes_wait_for_each_other_only_and_the_others_make_up_for_it(self, channels):
        texts = gates.admit("sms", 100, 10)
        code = gates.admit("sms", 2, 10, codes=True)
        another = gates.admit("sms", 1, 10, codes=True)
        more = gates.admit("sms", 1, 10)
        assert code.starts_at - texts.starts_at < dt.timedelta(seconds=1), "not behind a hundred texts"
        assert another.starts_at == code.starts_at + dt.timedelta(milliseconds=200)
        assert more.starts_at == texts.starts_at + dt.timedelta(seconds=10) + dt.timedelta(milliseconds=300)

    def test_messages_put_back_have_used_up_no_try(self, channels, onesignal, monkeypatch):
        monkeypatch.setitem(settings.CHANNELS.rates, "push", 1)
        monkeypatch.setattr(gates, "HORIZON", dt.timedelta(seconds=1))
        kind = make_type()
        for _ in range(3):
            make_event(make_user(), kind)
        send()
        assert len(onesignal.accepted) == 1
        assert list(Message.objects.order_by("id").values_list("state", "attempts_made")) == [
            ("delivered", 1),
            ("queued", 0),
            ("queued", 0),
        ]
        assert set(Message.objects.filter(state="queued").values_list("reason", flat=True)) == {
            "waiting for its turn at the channel's rate"
        }


class TestBreaker:
    def test_a_provider_that_is_down_parks_the_channel_until_a_probe_comes_through(self, channels, onesignal):
        kind = make_type()
        onesignal.misbehave(*[Misbehaviour(503)] * 21)
        for _ in range(20):
            make_event(make_user(), kind)
        with time_machine.travel(clock.now(), tick=False) as moment:
            send()
            gate = ChannelGate.objects.get()
            assert gate.parked_until == clock.now() + gates.FIRST_PARKING
            asked = len(onesignal.requests)
            send()
            assert len(onesignal.requests) == asked, "a parked channel is left alone"
            assert set(Message.objects.values_list("state", "reason", "attempts_made")) == {
                ("queued", "the provider is down; the channel is parked", 1)
            }

            moment.shift(gates.FIRST_PARKING + dt.timedelta(seconds=1))
            send(whenever=True)
            assert len(onesignal.requests) == asked + 1, "one message goes as a probe"
            gate.refresh_from_db()
            assert gate.parked_until == clock.now() + 2 * gates.FIRST_PARKING

            moment.shift(2 * gates.FIRST_PARKING + dt.timedelta(seconds=1))
            send(whenever=True)
            assert len(onesignal.accepted) == 1
            gate.refresh_from_db()
            assert (gate.parked_until, gate.failures, gate.times_parked) == (None, 0, 0)
            send(whenever=True)
        assert set(Message.objects.values_list("state", flat=True)) == {"delivered"}
        assert len(onesignal.accepted) == 20

    def test_a_probe_lost_with_its_worker_is_sent_again_later(self, channels):
        now = clock.now()
        ChannelGate.objects.create(channel="push", failures=20, parked_until=now - dt.timedelta(seconds=1))
        with time_machine.travel(now, tick=False) as moment:
            assert gates.admit("push", 5, None).count == 1
            assert gates.admit("push", 5, None).count == 0
            moment.shift(gates.PROBE + dt.timedelta(seconds=1))
            assert gates.admit("push", 5, None).count == 1

    @pytest.mark.parametrize("answer", [Misbehaviour(429), Misbehaviour(400), Misbehaviour(401)])
    def test_an_answer_is_no_sign_that_the_provider_is_down(self, channels, onesignal, answer):
        onesignal.misbehave(*[answer] * 30)
        kind = make_type()
        for _ in range(30):
            make_event(make_user(), kind)
        send()
        assert not ChannelGate.objects.filter(parked_until__isnull=False).exists()

    def test_a_worker_that_is_too_slow_does_not_park_the_channel(self, channels, onesignal, monkeypatch):
        monkeypatch.setattr(worker, "MARGIN", dt.timedelta(minutes=3))  # longer than a claim
        kind = make_type()
        for _ in range(25):
            make_event(make_user(), kind)
        assert send().reason == "this worker was too slow to begin within its claim"
        assert onesignal.requests == []
        assert not ChannelGate.objects.exists()

    def test_parkings_grow_to_a_limit(self, channels):
        with time_machine.travel(clock.now(), tick=False) as moment:
            waits = []
            gates.report("sms", working=0, down=20)
            for _ in range(8):
                waits.append((ChannelGate.objects.get().parked_until - clock.now()).total_seconds())
                moment.shift(waits[-1] + 1)
                gates.report("sms", working=0, down=1)
        assert waits == [15, 30, 60, 120, 240, 300, 300, 300]


class TestReceipts:
    @pytest.fixture
    def text_sent(self, channels, messagebird):
        outbox.enqueue_code(
            purpose="sign_in", to="+905321234567", text="1234", expires_at=clock.now() + dt.timedelta(minutes=10)
        )
        message = send()
        assert message.state == State.SENT, "accepted, and not known to have arrived"
        return message

    def call(self, client, message, status, *, key=SIGNING_KEY, url=None):
        path = f"/delivery/receipts/messagebird/?id={message.provider_message_id}&status={status}&reference=x"
        now = int(clock.now().timestamp())
        claims = {
            "iss": "MessageBird",
            "nbf": now,
            "exp": now + 60,
            "url_hash": hashlib.sha256((url or f"http://testserver{path}").encode()).hexdigest(),
        }
        return client.get(path, headers={"MessageBird-Signature-JWT": jwt.encode(claims, key, "HS256")})

    def test_a_receipt_says_that_it_arrived_and_may_come_twice(self, client, text_sent):
        for _ in range(2):
            assert self.call(client, text_sent, "delivered").status_code == 200
        text_sent.refresh_from_db()
        assert text_sent.state == State.DELIVERED
        assert Receipt.objects.count() == 1

    @pytest.mark.parametrize("status", ["delivery_failed", "expired"])
    def test_a_receipt_says_that_it_did_not(self, client, text_sent, status):
        assert self.call(client, text_sent, status).status_code == 200
        text_sent.refresh_from_db()
        assert (text_sent.state, text_sent.reason) == (State.FAILED, status)

    def test_what_is_not_final_changes_nothing(self, client, text_sent):
        assert self.call(client, text_sent, "buffered").status_code == 200
        text_sent.refresh_from_db()
        assert text_sent.state == State.SENT

    def test_nobody_else_can_send_one(self, client, text_sent):
        other_key = self.call(client, text_sent, "delivered", key="k" * 32)
        other_address = self.call(client, text_sent, "delivered", url="http://testserver/elsewhere")
        unsigned = client.get("/delivery/receipts/messagebird/?id=1&status=delivered")
        assert [answer.status_code for answer in (other_key, other_address, unsigned)] == [403, 403, 403]
        text_sent.refresh_from_db()
        assert text_sent.state == State.SENT

    @pytest.mark.parametrize(("strange", "status"), [("%00", 400), ("a%00b", 400), ("x" * 3000, 200)])
    def test_s21_one_with_an_id_that_is_none_breaks_nothing(self, client, text_sent, strange, status):
        text_sent.provider_message_id = strange
        assert self.call(client, text_sent, "delivered").status_code == status
        assert not Receipt.objects.exists()

    def test_one_that_comes_before_the_worker_has_recorded_the_sending_counts(self, channels, messagebird):
        outbox.enqueue_code(
            purpose="sign_in", to="+905321234567", text="1234", expires_at=clock.now() + dt.timedelta(minutes=10)
        )
        receipts.take("messagebird", Arrival("early", has_arrived=True))
        messagebird.misbehave(Misbehaviour(201, body='{"id": "early"}'))
        assert send().state == State.DELIVERED


class TestFallback:
    @pytest.fixture
    def pushed(self, channels, onesignal):
        kind = make_type()
        NotificationType.objects.update(fallback_channel=Fallback.SMS, fallback_after=30)
        event = make_event(make_user(number="+905321234567"), kind)
        send()
        return event

    def test_it_is_off_by_default(self, channels, onesignal):
        make_event(make_user())
        send()
        with time_machine.travel(clock.now() + dt.timedelta(hours=3)):
            assert fallbacks.enqueue() == 0

    def test_what_stayed_unread_goes_as_a_text_once(self, pushed, messagebird):
        with time_machine.travel(clock.now() + dt.timedelta(minutes=29)):
            assert fallbacks.enqueue() == 0
        with time_machine.travel(clock.now() + dt.timedelta(minutes=31)):
            assert fallbacks.enqueue() == 1
            assert fallbacks.enqueue() == 0
            send(whenever=True)
        (text,) = messagebird.accepted
        assert text["recipients"] == ["+905321234567"]
        assert text["body"] == "Reminder\nOpen HERA"
        assert set(Message.objects.values_list("channel", flat=True)) == {"push", "sms"}

    def test_what_was_read_or_is_over_does_not(self, pushed):
        later = clock.now() + dt.timedelta(minutes=31)
        NotificationEvent.objects.update(read_at=clock.now())
        with time_machine.travel(later):
            assert fallbacks.enqueue() == 0
        NotificationEvent.objects.update(read_at=None, notification_expires_at=later)
        with time_machine.travel(later):
            assert fallbacks.enqueue() == 0


class TestOptOut:
    def test_who_wants_nothing_by_push_gets_none_and_a_person_sees_why(self, channels, onesignal, mother):
        assert mother.get("/users/me/channels/").expect(200) == {
            "push": True,
            "sms": True,
            "whatsapp": True,
            "web_push": True,
        }
        for _ in range(2):
            answer = mother.call("PATCH", "/users/me/channels/", {"push": False}).expect(200)
        assert answer == {"push": False, "sms": True, "whatsapp": True, "web_push": True}
        make_event(mother.user)
        message = send()
        assert (message.state, message.reason) == ("withdrawn", "the person wants nothing by this channel")
        assert onesignal.requests == []
        assert mother.call("PATCH", "/users/me/channels/", {"push": True}).expect(200)["push"]
        assert mother.call("PATCH", "/users/me/channels/", {"push": "sideways"}).expect(400)["push"]


@pytest.mark.parametrize("rate", [None, 10])
@pytest.mark.parametrize(
    ("field", "most"),
    [
        ("parked_until", gates.LONGEST_PARKING),
        ("probing_until", gates.LONGEST_PARKING),
        ("next_free_at", 2 * gates.HORIZON),
        ("code_free_at", 2 * gates.HORIZON),
    ],
)
def test_f11_a_clock_that_was_ahead_holds_no_channel_up_for_longer_than_its_time(field, most, rate):
    with time_machine.travel("2026-11-25T12:00:00Z", tick=False) as moment:
        ahead = clock.now() + dt.timedelta(days=60)
        parked = {"parked_until": clock.now()} if field == "probing_until" else {}
        ChannelGate.objects.create(channel="sms", **parked, **{field: ahead})
        gates.admit("sms", 1, rate)
        gates.admit("sms", 1, rate, codes=True)
        moment.shift(most + dt.timedelta(seconds=1))
        assert gates.admit("sms", 1, rate).count == 1
        moment.shift(gates.PROBE + dt.timedelta(seconds=1))
        assert gates.admit("sms", 1, rate, codes=True).count == 1
