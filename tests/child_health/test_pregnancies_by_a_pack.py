"""Antenatal visits by a pack: who declared before it was in use, who missed a visit, and starts that cannot be."""

from __future__ import annotations

import datetime as dt
import itertools
from pathlib import Path

import pytest
import time_machine
from django.core.management import call_command

from hera.child_health.models import PlannedVisit, Pregnancy
from hera.child_health.packs import adopting, reading
from hera.child_health.plan import checking, stored
from hera.child_health.plan.by_pack import ByPack
from hera.child_health.plan.due_ages import DueAges, Left
from hera.child_health.plan.pregnancies import Expecting, of_pregnancy
from hera.child_health.selectors import calendar_of
from hera.core import clock
from hera.delivery.withdrawing import standings
from hera.events.models import NotificationEvent, NotificationSchedule
from hera.events.services import announce_due
from hera.immunization import pack_file
from hera.surveys.models import Survey
from hera.surveys.services import answer, ask_due
from tests.families import make_child, make_pregnancy, make_schedule, make_type, make_user

pytestmark = pytest.mark.django_db
D = dt.date
PACKS = Path(__file__).parents[2] / "packs"
FILE = PACKS / "TR-2025-04-14.yaml"
NOW = dt.datetime(2026, 6, 1, 9, tzinfo=dt.UTC)
TODAY = D(2026, 6, 1)
DAY, WEEK = dt.timedelta(days=1), dt.timedelta(days=7)


@pytest.fixture(autouse=True)
def now():
    with time_machine.travel(NOW) as traveller:
        yield traveller


def remind() -> None:
    """On the day of each visit, and by nothing else."""
    NotificationSchedule.objects.all().delete()
    make_schedule(make_type("of.visits"), "prenatal_checkup")


def adopt() -> None:
    adopting.adopt(reading.read(FILE))
    stored.catch_up()


def run_days(now, days: int) -> None:
    for _ in range(days):
        announce_due(clock.now())
        ask_due(clock.now())
        now.shift(DAY)


