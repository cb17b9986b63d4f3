"""Families who are there when the programme changes: a pack is adopted, left, adopted again, followed by another."""

from __future__ import annotations

import datetime as dt
import itertools
import random
from collections import Counter
from pathlib import Path

import pytest
import time_machine
from procrastinate.contrib.django.models import ProcrastinateJob

from hera.child_health import tasks
from hera.child_health.doses import Entry, Wanted, record, record_all
from hera.child_health.models import Child, DoseGiven, PlannedVisit
from hera.child_health.packs import adopting, reading
from hera.child_health.partial_dates import PartialDate
from hera.child_health.plan import checking, stored, visits
from hera.child_health.plan.by_pack import ByPack
from hera.child_health.plan.due_ages import DueAges, Left
from hera.child_health.plan.programme import current_programme
from hera.child_health.plan.subject import subject_of
from hera.child_health.plan.visits import Told
from hera.child_health.selectors import calendar_of
from hera.core import clock
from hera.delivery.withdrawing import standings
from hera.events.models import NotificationEvent
from hera.events.services import announce_due
from hera.immunization import pack_file
from hera.surveys.models import Survey
from hera.surveys.services import LOOK_AGAIN, answer, ask_due, look_again
from tests.families import make_child, make_pregnancy, make_schedule, make_type, make_user
from tests.own_lists import pending_surveys_of

pytestmark = pytest.mark.django_db
D = dt.date
PACKS = Path(__file__).parents[2] / "packs"
FILE = PACKS / "TR-2025-04-14.yaml"
NOW = dt.datetime(2026, 6, 1, 9, tzinfo=dt.UTC)
TODAY = D(2026, 6, 1)
DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def now():
    with time_machine.travel(NOW) as traveller:
        yield traveller


@pytest.fixture
def pack(programme):
    return reading.read(FILE)


@pytest.fixture
def days(now):
    """Let days pass, with the minute's job at nine on each."""

    def pass_by(number: int) -> None:
        for _ in range(number):
            announce_due(clock.now())
            now.shift(DAY)

    return pass_by


def adopt(pack) -> None:
    adopting.adopt(pack)
    stored.catch_up()


def leave() -> None:
    adopting.leave()
    stored.catch_up()


def told_of(child: Child) -> list[int]:
    """The doses that her mother was told of, in that order."""
    keys = NotificationEvent.objects.filter(context__child_id=str(child.pk)).order_by("id").values_list("event_key")
    return [int(dose) for (key,) in keys for dose in key.split("/doses-")[1].split(",")]


def aged(days_old: int, registered: int | None = None) -> Child:
    """A child so many days old today, registered so many days ago; at birth, if nothing is said."""
    since = TODAY - (days_old if registered is None else registered) * DAY
    child = make_child(make_user(), TODAY - days_old * DAY, known_on=since)
    stored.catch_up()
    return child


def why_not(event: NotificationEvent) -> str | None:
    return standings([event.pk], clock.now())[event.pk].reason


def test_who_registers_the_day_before_is_told_what_who_registers_on_the_day_is(pack, days):
    """Due ages would have told her a week later, and have not yet."""
    make_schedule(make_type(), offset=0)
    before = aged(370, 1)
    adopt(pack)
    on_the_day = aged(370, 0)
    days(60)
    assert sorted(told_of(before)) == sorted(told_of(on_the_day)) != []


def test_a_row_of_the_earlier_hera_is_not_told_of_what_it_was_told_before(pack, days):
    make_schedule(make_type(), offset=0)
    child = aged(370)
    Child.objects.filter(pk=child.pk).update(known_on=None, created_at=NOW - 300 * DAY)
    adopt(pack)
    days(10)
    assert told_of(child) == []


def test_whatever_became_due_by_weeks_while_a_pack_was_in_use_is_told_once_it_is_left(pack, days):
    """Dose 8 is due at 12 weeks by due ages, and at four months by the pack: adopted in week 10, left in week 14."""
    make_schedule(make_type(), offset=0)
    child = aged(70)
    adopt(pack)
    days(28)
    assert told_of(child) == []
    leave()
    days(400)
    told = told_of(child)
    assert 8 in told
    assert len(set(told)) == len(told)


