"""What is withdrawn comes after all where it is true again, and nobody waits for whoever withdraws it."""

from __future__ import annotations

import datetime as dt
import random
import time

import pytest
import time_machine
from django.conf import settings
from django.db import connection

from hera.child_health import endings, services
from hera.child_health.models import Child, Pregnancy, PregnancyOutcome, Vaccine
from hera.config import Environment
from hera.core import clock
from hera.delivery import claims, fallbacks, withdrawing
from hera.delivery.channels import registry
from hera.delivery.claims import Verdict
from hera.delivery.models import Message, State
from hera.events.models import Fallback, InstantNotification, NotificationEvent, NotificationSchedule, NotificationType
from hera.events.services import announce_due, announce_to, mark_all_as_read
from hera.texts import relative_days
from hera.user_profile.services import set_channels
from tests.delivery.sending import provider_settings, send
from tests.families import make_child, make_pregnancy, make_schedule, make_type, make_user, make_vaccine
from tests.own_lists import notifications_of
from tests.threads import at_once

pytestmark = pytest.mark.django_db
NOON = dt.datetime(2026, 11, 25, 9, tzinfo=dt.UTC)  # in Istanbul
TODAY = dt.date(2026, 11, 25)


@pytest.fixture
def channels(onesignal, messagebird, monkeypatch):
    variables = provider_settings(onesignal, messagebird)
    monkeypatch.setattr(settings, "CHANNELS", registry.load_settings(Environment(variables), is_local=True))


@pytest.fixture
def now():
    with time_machine.travel(NOON) as traveller:
        yield traveller


@pytest.fixture
def mother(channels, now):
    make_schedule(make_type(), ttl=dt.timedelta(hours=12))
    NotificationType.objects.update(fallback_channel=Fallback.SMS, fallback_after=30)
    make_vaccine(8)
    user = make_user(number="+905321234567")
    make_child(user, TODAY - dt.timedelta(weeks=8))
    assert announce_due(clock.now()) == 1
    return user


def test_who_mutes_pushes_gets_the_text(mother, now, onesignal, messagebird):
    set_channels(mother, {"push": False})
    send(whenever=True)
    now.shift(dt.timedelta(hours=1))
    assert fallbacks.enqueue() == 1
    send(whenever=True)
    assert (len(onesignal.requests), len(messagebird.accepted)) == (0, 1)


def test_who_switches_a_channel_on_again_gets_what_is_of_use(mother, now, onesignal):
    set_channels(mother, {"push": False})
    assert send(whenever=True).state == State.WITHDRAWN
    set_channels(mother, {"push": True})
    send(whenever=True)
    assert len(onesignal.accepted) == 1


def test_a_fallback_comes_when_a_switch_was_put_back(mother, now, messagebird):
    send(whenever=True)
    Vaccine.objects.update(is_active=False)
    now.shift(dt.timedelta(hours=1))
    assert fallbacks.enqueue() == 0
    Vaccine.objects.update(is_active=True)
    now.shift(dt.timedelta(minutes=11))
    assert withdrawing.look_again_at_withdrawn() == 1
    assert fallbacks.enqueue() == 1
    send(whenever=True)
    assert len(messagebird.accepted) == 1


def test_a_schedule_that_takes_the_place_of_one_whose_message_had_not_gone(mother, now, onesignal):
    NotificationSchedule.objects.update(is_active=False)
    send(whenever=True)
    make_schedule(NotificationType.objects.get(), at=dt.time(12), ttl=dt.timedelta(hours=9))
    assert announce_due(clock.now()) == 1
    send(whenever=True)
    assert len(onesignal.accepted) == 1


def test_what_a_wrong_tick_left_out_is_named_again(channels, now, onesignal, messagebird):
    """Announced without BCG, which was ticked; then the tick is taken off. What was handed over is not repeated."""
    make_schedule(make_type(en=("Vaccination", "{{ vaccine_names }}", "Due: {{ vaccine_names }}")))
    NotificationType.objects.update(fallback_channel=Fallback.SMS, fallback_after=30)
    bcg, _hexa = make_vaccine(8, name="BCG"), make_vaccine(8, name="Hexa")
    user = make_user(number="+905321234567")
    born = TODAY - dt.timedelta(weeks=8)
    children = [make_child(user, born, name=name) for name in ("Leyla", "Musa")]
    for child in children:
        services.save_child(child, [bcg.pk])
    assert announce_due(clock.now()) == 2
    services.untick(children[0], bcg.pk)
    send(whenever=True)
    assert sorted(request["contents"]["en"] for request in onesignal.accepted) == ["BCG, Hexa", "Hexa"]
    services.untick(children[1], bcg.pk)
    assert announce_due(clock.now()) == 0
    send(whenever=True)
    assert len(onesignal.accepted) == 2, "nobody is told twice"
    assert [row["in_app_content"] for row in notifications_of(user)] == ["Due: BCG, Hexa"] * 2
    now.shift(dt.timedelta(hours=1))
    assert fallbacks.enqueue() == 2
    send(whenever=True)
    assert all("BCG, Hexa" in request["body"] for request in messagebird.accepted)


