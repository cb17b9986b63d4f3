"""S5, S6, S18: every text passes one gate, which counts it, pays for it, or says why it does not go."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import re
from decimal import Decimal

import pytest
import time_machine
from django.conf import settings
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from hera.config import Environment
from hera.core import clock
from hera.core.limits import LimitReached
from hera.core.models import RateLimitBucket
from hera.delivery import budget, caps, claims, composing, fallbacks, outbox, text_gate
from hera.delivery.channels import registry
from hera.delivery.channels.base import TextMessage
from hera.delivery.channels.messagebird.settings import NO_LETTERS
from hera.delivery.models import ChannelGate, Message, State, TextSpending
from hera.devserver.loopback import Misbehaviour
from hera.price_list import Prices
from hera.user_profile.models import PhoneNumberChangeRequest
from hera.user_profile.number_changes import change_number, request_number_change
from tests.delivery.sending import make_event, provider_settings, send
from tests.families import make_type, make_user
from tests.threads import at_once

pytestmark = pytest.mark.django_db

PRICES = {"currency": "EUR", "default": 0.1, "prices": {"90": 0.01, "SY": 0.2, "1809": 0.3}, "whatsapp": {"default": 1}}
MIDDLE_OF_NOVEMBER = "2026-11-15T12:00:00Z"


@pytest.fixture
def channels(onesignal, messagebird, monkeypatch):
    variables = provider_settings(onesignal, messagebird) | {"HERA_MESSAGEBIRD_SIGNING_KEY": ""}
    monkeypatch.setattr(settings, "CHANNELS", registry.load_settings(Environment(variables), is_local=True))


def change(monkeypatch, **changed):
    monkeypatch.setattr(settings, "HERA", dataclasses.replace(settings.HERA, **changed))


@pytest.fixture
def prices(monkeypatch):
    price_list = Prices().read(Environment({"PRICES": json.dumps(PRICES)}), "PRICES")
    change(monkeypatch, text_prices=price_list)
    return price_list


def number(place: int, start: str = "+90532000") -> str:
    return f"{start}{place:04d}"


def code(purpose="sign_in", to="+905321234567", text="123456 is your code", minutes=10):
    outbox.enqueue_code(purpose=purpose, to=to, text=text, expires_at=clock.now() + dt.timedelta(minutes=minutes))


def texts(*to, purpose="inactivity", days=60, text="Open HERA"):
    return outbox.enqueue_texts(
        purpose=purpose, texts=dict.fromkeys(to, text), expires_at=clock.now() + dt.timedelta(days=days)
    )


def fallback(user, kind):
    """A reminder that stayed unread until its fallback was queued."""
    event = make_event(user, kind)
    Message.objects.filter(event=event, channel="push").update(state=State.DELIVERED)
    return event


def states():
    return list(Message.objects.exclude(channel="push").order_by("id").values_list("state", "reason"))


@pytest.mark.parametrize("purpose", ["sign_in", "number_change", "erasure", "staff_phone"])
@pytest.mark.parametrize("changed", [{"otp_daily_limit_total": 2}, {"otp_daily_limit_per_prefix": 2}])
def test_s5_every_code_counts_against_the_caps_of_a_day(monkeypatch, purpose, changed):
    change(monkeypatch, **changed)
    code(purpose)
    code("sign_in")
    with pytest.raises(LimitReached):
        code(purpose)
    assert Message.objects.count() == 2


def test_s5_number_changes_are_counted_and_a_refused_one_changes_nothing(monkeypatch):
    change(monkeypatch, otp_daily_limit_total=3)
    user = make_user()
    for place in range(3):
        asked = request_number_change(user, number(place, "+234803000"))
    with pytest.raises(LimitReached):
        request_number_change(user, number(9, "+234803000"))
    asked.refresh_from_db()
    assert asked.new_phone_number == number(2, "+234803000")
    assert Message.objects.count() == 3


def test_s5_a_purpose_has_a_cap_of_its_own(monkeypatch):
    change(monkeypatch, text_limits={"number_change": 1})
    code("number_change")
    with pytest.raises(LimitReached):
        code("number_change", to=number(1))
    code("sign_in", to=number(1))


@pytest.mark.parametrize("purpose", ["sign_in", "number_change", "staff_phone"])
def test_s5_with_the_switch_a_code_goes_to_known_numbers_only(channels, messagebird, monkeypatch, purpose):
    change(monkeypatch, otp_only_known_numbers=True)
    make_user(number=number(1))
    code(purpose, to=number(1))
    code(purpose, to="+2348030000001")
    send()
    assert states() == [("delivered", ""), ("undeliverable", text_gate.UNKNOWN)]
    assert [sms["recipients"] for sms in messagebird.accepted] == [[number(1)]]
    assert Message.objects.latest("id").sealed_text is None


def test_the_switch_does_not_hold_up_what_an_account_is_owed(channels, monkeypatch):
    change(monkeypatch, otp_only_known_numbers=True, otp_allowed_countries=frozenset({"TR"}))
    code("erasure", to="+2348030000001")
    texts("+2348030000002")
    send()
    assert {state for state, _ in states()} == {"delivered"}


@pytest.mark.parametrize("purpose", ["sign_in", "number_change", "staff_phone"])
def test_s5_a_code_to_a_country_that_is_not_served_is_not_sent(channels, messagebird, monkeypatch, purpose):
    code(purpose, to="+2348030000001")
    change(monkeypatch, otp_allowed_countries=frozenset({"TR"}))
    send()
    assert states() == [("undeliverable", text_gate.NOT_SERVED)]
    assert messagebird.requests == []


def test_s18_a_known_and_an_unknown_number_cost_the_same(client, monkeypatch):
    change(monkeypatch, otp_only_known_numbers=True)
    make_user(number=number(1))
    asked = []
    for to in (number(1), number(2)):
        with CaptureQueriesContext(connection) as captured:
            answer = client.post("/otp_auth/request_challenge/", {"phone_number": to}, content_type="application/json")
        statements = [re.sub(r"_x\d+", "", query["sql"].split("VALUES")[0][:60]) for query in captured]
        asked.append((answer.status_code, set(answer.json()), statements))
    assert asked[0] == asked[1]
    assert list(Message.objects.values_list("purpose", "state")) == [("sign_in", "queued")] * 2


def test_s6_fallbacks_of_one_person_on_one_day_are_capped(channels, messagebird, monkeypatch):
    change(monkeypatch, text_limit_per_person=3)
    user, other = make_user(), make_user()
    for place in range(12):
        kind = make_type(f"reminder.number.{place}")
        kind.fallback_channel, kind.fallback_after = "sms", 0
        kind.save()
        fallback(user if place < 10 else other, kind)
    assert fallbacks.enqueue() == 12
    send()
    assert len(messagebird.accepted) == 5
    dropped = [reason for state, reason in states() if state == "undeliverable"]
    assert dropped == ["3 texts have gone to this person today"] * 7
    code(to=user.username)
    send()
    assert len(messagebird.accepted) == 6, "a code is no such text"


def test_s6_the_next_day_she_gets_texts_again(channels, messagebird, monkeypatch):
    change(monkeypatch, text_limit_per_person=1)
    with time_machine.travel(MIDDLE_OF_NOVEMBER, tick=False) as moment:
        texts(number(1))
        texts(number(1))
        send()
        moment.shift(dt.timedelta(days=1, minutes=1))
        texts(number(1))
        send()
    assert [state for state, _ in states()] == ["delivered", "undeliverable", "delivered"]
    kept = RateLimitBucket.objects.filter(key__startswith="text-person-day")
    assert number(1) not in str(list(kept.values()))


@pytest.mark.parametrize(
    ("changed", "waits"),
    [
        ({"text_limit": 2}, "waits for the next day: HERA_TEXT_DAILY_LIMIT (2)"),
        ({"text_limit_per_prefix": 2}, "waits for the next day: HERA_TEXT_DAILY_LIMIT_PER_PREFIX (2)"),
        ({"text_limits": {"inactivity": 2}}, "waits for the next day: HERA_TEXT_DAILY_LIMITS (inactivity=2)"),
        ({"text_limit_per_month": 2}, "waits for the next month: HERA_TEXT_MONTHLY_LIMIT (2)"),
        (
            {"text_budget": Decimal("0.02")},
            "waits for the next month: the budget is used up (HERA_TEXT_BUDGET, 0.02 EUR)",
        ),
    ],
)
def test_beyond_a_cap_texts_wait_and_sign_in_codes_go(channels, messagebird, monkeypatch, prices, changed, waits):
    change(monkeypatch, **changed)
    with time_machine.travel(MIDDLE_OF_NOVEMBER, tick=False) as moment:
        texts(*map(number, range(3)))
        send()
        assert states() == [("delivered", "")] * 2 + [("queued", waits)]
        code(to=number(4))
        code(to=number(5))
        send()
        assert [state for state, _ in states()] == ["delivered", "delivered", "queued", "delivered", "delivered"]
        assert outbox.oldest_waiting() is None, "what waits is not late"
        assert text_gate.release() == 0, "the setting is as it was"
        moment.shift(dt.timedelta(hours=13) if "day" in waits.split(":")[0] else dt.timedelta(days=16))
        claims.requeue_lost(dt.timedelta(minutes=2))
        send()
    assert {state for state, _ in states()} == {"delivered"}
    assert len(messagebird.accepted) == 5


def test_what_waits_goes_when_the_setting_changes_and_expires_as_usual(channels, messagebird, monkeypatch, prices):
    change(monkeypatch, text_budget=Decimal("0.01"))
    with time_machine.travel(MIDDLE_OF_NOVEMBER, tick=False) as moment:
        texts(number(1))
        texts(number(2))
        texts(number(3), days=1)
        code("erasure", to=number(4))
        send()
        assert [state for state, _ in states()] == ["queued", "queued", "queued", "delivered"], "codes come first"
        moment.shift(dt.timedelta(days=2))
        claims.expire()
        assert states()[2] == ("expired", caps._beyond_budget())
        change(monkeypatch, text_budget=Decimal("0.02"))
        assert text_gate.release() == 2
        assert claims.requeue_lost(dt.timedelta(minutes=2)) == 2
        send()
        assert [state for state, _ in states()] == ["delivered", "queued", "expired", "delivered"]
        assert text_gate.release() == 0


def test_the_cost_is_written_when_a_text_is_handed_over_once_however_often_it_is_tried(
    channels, messagebird, monkeypatch, prices
):
    messagebird.misbehave(Misbehaviour(500))
    texts(number(1), text="ş" * 71)
    for state in ("retrying", "delivered"):
        message = send()
        assert (message.state, message.segments, message.cost) == (state, 2, Decimal("0.02"))
    [row] = TextSpending.objects.values_list("purpose", "calling_code", "currency", "texts", "segments", "cost")
    assert row == ("inactivity", "90", "EUR", 1, 2, Decimal("0.02"))


def test_what_the_gateway_refuses_is_not_paid_for(channels, messagebird, monkeypatch, prices):
    change(monkeypatch, text_limit_per_person=1)
    messagebird.misbehave(Misbehaviour(422))
    texts(number(1))
    assert send().state == "failed"
    assert (Message.objects.get().cost, budget.month().cost, budget.month().texts) == (None, 0, 0)
    texts(number(1))
    assert send().state == "delivered", "nor counted against her day"


def test_what_has_to_wait_for_its_turn_is_not_paid_for(channels, messagebird, prices):
    ChannelGate.objects.create(channel="sms", parked_until=clock.now() + dt.timedelta(minutes=1))
    texts(number(1))
    message = send()
    assert (message.state, message.counted_on, budget.month().texts) == ("queued", None, 0)


def test_another_workers_text_is_not_given_back(channels, messagebird, prices):
    texts(number(1))
    message = Message.objects.get()
    _, mine = claims.claim([message.pk])
    text_gate.admit(
        [(loaded.message, TextMessage(number(1), "Hi", "", clock.now())) for loaded in composing.load([message.pk])]
    )
    Message.objects.update(claimed_until=clock.now() - dt.timedelta(seconds=1))
    claims.claim([message.pk])
    text_gate.give_back({message.pk: number(1)}, mine)
    assert budget.month().texts == 1


def test_p9_a_text_that_american_networks_would_not_take_says_so_and_costs_nothing(channels, messagebird, prices):
    code(to="+12025550199")
    assert (send().state, states()) == ("undeliverable", [("undeliverable", NO_LETTERS)])
    assert (messagebird.requests, budget.month().texts) == ([], 0)


@pytest.mark.parametrize(
    ("channel", "to", "region", "cost"),
    [
        ("sms", "+905321234567", "TR", "0.02"),
        ("sms", "+963944567890", "SY", "0.4"),
        ("sms", "+18091234567", "DO", "0.6"),
        ("sms", "+12025550123", "US", "0.2"),
        ("whatsapp", "+905321234567", "TR", "1"),
    ],
)
def test_a_price_is_found_by_country_then_by_the_longest_digits(prices, channel, to, region, cost):
    assert prices.cost(channel, to, region, 2) == Decimal(cost)


@pytest.mark.parametrize(
    ("spent", "is_near", "is_used_up"), [("0.79", False, False), ("0.80", True, False), ("0.95", True, True)]
)
def test_at_four_fifths_staff_are_told(monkeypatch, prices, spent, is_near, is_used_up):
    change(monkeypatch, text_budget=Decimal(1))
    budget.add({budget.Kind(budget.today(), "notification", "90"): budget.Amount(5, 5, Decimal(spent))})
    month = budget.month()
    assert (month.is_near, month.is_used_up) == (is_near, is_used_up)
    assert bool(budget.warnings(month)) is is_near


def test_a_month_is_the_countrys_own(monkeypatch, prices):
    change(monkeypatch, default_timezone="Europe/Istanbul")
    with time_machine.travel("2026-11-30T22:00:00Z", tick=False):  # 1 December there
        budget.add({budget.Kind(dt.date(2026, 11, 30), "sign_in", "90"): budget.Amount(1, 1, Decimal(5))})
        assert budget.month().texts == 0
        assert budget.start_of_next_month(budget.today()).isoformat() == "2027-01-01T00:00:00+03:00"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("changed", "to", "passes"),
    [
        ({"text_limit": 5}, number, 5),
        ({"text_limit_per_prefix": 5}, number, 5),
        ({"text_limits": {"inactivity": 5}}, number, 5),
        ({"text_limit_per_month": 5}, number, 5),
        ({"text_budget": Decimal("0.05")}, number, 5),
        ({"text_limit_per_person": 5}, lambda _place: number(1), 5),
    ],
)
def test_sixteen_workers_together_do_not_exceed_a_cap(monkeypatch, prices, changed, to, passes):
    change(monkeypatch, **changed)
    for place in range(16):
        texts(to(place))
    ids = list(Message.objects.order_by("id").values_list("pk", flat=True))
    passed = []

    def run(place):
        [loaded] = composing.load([ids[place]])
        content = TextMessage(to(place), "Open HERA", "", clock.now())
        admitted, _held = text_gate.admit([(loaded.message, content)])
        passed.extend(admitted)

    at_once(16, run)
    assert len(passed) == passes
    assert budget.month().texts == passes
    assert Message.objects.filter(counted_on__isnull=False).count() == passes


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("changed", "to"),
    [
        ({"otp_daily_limit_total": 5}, number),
        ({"otp_daily_limit_per_prefix": 5}, number),
        ({"text_limits": {"number_change": 5}}, number),
    ],
)
def test_sixteen_requests_together_do_not_exceed_the_caps_of_codes(monkeypatch, changed, to):
    change(monkeypatch, **changed)
    refused = []

    def run(place):
        try:
            with transaction.atomic():
                code("number_change", to=to(place))
        except LimitReached:
            refused.append(place)

    at_once(16, run)
    assert (Message.objects.count(), len(refused)) == (5, 11)


def used_up(channels, monkeypatch):
    """The month's money is spent to the last cent."""
    change(monkeypatch, text_budget=Decimal("0.01"))
    texts(number(1))
    send()
    Message.objects.all().delete()


