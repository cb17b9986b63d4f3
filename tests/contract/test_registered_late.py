"""F13 of the field's reports: an infant registered at nine weeks, of whose overdue doses nobody had told her mother."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine

from hera.child_health.models import Child
from hera.core import clock
from hera.events.models import NotificationEvent
from hera.events.services import announce_due
from tests.contract.rn import child_body
from tests.families import make_schedule, make_type

pytestmark = pytest.mark.django_db
START = dt.datetime(2026, 11, 25, 9, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def now():
    with time_machine.travel(START) as traveller:
        yield traveller


@pytest.fixture
def infant(mother, programme):
    born = (clock.now() - dt.timedelta(weeks=9)).isoformat()
    return mother.post("/children/", {**child_body(), "date_of_birth": born}).expect(201)


def told_until(now, last: dt.datetime) -> list[tuple[str, str]]:
    """The days and texts of what a mother is told of her child, hour by hour."""
    moment = clock.now()
    while moment <= last:
        now.move_to(moment)
        announce_due(moment)
        moment += dt.timedelta(hours=6)
    events = NotificationEvent.objects.filter(event_key__contains="/try-2/", withdrawn_at=None).order_by("id")
    return [(event.context["date"], event.context["vaccine_names"]) for event in events]


def test_she_is_told_once_a_day_before_a_week_later(mother, infant, now):
    make_schedule(make_type(), offset=-1)
    told = told_until(now, START + dt.timedelta(days=12))
    assert [date for date, _ in told] == ["2026-12-02"]
    assert told[0][1] == "Hepatitis B (BHA), BCG, aBDT-IPA-Hib, Pneumococcus (KPA)"
    listed = [row["in_app_content"] for row in mother.get("/notification_events/").expect(200)]
    assert listed == [told[0][1]]
    # On the apps' calendar each dose stays on the day on which it was due, and on no other.
    keys = [row["event_key"] for row in mother.get("/calendar_events/").expect(200)]
    assert not any("/try-" in key for key in keys)


def test_what_she_ticks_meanwhile_is_left_out(mother, infant, now):
    make_schedule(make_type(), offset=-1)
    vaccines = {row["name"]: row["id"] for row in mother.get("/vaccines/").expect(200)}
    chosen = [pk for name, pk in vaccines.items() if name.startswith(("BCG", "Hepatitis B"))]
    mother.patch(f"/children/{infant['id']}/", {"past_vaccinations": chosen}).expect(200)
    told = told_until(now, START + dt.timedelta(days=12))
    assert told == [("2026-12-02", "aBDT-IPA-Hib, Pneumococcus (KPA)")]


def test_nobody_is_told_of_a_child_that_had_it_all_or_has_ended(mother, infant, now):
    make_schedule(make_type(), offset=-1)
    mother.post(f"/children/{infant['id']}/end/", {"reason": "moved"}).expect(201)
    assert told_until(now, START + dt.timedelta(days=12)) == []
    other = mother.post("/children/", {**child_body(), "name": "Nur"}).expect(201)
    born = Child.objects.get(pk=other["id"]).date_of_birth
    assert born <= clock.now().date()
    everything = [row["id"] for row in mother.get("/vaccines/").expect(200)]
    mother.patch(f"/children/{other['id']}/", {"past_vaccinations": everything}).expect(200)
    assert told_until(now, clock.now() + dt.timedelta(days=12)) == []


def test_a_newborn_has_nothing_to_catch_up_with(mother, programme, now):
    make_schedule(make_type(), offset=-1)
    mother.post("/children/", {**child_body(), "date_of_birth": clock.now().isoformat()}).expect(201)
    assert told_until(now, START + dt.timedelta(days=12)) == []
