"""N3, N6: an unknown zone, and edits of doses, neither cut anybody off nor announce a visit twice."""

from __future__ import annotations

import datetime as dt
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hera.child_health.models import Vaccine, VaccineDose
from hera.child_health.plan import stored
from hera.core import timezones
from hera.delivery.models import Message
from hera.events.models import NotificationEvent, NotificationSchedule
from hera.events.services import announce_due
from hera.people import masking, person
from tests.families import make_child, make_schedule, make_type, make_user, make_vaccine
from tests.scheduling.test_engine import undone

pytestmark = pytest.mark.django_db

NOON = dt.datetime(2026, 11, 25, 9, tzinfo=dt.UTC)  # in Istanbul
TODAY = dt.date(2026, 11, 25)


@pytest.mark.parametrize(
    ("number", "zone"),
    [
        ("+905321234567", "Europe/Istanbul"),
        ("+93701234567", "Asia/Kabul"),
        ("+4915112345678", "Europe/Berlin"),
        ("+280123456789", "UTC"),
        ("", "UTC"),
        ("editor@example.org", "UTC"),
    ],
)
def test_n3_an_unknown_zone_is_that_of_the_numbers_country(number, zone):
    assert timezones.effective("Mars", number).key == zone
    assert timezones.effective("Asia/Tokyo", number).key == "Asia/Tokyo"


def test_n3_of_a_country_with_many_zones_it_is_one_of_its_own():
    assert timezones.effective("Mars", "+12025550123").key.startswith("America/")


def test_n3_mars_is_reminded_at_nine_of_her_country():
    make_vaccine(0)
    schedule = make_schedule(make_type(), at=dt.time(9), ttl=dt.timedelta(hours=1))
    for number in ("+905321234567", "+819012345678"):
        make_child(make_user(zone="Mars", number=number), TODAY)
    stored.catch_up()
    nine_in_tokyo = dt.datetime(2026, 11, 25, 0, tzinfo=dt.UTC)
    for now, username in ((nine_in_tokyo, "+819012345678"), (nine_in_tokyo + dt.timedelta(hours=6), "+905321234567")):
        assert announce_due(now, dry_run=True) == 1
        assert announce_due(now) == 1
        assert NotificationEvent.objects.latest("id").user.username == username
    assert schedule.notificationevent_set.count() == 2
    assert not Message.objects.filter(state="undeliverable").exists()


def test_n3_staff_see_it():
    mother = make_user(zone="Mars", number="+93701234567")
    assert person.record_of(mother, masking.Mask(is_on=False)).zone_in_place == "Asia/Kabul"
    assert person.record_of(make_user(), masking.Mask(is_on=False)).zone_in_place == ""


def _edit(how: str, number: int) -> None:
    doses = list(VaccineDose.objects.order_by("id"))
    dose = doses[number % len(doses)]
    if how == "add":
        VaccineDose.objects.create(vaccine=dose.vaccine, name="New", week_age=0)
    elif how == "off":
        VaccineDose.objects.filter(pk=dose.pk).update(is_active=False)
    elif how == "later":
        VaccineDose.objects.filter(pk=dose.pk).update(week_age=1)
    else:
        Vaccine.objects.filter(pk=dose.vaccine_id).update(is_active=how == "vaccine on")


edits = st.lists(
    st.tuples(st.sampled_from(["add", "off", "later", "vaccine off", "vaccine on"]), st.integers(0, 5)),
    min_size=1,
    max_size=5,
)


class TestEdits:
    seen: ClassVar[int] = 0

    @settings(max_examples=40, suppress_health_check=list(HealthCheck))
    @given(edits=edits)
    def test_n6_a_visit_is_announced_once_whatever_is_edited_between_the_runs(self, edits):
        with undone():
            make_vaccine(0, name="A")
            make_vaccine(0, 0, name="B")
            make_schedule(make_type(), at=dt.time(9), ttl=dt.timedelta(days=2))
            born = make_child(make_user(), TODAY)
            assert announce_due(NOON) == 1
            for how, number in edits:
                _edit(how, number)
                assert announce_due(NOON) == 0, "that day's visit is known"
            # Nor is a dose that she was told of announced again when its new day comes.
            told = set(NotificationEvent.objects.get().context["dose_ids"].split(","))
            announce_due(NOON + dt.timedelta(days=7))
            for event in NotificationEvent.objects.order_by("id")[1:]:
                assert told.isdisjoint(event.context["dose_ids"].split(","))
                assert event.context["child_id"] == str(born.pk)


def test_n6_another_child_and_another_schedule_are_still_told():
    make_vaccine(0)
    kind = make_type()
    make_schedule(kind, at=dt.time(9), ttl=dt.timedelta(days=2))
    mother = make_user()
    make_child(mother, TODAY)
    assert announce_due(NOON) == 1
    make_child(mother, TODAY, name="Twin")
    assert announce_due(NOON) == 1
    make_schedule(make_type("vaccination.something_else"), at=dt.time(10), ttl=dt.timedelta(days=2))
    assert announce_due(NOON) == 2


def test_f6_what_was_said_today_is_not_said_again_by_a_schedule_made_anew():
    make_vaccine(0)
    kind = make_type()
    schedule = make_schedule(kind, at=dt.time(9))
    make_child(make_user(), TODAY)
    assert announce_due(NOON) == 1
    NotificationSchedule.objects.filter(pk=schedule.pk).update(is_active=False)
    make_schedule(kind, at=dt.time(10))
    assert announce_due(NOON) == 0


def test_f6_two_schedules_that_say_the_same_on_one_day_say_it_once():
    make_vaccine(0)
    kind = make_type()
    make_schedule(kind, at=dt.time(9))
    make_schedule(kind, at=dt.time(10))
    make_child(make_user(), TODAY)
    stored.catch_up()
    assert (announce_due(NOON, dry_run=True), announce_due(NOON), announce_due(NOON)) == (1, 1, 0)