def test_s7_what_tells_an_old_number_of_a_change_passes_the_budget(channels, messagebird, monkeypatch, prices):
    user = make_user()
    used_up(channels, monkeypatch)
    change_number(user, number(9), session=None, site="https://hera.example.org", is_proven=True)
    send()
    assert states() == [("delivered", "")]
    assert "/my_number/" in str(messagebird.accepted[-1])


@pytest.mark.parametrize(
    "changed", [{}, {"text_limit": 1}, {"text_limit_per_prefix": 1}, {"text_limit_per_month": 1}], ids=str
)
def test_s5_a_code_that_would_wait_is_refused_for_known_and_unknown_numbers_alike(
    channels, monkeypatch, prices, phone, changed
):
    user = phone.sign_in_directly("+905321234567")
    other = make_user()
    used_up(channels, monkeypatch)
    change(monkeypatch, **(changed and {"text_budget": None}), **changed)
    answers = [
        phone.post("/phone_number_change_requests/", {"new_phone_number": asked})
        for asked in (other.username, number(77))
    ]
    answers.append(phone.post("/users/me/erasure_code/"))
    for answer in answers:
        assert answer.expect(429) == {
            "detail": "HERA cannot send this code at the moment. Please ask your health team."
        }
        assert int(answer.response.headers["Retry-After"]) > 1
    assert not Message.objects.exists()
    assert not PhoneNumberChangeRequest.objects.filter(user=user).exists()
    code(to=number(5))
    send()
    assert states() == [("delivered", "")], "she can sign in"
