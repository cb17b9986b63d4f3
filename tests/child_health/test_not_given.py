"""Doses that were told not to have been given: what the plan took as given is planned, and nothing else moves."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
import time_machine

from hera.child_health import doses, endings, not_given, services
from hera.child_health.doses import Entry
from hera.child_health.models import Child, DoseGiven, PlannedVisit, VaccineDose
from hera.child_health.packs import adopting, reading
from hera.child_health.partial_dates import PartialDate
from hera.child_health.plan import checking, stored
from hera.child_health.possible_dates import NotPossible
from hera.core import clock
from hera.events.models import NotificationEvent
from hera.events.services import announce_due
from tests.families import make_child, make_schedule, make_type, make_user, tick

pytestmark = pytest.mark.django_db
D = dt.date
DAY = dt.timedelta(days=1)
FILE = Path(__file__).parents[2] / "packs" / "TR-2025-04-14.yaml"
NOW = dt.datetime(2026, 6, 1, 9, tzinfo=dt.UTC)
TODAY = D(2026, 6, 1)
HEPATITIS_B_AT_BIRTH = 3


@pytest.fixture(autouse=True)
def now():
    with time_machine.travel(NOW) as traveller:
        yield traveller


@pytest.fixture
def pack(programme):
    adopting.adopt(reading.read(FILE))


@pytest.fixture
def child():
    return make_child(make_user(), TODAY - 3 * DAY, known_on=TODAY)


def plan_of(child: Child) -> set[tuple[int, D, tuple[int, ...], tuple[int, ...]]]:
    """Try, day, doses, and those that are left."""
    stored.catch_up()
    assert checking.check(None).total == 0
    rows = PlannedVisit.objects.filter(child=child).values_list("attempt", "due", "doses", "left")
    return {(attempt, due, tuple(of), tuple(left)) for attempt, due, of, left in rows}


def of_birth(child: Child) -> set[tuple[int, D, bool]]:
    """Try, day, and whether it is left, of the dose of the day of birth."""
    return {
        (attempt, due, HEPATITIS_B_AT_BIRTH in left)
        for attempt, due, of, left in plan_of(child)
        if HEPATITIS_B_AT_BIRTH in of
    }


def test_what_was_taken_as_given_is_planned_soon_and_all_else_stays(pack, child):
    before = plan_of(child)
    assert of_birth(child) == {(1, child.date_of_birth, False)}
    not_given.tell(child, [HEPATITIS_B_AT_BIRTH], TODAY)
    assert of_birth(child) == {(1, child.date_of_birth, True), (2, TODAY + 7 * DAY, True)}
    others = {visit for visit in before if HEPATITIS_B_AT_BIRTH not in visit[2]}
    assert others <= plan_of(child)
    assert not_given.take_back(child, HEPATITIS_B_AT_BIRTH)
    assert plan_of(child) == before
    assert not not_given.take_back(child, HEPATITIS_B_AT_BIRTH)


def test_she_is_reminded_of_it_once(pack, child, now):
    make_schedule(make_type(), offset=0)
    not_given.tell(child, [HEPATITIS_B_AT_BIRTH], TODAY)
    for day in range(12):
        now.move_to(NOW + day * DAY)
        announce_due(clock.now())
        announce_due(clock.now())
    [event] = NotificationEvent.objects.all()
    assert event.event_key.startswith(f"vaccination/child-{child.pk}/try-2/")
    assert event.event_key.endswith(f"/doses-{HEPATITIS_B_AT_BIRTH}")
    assert event.context["date"] == str(TODAY + 7 * DAY)


def test_said_again_it_is_planned_again(pack, child, now):
    not_given.tell(child, [HEPATITIS_B_AT_BIRTH], TODAY)
    not_given.tell(child, [HEPATITIS_B_AT_BIRTH], TODAY + DAY)
    assert (2, TODAY + 7 * DAY, True) in of_birth(child), "a phone that was not answered said it again"
    now.shift(10 * DAY)
    not_given.tell(child, [HEPATITIS_B_AT_BIRTH], TODAY + 10 * DAY)
    assert (2, TODAY + 17 * DAY, True) in of_birth(child)


@pytest.mark.parametrize("how", ["a record", "a tick"])
def test_what_is_told_to_have_been_given_later_holds_until_it_is_taken_back(pack, child, how):
    not_given.tell(child, [HEPATITIS_B_AT_BIRTH], TODAY)
    if how == "a record":
        [record] = doses.record(
            child, [Entry(vaccine_dose_id=HEPATITIS_B_AT_BIRTH)], DoseGiven.Source.MOTHER, today=TODAY
        )
    else:
        vaccine = VaccineDose.objects.get(pk=HEPATITIS_B_AT_BIRTH).vaccine_id
        tick(child, vaccine)
        record = DoseGiven.objects.get(child=child, vaccine=vaccine)
    assert {left for *_, left in of_birth(child)} == {False}
    doses.retract(record, "wrong")
    assert (2, TODAY + 7 * DAY, True) in of_birth(child)


def test_what_is_on_the_record_is_taken_back_first(pack, child):
    doses.record(child, [Entry(vaccine_dose_id=HEPATITIS_B_AT_BIRTH)], DoseGiven.Source.MOTHER, today=TODAY)
    with pytest.raises(NotPossible, match="take that back first"):
        not_given.tell(child, [HEPATITIS_B_AT_BIRTH], TODAY)
    far = VaccineDose.objects.order_by("-week_age").first()
    with pytest.raises(NotPossible, match="not due yet"):
        not_given.tell(child, [far.pk], TODAY)
    with pytest.raises(NotPossible, match="not in the programme"):
        not_given.tell(child, [HEPATITIS_B_AT_BIRTH, 999_999], TODAY)
    child.refresh_from_db()
    assert child.doses_not_given is None


def test_after_an_adoption_too(programme, child, now):
    """She was there before the pack: what was reminded of until then is taken as given, unless she says otherwise."""
    services.save_child(child, None)
    now.shift(30 * DAY)
    adopting.adopt(reading.read(FILE))
    assert of_birth(child) == {(1, child.date_of_birth, False)}
    not_given.tell(child, [HEPATITIS_B_AT_BIRTH], TODAY + 30 * DAY)
    assert any(attempt == 2 and due >= TODAY + 37 * DAY and left for attempt, due, left in of_birth(child))


def test_by_due_ages_alone(programme, child):
    """Nothing is taken as given by them; of a newborn nobody reminds of the day of birth."""
    before = plan_of(child)
    not_given.tell(child, [HEPATITIS_B_AT_BIRTH], TODAY)
    again = (2, TODAY + 7 * DAY, (HEPATITIS_B_AT_BIRTH,), (HEPATITIS_B_AT_BIRTH,))
    assert plan_of(child) == before | {again}


def test_what_is_retracted_is_asked_for_soon(pack, now):
    child = make_child(make_user(), D(2025, 1, 10), known_on=D(2025, 1, 10))
    measles = reading.read(FILE).pack.doses()["mmr-1"][1].id
    entry = Entry(vaccine_dose_id=measles, date=PartialDate.read("2026-01-12"))
    [record] = doses.record(child, [entry], DoseGiven.Source.MOTHER, today=TODAY)
    before = plan_of(child)
    assert not [due for attempt, due, _of, left in before if measles in left]
    doses.retract(record, "a slip")
    assert TODAY + 7 * DAY not in {due for _attempt, due, _of, left in plan_of(child) if measles in left}
    [record] = doses.record(child, [entry], DoseGiven.Source.MOTHER, today=TODAY)
    now.shift(3 * DAY)
    doses.retract(record, "wrong")
    assert (2, TODAY + 10 * DAY) in {(attempt, due) for attempt, due, _of, left in plan_of(child) if measles in left}


def test_what_was_due_in_a_pause_is_asked_for_after_it(pack, now):
    child = make_child(make_user(), TODAY - 300 * DAY, known_on=TODAY - 300 * DAY)
    measles = reading.read(FILE).pack.doses()["mmr-1"][1].id
    [first] = [due for attempt, due, _of, left in plan_of(child) if measles in left and attempt == 1]
    endings.pause_child(child, first + 30 * DAY, endings.By())
    assert (2, first + 37 * DAY) in {(attempt, due) for attempt, due, _of, left in plan_of(child) if measles in left}
    endings.take_pause_back(child, endings.By())
    assert {(attempt, due) for attempt, due, _of, left in plan_of(child) if measles in left and attempt == 1} == {
        (1, first)
    }


def test_a_child_whose_age_was_wrong_by_weeks_is_asked_to_come_soon(pack, now):
    child = make_child(make_user(), TODAY - 60 * DAY, known_on=TODAY - 60 * DAY)
    plan_of(child)
    child.date_of_birth -= dt.timedelta(days=365)
    services.save_child(child, None)
    soon = {dose for attempt, due, _of, left in plan_of(child) if due == TODAY + 7 * DAY for dose in left}
    assert len(soon) > 2
    child.date_of_birth -= DAY
    services.save_child(child, None)
    assert child.known_on == TODAY


def test_a_tick_of_before_its_day_and_a_campaign_say_nothing_of_a_dose(programme, child, now):
    third = VaccineDose.objects.filter(vaccine__doses__pk=HEPATITIS_B_AT_BIRTH).order_by("-week_age").first()
    tick(child, third.vaccine_id)
    given = Entry(vaccine_dose_id=third.pk, campaign=True)
    doses.record(child, [given], DoseGiven.Source.CARD, today=TODAY)
    day = child.date_of_birth + dt.timedelta(weeks=third.week_age)
    not_given.tell(child, [third.pk], day)
    assert [one.dose for one in not_given.standing(child)] == [third.pk]
    doses.record(child, [Entry(vaccine_dose_id=third.pk)], DoseGiven.Source.CARD, today=TODAY)
    assert not_given.standing(child) == []