def test_what_the_pack_told_is_not_told_again_by_weeks(pack, days):
    """Two months after birth by the pack, which is later than week 8 for nobody, and earlier for some."""
    make_schedule(make_type(), offset=0)
    child = aged(110)
    adopt(pack)
    days(40)
    by_pack = told_of(child)
    assert 8 in by_pack
    leave()
    days(300)
    assert set(by_pack).isdisjoint(told_of(child)[len(by_pack) :])


def test_left_and_adopted_again(pack, days):
    """What nobody has told of, neither the pack nor due ages, is told by the pack that comes again."""
    make_schedule(make_type(), offset=0)
    child = aged(70)
    adopt(pack)
    days(28)
    leave()
    adopt(pack)
    assert checking.check(None).total == 0
    days(120)
    told = [dose for dose in told_of(child) if dose in {7, 8}]
    assert told[0] == 8


def test_what_was_told_by_a_pack_stays_in_her_list_when_it_is_left(pack, days):
    make_schedule(make_type(), offset=0)
    aged(50)
    adopt(pack)
    days(20)
    event = NotificationEvent.objects.get()
    assert event.context["date"] == "2026-06-12"
    assert why_not(event) is None
    leave()
    assert why_not(event) is None


def test_so_do_antenatal_visits(pack, days):
    make_schedule(make_type(), "prenatal_checkup", offset=0)
    adopt(pack)
    make_pregnancy(make_user(), TODAY - 87 * DAY, TODAY)
    stored.catch_up()
    days(80)
    events = list(NotificationEvent.objects.order_by("id"))
    assert len(events) >= 2
    assert [why_not(event) for event in events] == [None] * len(events)
    leave()
    assert [why_not(event) for event in events] == [None] * len(events)


def test_a_second_try_that_was_kept_stays_in_her_list(pack, days):
    make_schedule(make_type(), offset=0)
    adopt(pack)
    child = aged(0)
    days(110)
    again = next(event for event in NotificationEvent.objects.order_by("id") if "try-2" in event.event_key)
    assert why_not(again) is None
    for dose in again.context["dose_ids"].split(","):
        entry = Entry(vaccine_dose_id=int(dose), date=PartialDate.read(again.context["date"]))
        record(child, [entry], DoseGiven.Source.CARD, today=clock.now().date())
    assert why_not(again) is None


def test_a_question_about_yesterday_outlives_the_adoption(pack, now):
    """The pack takes it that she went; whether she did is still asked, and her answer is a record with its day."""
    child = aged(57)
    ask_due(clock.now())
    [asked] = pending_surveys_of(child.user)
    now.shift(DAY)
    adopt(pack)
    look_again()
    assert [one["id"] for one in pending_surveys_of(child.user)] == [asked["id"]]
    assert not Survey.objects.exclude(withdrawn_at=None).exists()
    answer(Survey.objects.select_related("user", "survey_template").get(pk=asked["id"]), "yes")
    assert set(DoseGiven.objects.filter(child=child).values_list("date", flat=True)) == {TODAY - DAY}


def test_questions_are_looked_at_again_once_all_plans_are_new(pack):
    """Staff see what she sees: what was looked at while plans were old is looked at once more."""
    aged(57)
    adopting.adopt(pack)
    jobs = ProcrastinateJob.objects.filter(task_name=LOOK_AGAIN)
    told = jobs.count()
    tasks.catch_up_for_a_while()
    assert jobs.count() == told, "there may be more to plan"
    tasks.catch_up_for_a_while()
    assert jobs.count() == told + 1


@pytest.mark.parametrize(("others", "open_still"), [([], True), (["mother"], True), (["survey"], True)])
def test_two_who_tell_of_one_dose_that_was_too_early_do_not_silence_it(pack, others, open_still):
    adopt(pack)
    child = aged(151)
    for source in ["card", *others]:
        entries = [
            Entry(vaccine_dose_id=7, date=PartialDate.read("2026-03-01")),
            Entry(vaccine_dose_id=8, date=PartialDate.read("2026-03-10")),
        ]
        record(child, entries, source, today=TODAY)
    soon = PlannedVisit.objects.filter(child=child, is_open=True, due__lte=TODAY + 60 * DAY)
    assert (8 in {dose for visit in soon for dose in visit.left}) is open_still


