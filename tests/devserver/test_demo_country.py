"""The demo country, with fewer families: everything that a page could show is there, and nothing of it goes out."""

from __future__ import annotations

import datetime as dt

import phonenumbers
import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection

from hera.child_health.models import Child, ChildEnd, ChildPause, DoseGiven, Pregnancy, PregnancyOutcome, Source
from hera.core import clock, languages
from hera.delivery.models import OPEN_STATES, Attempt, Message, State
from hera.devserver import demo_country
from hera.devserver.fixtures import FURTHER_FIXTURES, REMINDERS
from hera.devserver.made_up_families import HEALTH_CENTRES, PLACES, families
from hera.events.models import NotificationEvent
from hera.health_center.models import HealthCenter
from hera.surveys.models import Survey
from hera.user_profile.models import ChannelOptOut, UserProfile
from tests.staff import make_staff

pytestmark = pytest.mark.slow
FAMILIES = 36
Kind = PregnancyOutcome.Kind


@pytest.fixture
def country(programme):
    call_command("loaddata", *REMINDERS, *FURTHER_FIXTURES, verbosity=0)
    return demo_country.make(FAMILIES, make_staff("case worker", "nurse@example.org"))


def kinds(rows, field):
    return set(rows.values_list(field, flat=True))


def test_every_kind_of_thing_has_happened_and_nothing_of_it_goes_out(country):
    assert country.families == FAMILIES
    assert kinds(UserProfile.objects, "language_code") == set(languages.CODES)
    assert kinds(UserProfile.objects, "timezone") == {place.zone for place in PLACES}
    assert HealthCenter.objects.count() == len(HEALTH_CENTRES)
    now = clock.now()
    assert User.objects.filter(is_staff=False).earliest("date_joined").date_joined < now - dt.timedelta(days=365)
    _pregnancies_and_children(now)
    _doses()
    _messages(now)
    before = kinds(User.objects, "pk"), kinds(Child.objects, "pk"), kinds(Message.objects, "pk")
    assert demo_country.make(FAMILIES, User.objects.get(is_staff=True)) is None
    assert before == (kinds(User.objects, "pk"), kinds(Child.objects, "pk"), kinds(Message.objects, "pk"))


def _pregnancies_and_children(now):
    running = Pregnancy.objects.filter(ended_at=None, estimated_delivery_date__gte=now.date())
    assert running.exists()
    assert {Kind.BIRTH, Kind.LOSS, Kind.MOVED, Kind.MISTAKE, Kind.NOT_SAID} <= kinds(PregnancyOutcome.objects, "kind")
    assert PregnancyOutcome.objects.filter(kind=Kind.BIRTH, children__isnull=False).exists()
    assert kinds(ChildEnd.objects, "reason") == {"died", "moved", "mistake"}
    assert ChildPause.objects.filter(until__gt=now.date()).exists()
    assert ChildPause.objects.filter(until__lt=now.date()).exists()
    assert {Source.MOTHER, Source.STAFF} <= kinds(PregnancyOutcome.objects, "source")
    assert Child.objects.earliest("created_at").created_at < now - dt.timedelta(days=300)


def _doses():
    given = DoseGiven.objects.filter(retracted_at=None)
    assert {"card", "mother", "survey", "tick"} == kinds(given, "source")
    assert {"day", "month", "unknown"} <= kinds(given, "precision")
    assert not given.filter(source="card", entered_by=None).exists()


def _messages(now):
    assert {State.DELIVERED, State.FAILED, State.EXPIRED, State.WITHDRAWN} <= kinds(Message.objects, "state")
    assert not Message.objects.exclude(state=State.DELIVERED).filter(reason="").exists()
    assert not Message.objects.filter(state__in=OPEN_STATES).exists()
    assert Attempt.objects.exists()
    assert not Attempt.objects.filter(outcome=Attempt.Outcome.STARTED).exists()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs")
        assert cursor.fetchone() == (0,)
    assert ChannelOptOut.objects.exists()
    codes = {"vaccination.one_day_before", "vaccination.on_the_day", "pregnancy_checkup.on_the_day"}
    assert codes <= kinds(NotificationEvent.objects, "notification_type__code")
    assert NotificationEvent.objects.filter(read_at=None).exists()
    assert NotificationEvent.objects.exclude(read_at=None).exists()
    assert not NotificationEvent.objects.filter(created_at__gt=now).exists()
    answers = Survey.objects.exclude(responded_at=None)
    assert {"yes", "no", "pregnancyyes"} <= kinds(answers, "response")
    assert Survey.objects.filter(responded_at=None).exists()


def test_the_country_is_the_same_for_the_same_number_of_families():
    made_up = list(families(300))
    assert made_up == list(families(300))
    assert made_up[:20] == list(families(20))
    numbers = [family.number for family in made_up]
    assert len(set(numbers)) == len(numbers)
    assert all(phonenumbers.is_valid_number(phonenumbers.parse(number)) for number in numbers)


@pytest.mark.django_db
def test_a_country_that_has_people_of_its_own_gets_no_others(mother):
    assert demo_country.make(FAMILIES, make_staff("case worker", "nurse@example.org")) is None
    assert User.objects.filter(is_staff=False).count() == 1