def told(start: D) -> list[tuple[int, str]]:
    """What she was told of: the week of its day, and its key after the pregnancy's id."""
    rows = NotificationEvent.objects.filter(event_key__startswith="prenatal").order_by("id")
    return [
        ((D.fromisoformat(event.context["date"]) - start).days // 7, event.event_key.split("/", 2)[2]) for event in rows
    ]


def asked() -> Survey:
    """The newest question."""
    return Survey.objects.select_related("user", "survey_template").latest("id")


# Declared before


def test_a_window_that_is_open_at_the_adoption_and_had_no_visit_is_told(programme, now):
    remind()
    start = TODAY - 20 * WEEK - DAY
    make_pregnancy(make_user(), start, start + 12 * WEEK)
    stored.catch_up()
    run_days(now, 8)
    adopt()
    run_days(now, 120)
    assert told(start) == [(22, "week-22"), (29, "week-29"), (37, "week-37")]


@pytest.mark.parametrize("week", range(5, 41))
def test_who_is_there_at_an_adoption_is_told_of_each_window_once(week):
    """Reminded by the rule before until then; of each window that is not over there is one visit, and none is near."""
    start = TODAY - 5 * WEEK
    known = Expecting(start, start + 280 * DAY, TODAY, 0)
    by_pack = ByPack(pack_file.load(FILE), start + week * WEEK, DueAges({}))
    before = [one for one in of_pregnancy(known) if one.kind == "a" and one.due < by_pack.adopted_on]
    planned = sorted((one for one in of_pregnancy(known, by_pack) if one.kind == "a"), key=lambda one: one.due)
    assert planned[: len(before)] == before, "and none of them once more"
    assert all(other.due - one.due >= WEEK for one, other in itertools.pairwise(planned))
    for first, last in [(18, 24), (28, 32), (36, 38)]:
        # The Monday of a week lies up to six days before it.
        in_window = [one for one in planned if first <= (one.due - start).days / 7 < last + 1]
        assert len(in_window) == 1 or week > last, (first, planned)


def test_a_pack_that_was_left_and_is_adopted_again():
    """Through all programmes: what each planned while it was in use stays, and no visit is within a week of another."""
    pack = pack_file.load(FILE)
    start = TODAY - 5 * WEEK
    known = Expecting(start, start + 280 * DAY, TODAY, 0)
    for left, again in itertools.product(range(0, 230, 10), (0, 3, 30)):
        first = ByPack(pack, TODAY + 10 * DAY, DueAges({}))
        left_on = first.adopted_on + left * DAY
        second = ByPack(pack, left_on + again * DAY, DueAges({}, Left(first, left_on)))
        planned = sorted((one for one in of_pregnancy(known, second) if one.kind == "a"), key=lambda one: one.due)
        while_first = [one for one in of_pregnancy(known, first) if one.kind == "a" and one.due < left_on]
        assert set(while_first) <= set(planned)
        meanwhile = [one for one in of_pregnancy(known) if one.kind == "a" and left_on <= one.due < second.adopted_on]
        assert set(meanwhile) <= set(planned)
        by_second = [one for one in planned if one.due >= second.adopted_on]
        assert all(later.due - one.due >= WEEK for one, later in itertools.pairwise(by_second))


def test_doses_of_td_go_on_where_the_pack_before_left_off():
    pack = pack_file.load(FILE)
    known = Expecting(TODAY, TODAY + 280 * DAY, TODAY, 0)
    first = ByPack(pack, TODAY, DueAges({}))
    for week in range(5, 38):
        second = ByPack(pack, TODAY + week * WEEK, first)
        td = [(one.week, one.doses) for one in of_pregnancy(known, second) if one.doses]
        assert [doses for _week, doses in sorted(td)] == [(1,), (2,)], week


# Missed


@pytest.fixture
def question(programme, now):
    """She is in week 9 by the pack, told of her visits and asked about them the day after."""
    call_command("loaddata", "antenatal_survey", verbosity=0)
    remind()
    adopt()
    start = TODAY - 9 * WEEK
    pregnancy = make_pregnancy(make_user(), start, TODAY)
    stored.catch_up()
    run_days(now, 9)
    assert told(start) == [(10, "week-10")]
    assert asked().event_key.endswith(f"prenatal-checkup/pregnancy-{pregnancy.pk}/week-10")
    return pregnancy


def tries(pregnancy: Pregnancy) -> list[int]:
    return list(PlannedVisit.objects.filter(pregnancy=pregnancy, kind="a", attempt=2).values_list("week", flat=True))


def test_a_visit_that_she_missed_is_told_once_more_and_not_again(question, now):
    answer(asked(), "pregnancyno")
    assert tries(question) == [11]
    assert checking.check(None).total == 0
    keys = [event.event_key for event in calendar_of(question.user, clock.now().date())]
    assert f"prenatal-checkup/pregnancy-{question.pk}/try-2/week-11" in keys
    run_days(now, 8)
    start = question.estimated_start_date
    assert told(start) == [(10, "week-10"), (11, "try-2/week-11")]
    assert "/try-2/week-11" in asked().event_key
    answer(asked(), "pregnancyno")
    run_days(now, 72)
    assert told(start) == [(10, "week-10"), (11, "try-2/week-11"), (20, "week-20")]
    reasons = standings(NotificationEvent.objects.values_list("pk", flat=True), clock.now())
    assert {standing.reason for standing in reasons.values()} == {None}


@pytest.mark.parametrize("said", ["pregnancyyes", None])
def test_who_came_or_says_nothing_is_not_reminded_again(question, now, said):
    if said:
        answer(asked(), said)
    assert tries(question) == []
    run_days(now, 72)
    assert told(question.estimated_start_date) == [(10, "week-10"), (20, "week-20")]


def test_who_answers_otherwise_takes_it_back(question, now):
    answer(asked(), "pregnancyno")
    answer(asked(), "pregnancyyes")
    assert tries(question) == []
    answer(asked(), "pregnancyno")
    assert tries(question) == [11]
    run_days(now, 8)
    event = NotificationEvent.objects.latest("id")
    assert "/try-2/" in event.event_key
    first = Survey.objects.select_related("user", "survey_template").earliest("id")
    answer(first, "pregnancyyes")
    now.move_to(event.notification_available_at)  # while it is open
    assert standings([event.pk], clock.now())[event.pk].reason == "other_day"


def test_doses_of_td_of_a_visit_that_she_missed_are_at_its_second_try(question, now):
    run_days(now, 71)
    assert asked().event_key.endswith("/week-20")
    answer(asked(), "pregnancyno")
    rows = PlannedVisit.objects.filter(pregnancy=question, kind="a").order_by("due")
    assert [(row.week, row.attempt, row.doses) for row in rows] == [
        (10, 1, []),
        (20, 1, []),
        (21, 2, [1]),
        (29, 1, [2]),
        (37, 1, []),
    ]


def test_without_a_pack_nothing_follows_from_it(programme, now):
    call_command("loaddata", "antenatal_survey", verbosity=0)
    remind()
    start = TODAY - 9 * WEEK
    pregnancy = make_pregnancy(make_user(), start, TODAY)
    stored.catch_up()
    rows = list(PlannedVisit.objects.filter(pregnancy=pregnancy).order_by("id").values())
    run_days(now, 9)
    calendar = [event.fields() for event in calendar_of(pregnancy.user, clock.now().date())]
    answer(asked(), "pregnancyno")
    assert list(PlannedVisit.objects.filter(pregnancy=pregnancy).order_by("id").values()) == rows
    assert [event.fields() for event in calendar_of(pregnancy.user, clock.now().date())] == calendar
    run_days(now, 20)
    assert [key for _week, key in told(start)] == ["week-10"]


def test_a_missed_visit_of_somebody_else_is_not_hers(question):
    other = make_pregnancy(make_user(), TODAY - 9 * WEEK, TODAY)
    survey = asked()
    survey.context["pregnancy_id"] = str(other.pk)
    survey.save()
    answer(asked(), "pregnancyno")
    assert Pregnancy.objects.get(pk=other.pk).visits_missed is None


# Starts that cannot be


@pytest.mark.parametrize("start", [D(22, 3, 1), D(1300, 1, 1), D(1, 1, 1), TODAY - 731 * DAY])
@pytest.mark.parametrize("by_pack", [False, True])
def test_a_start_in_another_century_keeps_nobody_from_her_plan(programme, start, by_pack):
    if by_pack:
        adopt()
    made = Pregnancy.objects.create(
        user=make_user(), declared_on=TODAY, estimated_start_date=start, estimated_delivery_date=TODAY + 7 * DAY
    )
    child = make_child(make_user(), TODAY, known_on=TODAY)
    stored.catch_up()
    assert checking.out_of_date() == 0
    assert not PlannedVisit.objects.filter(pregnancy=made).exists()
    assert PlannedVisit.objects.filter(child=child).exists()
    assert calendar_of(made.user, TODAY) == []