@pytest.mark.parametrize("criteria", [{"pregnant": "yes"}, {"has_children": "yes"}, {"child_born_from": 2026}])
def test_a_message_of_staff_to_whom_a_filter_found(channels, now, onesignal, criteria):
    mother = make_user()
    pregnancy = make_pregnancy(mother, TODAY - dt.timedelta(weeks=20), TODAY)
    child = make_child(mother, TODAY)
    message = InstantNotification.objects.create(notification_type=make_type(en=("A", "B", "C")), criteria=criteria)
    announce_to(message, [mother.pk])
    if "pregnant" in criteria:
        found = Pregnancy.objects.select_related("user__profile").get(pk=pregnancy.pk)
        endings.end_pregnancy(found, PregnancyOutcome.Kind.LOSS, endings.By())
    else:
        endings.end_child(Child.objects.select_related("user__profile").get(pk=child.pk), "died", endings.By())
    assert send(whenever=True).state == State.WITHDRAWN
    assert onesignal.requests == []


@pytest.mark.parametrize(
    ("text", "is_said"),
    [
        ("You have an appointment today.", True),
        ("See you tomorrow!", True),
        ("Bugünkü randevunuz", True),
        ("Yarınki aşı", True),
        ("موعدكم اليوم", True),
        ("امروز نوبت شما است", True),
        ("نن ستاسو نېټه ده", True),
        ("Please open HERA", False),
        ("Randevunuz var", False),
    ],
)
def test_f7_words_that_say_a_day(text, is_said):
    assert relative_days.named_in(text) is is_said


@pytest.mark.parametrize(
    ("body", "hours", "goes"),
    [
        ("Today is the day", 11, True),  # 23:00 in Istanbul
        ("Today is the day", 13, False),
        ("Today, {{ date }}, is the day", 13, True),
        ("Open HERA", 13, True),
    ],
)
def test_f7_a_text_that_says_today_ends_at_her_midnight(channels, now, onesignal, body, hours, goes):
    make_schedule(make_type(en=("Reminder", body, "{{ vaccine_names }}")), ttl=dt.timedelta(days=2))
    make_vaccine(8)
    make_child(make_user(), TODAY - dt.timedelta(weeks=8))
    announce_due(clock.now())
    now.shift(dt.timedelta(hours=hours))
    message = send(whenever=True)
    assert (message.state == State.DELIVERED, len(onesignal.accepted) == 1) == (goes, goes)
    if not goes:
        assert "a day that is over" in message.reason
        assert NotificationEvent.objects.get().withdrawn_at is None, "she reads it with its date"


def test_f2_a_corrected_birth_date_is_announced_on_its_right_day(mother, now, onesignal):
    child = Child.objects.select_related("user__profile").get()
    send(whenever=True)
    child.date_of_birth += dt.timedelta(days=3)

    services.save_child(child, None)
    now.shift(dt.timedelta(days=3))
    assert announce_due(clock.now()) == 1
    send(whenever=True)
    assert len(onesignal.accepted) == 2
    assert [row.context["date"] for row in NotificationEvent.objects.order_by("id")] == ["2026-11-25", "2026-11-28"]


@pytest.mark.django_db(transaction=True)
def test_nobody_waits_for_each_other_for_ever(db):
    """Workers that claim and record, facts that change, and a reader, over one person's messages."""
    mother = make_user()
    kind = make_type()
    make_schedule(kind, at=dt.time(0), ttl=dt.timedelta(days=3))
    make_vaccine(8)
    for _ in range(20):
        make_child(mother, clock.now().date() - dt.timedelta(weeks=8, days=1))
    announce_due(clock.now())
    ids = list(Message.objects.values_list("pk", flat=True))
    Message.objects.filter(pk__in=ids[::2]).update(reason="moved")  # the order of the table is not that of the ids
    until = time.monotonic() + 6

    def work(dice):
        held, end = claims.claim(dice.sample(ids, 15))
        begun = claims.begin(dict.fromkeys(held, "onesignal"), end)
        verdicts = [claims.withdrawn(pk, reason) for pk, reason in begun.withdrawn.items()]
        verdicts += [Verdict(pk, State.RETRYING, "again", clock.now()) for pk in begun.attempts]
        dice.shuffle(verdicts)
        claims.record(verdicts, end)

    def tell(dice):
        child = dice.choice(list(Child.objects.select_related("user__profile")))
        endings.end_child(child, "moved", endings.By())
        endings.take_end_back(child, endings.By())

    def read(_dice):
        mark_all_as_read(mother)
        NotificationEvent.objects.filter(pk=NotificationEvent.objects.earliest("pk").pk).update(read_at=None)

    def again(_dice):
        withdrawing.look_again_at_withdrawn()

    steps = [work, work, tell, read, again]

    def run(place):
        dice = random.Random(place)
        try:
            while time.monotonic() < until:
                steps[place](dice)
        finally:
            connection.close()

    at_once(len(steps), run)
