"""Accounts that nobody uses: warned first, kept by any sign of life, and by anything that is still to come."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest
import time_machine
from django.contrib.auth.models import User
from django.utils import translation

from hera.api.models import PhoneSession
from hera.child_health import endings
from hera.child_health.models import Child, ChildEnd, PregnancyOutcome, Vaccine
from hera.core import clock
from hera.delivery import sealing
from hera.delivery.models import Message
from hera.events.models import NotificationEvent
from hera.privacy import inactivity
from hera.privacy.models import ErasureCount, InactivityWarning
from hera.texts import written_dates
from hera.user_profile.models import ChannelOptOut, SignIn
from tests.families import make_child, make_pregnancy, make_type, make_user

pytestmark = pytest.mark.django_db

Kind = PregnancyOutcome.Kind
NOTHING = {"erased": 0, "unsent": 0, "back": 0, "warned": 0}


def _ago(**units):
    return clock.now() - dt.timedelta(**units)


@pytest.fixture
def idle(programme):
    """Joined three years ago, reads Turkish, and has done nothing for two years and a day."""
    user = make_user(language="tr", number="+905321234567")
    User.objects.filter(pk=user.pk).update(date_joined=_ago(days=1100), last_login=_ago(days=731))
    SignIn.objects.create(user=user, signed_in_at=_ago(days=731))
    PhoneSession.objects.create(user=user, key_hash="x", created_at=_ago(days=1000), last_used_at=_ago(days=731))
    make_child(user, _ago(weeks=530).date())  # past its last dose, at 521 weeks
    make_pregnancy(user, _ago(days=900).date(), _ago(days=800).date())
    return user


def test_an_inactive_account_is_warned_in_its_language_and_deleted_a_month_later(idle):
    assert inactivity.look() == {**NOTHING, "warned": 1}
    [message] = Message.objects.filter(purpose="inactivity")
    sealed = sealing.unseal(bytes(message.sealed_text))
    assert sealed.to == "+905321234567"
    assert "HERA hesab" in sealed.text
    with translation.override("tr"):
        assert written_dates.day((clock.now() + dt.timedelta(days=30)).date()) in sealed.text
    assert inactivity.look() == NOTHING, "once"
    Message.objects.update(state="sent")
    with time_machine.travel(clock.now() + dt.timedelta(days=29)):
        assert inactivity.look() == NOTHING
    with time_machine.travel(clock.now() + dt.timedelta(days=31)):
        assert inactivity.look() == {**NOTHING, "erased": 1}
    assert not User.objects.filter(pk=idle.pk).exists()
    assert ErasureCount.objects.get().people == 1


@pytest.mark.parametrize(
    ("state", "then"),
    [
        ("delivered", {"erased": 1}),
        ("failed", {"erased": 1}),  # a dead number: whoever gets it next must not find her data
        ("expired", {"unsent": 1, "warned": 1}),  # the provider was down, or the workers
        ("queued", {"unsent": 1, "warned": 1}),
        (None, {"unsent": 1, "warned": 1}),
    ],
)
def test_only_who_could_be_told_is_erased(idle, state, then):
    inactivity.look()
    if state:
        Message.objects.update(state=state)
    else:
        Message.objects.all().delete()
    with time_machine.travel(clock.now() + dt.timedelta(days=31)):
        assert inactivity.look() == NOTHING | then
    assert User.objects.filter(pk=idle.pk).exists() is ("warned" in then)


SIGNS_OF_LIFE = {
    "joined lately": lambda user: User.objects.filter(pk=user.pk).update(date_joined=_ago(days=700)),
    "signed in": lambda user: SignIn.objects.create(user=user, signed_in_at=_ago(days=700)),
    "used the app": lambda user: PhoneSession.objects.filter(user=user).update(last_used_at=_ago(days=700)),
    "signed in to the earlier HERA": lambda user: User.objects.filter(pk=user.pk).update(last_login=_ago(days=700)),
    "read a notification": lambda user: NotificationEvent.objects.create(
        user=user,
        notification_type=make_type("test.reminder"),
        notification_available_at=_ago(days=1000),
        notification_expires_at=_ago(days=999),
        read_at=_ago(days=700),
    ),
    "has a child with doses ahead": lambda user: make_child(user, _ago(weeks=500).date()),
    "is pregnant": lambda user: make_pregnancy(user, _ago(days=100).date(), _ago(days=50).date()),
    "may have given birth": lambda user: make_pregnancy(user, _ago(days=300).date(), _ago(days=50).date()),
    "has a child that is paused": lambda user: _paused(make_child(user, _ago(weeks=500).date())),
    "is staff": lambda user: User.objects.filter(pk=user.pk).update(is_staff=True),
}


def _paused(child):
    Child.objects.filter(pk=child.pk).update(paused_until=(clock.now() + dt.timedelta(days=60)).date())


@pytest.mark.parametrize("sign", list(SIGNS_OF_LIFE))
def test_any_sign_of_life_keeps_an_account(idle, sign):
    SIGNS_OF_LIFE[sign](idle)
    assert inactivity.look() == NOTHING


def test_who_comes_back_after_the_warning_keeps_everything_and_would_be_warned_anew(idle):
    inactivity.look()
    with time_machine.travel(clock.now() + dt.timedelta(days=20)):
        PhoneSession.objects.filter(user=idle).update(last_used_at=clock.now())
        assert inactivity.look() == {**NOTHING, "back": 1}
    with time_machine.travel(clock.now() + dt.timedelta(days=40)):
        assert inactivity.look() == NOTHING
    assert not InactivityWarning.objects.exists()
    with time_machine.travel(clock.now() + dt.timedelta(days=20 + 731)):
        assert inactivity.look() == {**NOTHING, "warned": 1}


def test_who_takes_no_texts_is_left_alone(idle):
    ChannelOptOut.objects.create(user=idle, channel="sms", created_at=clock.now())
    assert inactivity.look() == NOTHING


def test_a_country_without_vaccines_has_nothing_ahead_for_children(idle):
    Vaccine.objects.update(is_active=False)
    make_child(idle, _ago(weeks=1).date())
    assert inactivity.look() == {**NOTHING, "warned": 1}


def test_what_has_ended_lies_ahead_no_more(idle):
    """A pregnancy or a child of which nothing is told any more keeps no account."""
    by = endings.By()
    endings.end_pregnancy(make_pregnancy(idle, _ago(days=100).date(), _ago(days=50).date()), Kind.LOSS, by)
    child = make_child(idle, _ago(weeks=9).date())
    endings.end_child(child, ChildEnd.Reason.NOT_SAID, by)
    assert inactivity.look() == {**NOTHING, "warned": 1}
    endings.take_end_back(child, by)
    assert inactivity.look() == {**NOTHING, "back": 1}


def test_it_can_be_switched_off(idle, settings):
    settings.HERA = dataclasses.replace(settings.HERA, inactive_days=0)
    assert inactivity.look() == NOTHING


def test_no_more_than_so_many_are_warned_at_once_in_a_fixed_number_of_queries(
    idle, monkeypatch, django_assert_max_num_queries
):
    monkeypatch.setattr(inactivity, "AT_ONCE", 3)
    for _ in range(4):
        user = make_user()
        User.objects.filter(pk=user.pk).update(date_joined=_ago(days=1100), last_login=None)
    with django_assert_max_num_queries(17):
        assert inactivity.look() == {**NOTHING, "warned": 3}
    assert inactivity.look() == {**NOTHING, "warned": 2}