def test_a_list_of_a_campaign_is_no_card(pack):
    adopting.adopt(pack)
    child = aged(200)

    def made_up() -> set[int]:
        rows = PlannedVisit.objects.filter(child=child, attempt=2, due__range=(TODAY, TODAY + 8 * DAY))
        return {dose for visit in rows for dose in visit.left}

    before = made_up()
    drops = Entry(product="bopv", date=PartialDate.read("2026-05-30"), campaign=True)
    record_all([Wanted(child, drops, TODAY)], DoseGiven.Source.IMPORT)
    assert made_up() == before


def test_a_calendar_is_the_pack_s_while_a_country_is_planned_anew(pack, django_assert_num_queries):
    child = aged(50)
    make_pregnancy(child.user, TODAY - 87 * DAY, TODAY)
    adopting.adopt(pack)
    current_programme()  # a process reads a pack once
    with django_assert_num_queries(2):
        during = calendar_of(child.user, TODAY)
    stored.catch_up()
    with django_assert_num_queries(1):
        after = calendar_of(child.user, TODAY)
    assert during == after
    assert D(2026, 6, 12) in {event.date for event in during}


@pytest.mark.parametrize("name", ["TR-2025-04-14", "SY-2023-01-01", "DE-2026-01-22"])
def test_nobody_makes_two_journeys_within_a_week(name):
    """Children without records, of all ages, registered at any time."""
    by_pack = ByPack(pack_file.load(PACKS / f"{name}.yaml"), TODAY, DueAges({}))
    near = []
    for age in range(0, 1500, 11):
        for registered in range(0, age + 1, 30):
            born, known = TODAY - age * DAY, TODAY - registered * DAY
            plan = by_pack.of_child(subject_of(born, "FEMALE", known, ()))
            ahead = sorted((visit.due, visit.attempt) for visit in plan if visit.left and visit.due >= known)
            near += [(born, known, *pair) for pair in itertools.pairwise(ahead) if pair[1][0] - pair[0][0] < 7 * DAY]
    assert not near


@pytest.mark.parametrize("seed", range(4))
def test_whatever_programmes_follow_each_other_each_dose_is_told_once(programme, seed):
    """A property: due ages, a pack, due ages, that pack again; children who are there from birth and tell nothing."""
    dice = random.Random(seed)
    country, pack = current_programme().programme, pack_file.load(FILE)
    weeks = {dose.id: dose.week_age for dose in country.doses.values()}
    both = {dose.id for _, dose in pack.doses().values()} & {dose for dose, week in weeks.items() if week > 0}
    for _ in range(40):
        born = TODAY - dice.randrange(700) * DAY
        left_on = TODAY + dice.choice([0, 1, 20, 28, 60, 200, 400]) * DAY
        again_on = left_on + dice.choice([0, 1, 20, 90, 10_000]) * DAY
        child = subject_of(born, "FEMALE", born, ())
        first = ByPack(pack, TODAY, DueAges(weeks))
        told = Told(first.told(child, left_on), first.told_itself(child, left_on), left_on)
        groups = country.groups("FEMALE")
        eras = [
            (born, TODAY, visits.of_child(born, born, groups, country.doses)),
            (TODAY, left_on, first.of_child(child)),
            (left_on, again_on, visits.of_child(born, born, groups, country.doses, told=told)),
            (again_on, D.max, ByPack(pack, again_on, DueAges(weeks, Left(first, left_on))).of_child(child)),
        ]
        said = Counter(
            dose
            for number, (since, until, plan) in enumerate(eras)
            for visit in plan
            # A second try is of what was told, unless due ages make it: then nobody had told.
            if since <= visit.due < until and (visit.attempt == 1 or number == 2)
            for dose in visit.left
        )
        again = {dose for visit in eras[3][2] if visit.attempt == 2 and visit.due >= again_on for dose in visit.left}
        assert not [dose for dose, times in said.items() if times > 1], (born, left_on, again_on)
        assert both <= said.keys() | again, (born, left_on, again_on)
