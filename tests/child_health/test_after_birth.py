"""Visits after birth: planned by a pack once a birth is told, told once, and by nothing that is not true any more."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest
import time_machine

from hera.child_health import births, endings, services
from hera.child_health.endings import By, Newborn
from hera.child_health.models import Child, ChildEnd, PlannedVisit, Pregnancy, PregnancyOutcome
from hera.child_health.packs import adopting, reading
from hera.child_health.plan import checking, people, stored
from hera.child_health.selectors import calendar_of
from hera.core import clock
from hera.delivery.withdrawing import standings
from hera.events.models import NotificationEvent
from hera.events.services import announce_due
from hera.people import worklist
from hera.surveys.models import Effect, Survey, SurveySchedule, SurveyTemplate
from hera.surveys.services import answer, ask_due
from hera.texts import written_dates
from tests.families import make_child, make_pregnancy, make_schedule, make_type, make_user
from tests.own_lists import read
from tests.staff import make_staff, sign_in

pytestmark = pytest.mark.django_db
D = dt.date
PACKS = Path(__file__).parents[2] / "packs"
FILE = PACKS / "TR-2025-04-14.yaml"
NOW = dt.datetime(2026, 6, 1, 5, tzinfo=dt.UTC)  # eight in the morning in Istanbul
TODAY = D(2026, 6, 1)
DAY = dt.timedelta(days=1)
BIRTH = PregnancyOutcome.Kind.BIRTH
CONTACTS = [(1, TODAY + DAY), (2, TODAY + 2 * DAY), (3, TODAY + 7 * DAY), (4, TODAY + 42 * DAY)]


@pytest.fixture(autouse=True)
def now():
    with time_machine.travel(NOW) as traveller:
        yield traveller


@pytest.fixture
def pack(programme):
    adopting.adopt(reading.read(FILE))


@pytest.fixture
def pregnancy(programme) -> Pregnancy:
    """At term."""
    found = make_pregnancy(make_user(), TODAY - 278 * DAY, TODAY - 200 * DAY)
    stored.catch_up()
    return found


def fresh(pregnancy: Pregnancy) -> Pregnancy:
    return Pregnancy.objects.select_related("user__profile").get(pk=pregnancy.pk)


def bear(pregnancy: Pregnancy, *born: D, date: D | None = None) -> list[Child]:
    newborns = [Newborn(f"Child {number}", "FEMALE", day) for number, day in enumerate(born)]
    return endings.end_pregnancy(fresh(pregnancy), BIRTH, By(), date=date, newborns=newborns)[1]


def contacts(pregnancy: Pregnancy) -> list[tuple[int, D]]:
    rows = PlannedVisit.objects.filter(pregnancy=pregnancy, kind="n").order_by("due")
    return list(rows.values_list("week", "due"))


def run_days(now, days: int) -> None:
    """The minute's job each day at eight and at ten."""
    for _ in range(days):
        announce_due(clock.now())
        now.shift(dt.timedelta(hours=2))
        announce_due(clock.now())
        now.shift(dt.timedelta(hours=22))


def told() -> list[tuple[str, str]]:
    rows = NotificationEvent.objects.filter(event_key__startswith="postnatal").order_by("id")
    return [(event.event_key.split("/")[-1], event.context["date"]) for event in rows]


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        (lambda one: bear(one, TODAY), CONTACTS),
        (lambda one: bear(one, date=TODAY), CONTACTS),
        (lambda one: bear(one, TODAY, TODAY - DAY), [(1, TODAY), *[(k, day - DAY) for k, day in CONTACTS[1:]]]),
        (lambda one: bear(one, TODAY - DAY, date=TODAY), CONTACTS),
        (bear, []),  # nobody said when
        (lambda one: bear(one, date=TODAY - 9 * DAY), [(3, TODAY + DAY), (4, TODAY + 33 * DAY)]),
        (lambda one: bear(one, date=TODAY - 60 * DAY), []),
        (lambda one: endings.end_pregnancy(fresh(one), PregnancyOutcome.Kind.LOSS, By(), date=TODAY), []),
        (lambda one: births.add_child(Child(user=one.user, name="Leyla", gender="FEMALE", date_of_birth=TODAY), []),
         CONTACTS),
        (lambda _one: None, []),
    ],
)  # fmt: skip
def test_planned_from_the_day_of_birth(pack, pregnancy, how, expected):
    how(pregnancy)
    assert contacts(pregnancy) == expected
    assert checking.out_of_date() == 0
    assert checking.check(None).total == 0


def test_without_a_pack_there_are_none(pregnancy):
    bear(pregnancy, TODAY)
    assert contacts(pregnancy) == []


def end_child(reason):
    return lambda child: endings.end_child(child, reason, By())


def corrected(child: Child) -> None:
    child.date_of_birth -= DAY
    services.save_child(child, None)


A_DAY_SOONER = [(1, TODAY), (2, TODAY + DAY), (3, TODAY + 6 * DAY), (4, TODAY + 41 * DAY)]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (end_child(ChildEnd.Reason.DIED), []),
        (end_child(ChildEnd.Reason.MOVED), []),
        (end_child(ChildEnd.Reason.MISTAKE), []),  # of no child and no day
        (corrected, A_DAY_SOONER),
        (lambda child: Child.objects.filter(pk=child.pk).update(date_of_birth=TODAY - DAY), A_DAY_SOONER),
        (lambda child: Child.objects.filter(pk=child.pk).delete(), []),
        (lambda _child: PregnancyOutcome.objects.update(date=TODAY - DAY), A_DAY_SOONER),
        (lambda _child: PregnancyOutcome.objects.update(kind="loss"), []),
        (lambda _child: PregnancyOutcome.objects.update(taken_back_at=clock.now()), []),
        (lambda _child: endings.take_outcome_back(fresh(Pregnancy.objects.get()), By()), []),
        (lambda child: endings.pause_child(child, TODAY + 3 * DAY, By()), CONTACTS),
    ],
)
def test_no_fact_of_a_birth_changes_without_its_plan(pack, pregnancy, change: Callable[[Child], object], expected):
    [child] = bear(pregnancy, TODAY)
    assert contacts(pregnancy) == CONTACTS
    change(child)
    stored.catch_up()
    assert contacts(pregnancy) == expected
    assert checking.check(None).total == 0


def added(pregnancy, born: dt.date) -> Child:
    child = Child(user=pregnancy.user, name="Leyla", gender="FEMALE", date_of_birth=born)
    return births.add_child(child, [])


def test_a_birth_moves_with_the_day_of_the_child_that_told_it(pack, pregnancy):
    child = added(pregnancy, TODAY)
    child.date_of_birth -= DAY
    births.save_child(child, None)
    assert contacts(pregnancy) == A_DAY_SOONER
    assert PregnancyOutcome.objects.get().date == TODAY - DAY


def test_a_slip_in_an_older_child_s_date_ends_no_pregnancy_for_good(pack, pregnancy):
    child = added(pregnancy, TODAY)
    assert fresh(pregnancy).ended_at is not None
    child.date_of_birth -= dt.timedelta(days=730)
    births.save_child(child, None)
    assert fresh(pregnancy).ended_at is None
    assert contacts(pregnancy) == []
    assert checking.check(None).total == 0


def test_a_birth_that_she_told_herself_stays_when_the_child_turns_out_to_be_older(pack, pregnancy, now):
    bear(pregnancy, date=TODAY)
    now.shift(dt.timedelta(hours=1))
    child = added(pregnancy, TODAY)
    child.date_of_birth -= dt.timedelta(days=730)
    births.save_child(child, None)
    assert fresh(pregnancy).ended_at is not None


def test_no_pregnancy_runs_again_because_a_child_of_it_was_removed(pack, pregnancy):
    """It may have died: the first app can say so in no other way."""
    services.delete_child(added(pregnancy, TODAY))
    assert fresh(pregnancy).ended_at is not None


@pytest.mark.parametrize("add", [bear, lambda one: bear(one, date=TODAY)], ids=["by its birth", "by itself"])
def test_a_child_that_she_added_by_herself_is_of_the_birth(pack, pregnancy, add):
    """No birth made it; if it dies, she is told of nothing for its sake."""
    child = make_child(pregnancy.user, TODAY, known_on=TODAY)
    add(pregnancy)
    assert contacts(pregnancy) == CONTACTS
    endings.end_child(child, ChildEnd.Reason.DIED, By())
    assert contacts(pregnancy) == []
    endings.take_end_back(child, By())
    assert contacts(pregnancy) == CONTACTS


def test_an_older_child_is_not_of_the_birth(pack, pregnancy):
    older = make_child(pregnancy.user, TODAY - 700 * DAY)
    bear(pregnancy, TODAY)
    endings.end_child(older, ChildEnd.Reason.DIED, By())
    assert contacts(pregnancy) == CONTACTS


def test_one_of_twins_dies(pack, pregnancy):
    first, _second = bear(pregnancy, TODAY, TODAY)
    endings.end_child(first, ChildEnd.Reason.DIED, By())
    assert contacts(pregnancy) == []


def test_each_is_told_once_on_its_day(pack, pregnancy, now):
    make_schedule(make_type(), "postnatal_checkup")
    bear(pregnancy, TODAY)
    run_days(now, 60)
    assert told() == [(f"contact-{number}", f"{day}") for number, day in CONTACTS]
    assert f"postnatal-checkup/pregnancy-{pregnancy.pk}/contact-1" in set(
        NotificationEvent.objects.values_list("event_key", flat=True)
    )
    found = standings(NotificationEvent.objects.values_list("pk", flat=True), clock.now())
    assert {standing.reason for standing in found.values()} == {None}
    assert [event for event in calendar_of(pregnancy.user, TODAY) if event.event_type == "postnatal_checkup"] == []


def of_app(pregnancy: Pregnancy) -> list[tuple[int, D]]:
    return [(row["contact"], D.fromisoformat(row["date"])) for row in read("/visits_after_birth/", pregnancy.user)]


@pytest.mark.parametrize("is_stored", [True, False])
def test_her_own_app_lists_them_and_the_calendar_of_the_first_apps_does_not(pack, pregnancy, is_stored):
    [child] = bear(pregnancy, TODAY)
    if not is_stored:
        Pregnancy.objects.update(plan_version=None)
        PlannedVisit.objects.filter(kind="n").delete()
    assert of_app(pregnancy) == CONTACTS
    first = read("/visits_after_birth/", pregnancy.user)[0]
    assert first == {
        "date": f"{TODAY + DAY}",
        "event_type": "postnatal_checkup",
        "event_key": f"postnatal-checkup/pregnancy-{pregnancy.pk}/contact-1",
        "pregnancy_id": pregnancy.pk,
        "contact": 1,
        "child_ids": [child.pk],
        "earliest": f"{TODAY}",
        "latest": f"{TODAY + DAY}",
    }
    kinds = {row["event_type"] for row in read("/calendar_events/", pregnancy.user)}
    assert kinds == {"vaccination"}


def test_her_app_lists_none_while_a_child_is_paused_or_once_it_died_and_none_of_others(pack, pregnancy):
    [child] = bear(pregnancy, TODAY)
    assert read("/visits_after_birth/", make_user()) == []
    endings.pause_child(child, TODAY + 3 * DAY, By())
    assert of_app(pregnancy) == []
    endings.take_pause_back(child, By())
    assert of_app(pregnancy) == CONTACTS
    endings.end_child(child, ChildEnd.Reason.DIED, By())
    assert of_app(pregnancy) == []


def test_without_a_pack_her_app_lists_none(pregnancy):
    bear(pregnancy, TODAY)
    assert of_app(pregnancy) == []


def test_the_list_of_people_and_the_worklist_know_of_them(pack, pregnancy, now):
    [child] = bear(pregnancy, TODAY)
    user = pregnancy.user_id
    now.shift(2 * DAY)
    assert people.visits_of([user], TODAY + 2 * DAY)[user].next == TODAY + 2 * DAY
    assert people.visits_of([user], TODAY + 3 * DAY)[user].next == TODAY + 7 * DAY
    rows = worklist.of(worklist.Kind.TODAY)
    assert [(row.person, row.pregnancy, row.is_after_birth) for row in rows] == [(user, pregnancy.pk, True)]
    endings.pause_child(child, TODAY + 9 * DAY, By())
    assert worklist.of(worklist.Kind.TODAY) == []


def test_on_the_day_on_which_it_may_be_the_last_time(pack, pregnancy, now):
    """Told the morning after the birth: the first contact is that day's."""
    make_schedule(make_type(), "postnatal_checkup")
    bear(pregnancy, TODAY - DAY)
    run_days(now, 3)
    assert told()[:2] == [("contact-1", f"{TODAY}"), ("contact-2", f"{TODAY + DAY}")]


def test_what_was_over_is_not_told_and_not_asked_about(pack, pregnancy, now):
    make_schedule(make_type(), "postnatal_checkup", offset=5, ttl=20 * DAY)
    bear(pregnancy, TODAY - 9 * DAY)
    run_days(now, 60)
    assert told() == [("contact-3", f"{TODAY + DAY}"), ("contact-4", f"{TODAY + 33 * DAY}")]


def test_held_while_a_child_is_paused(pack, pregnancy, now):
    make_schedule(make_type(), "postnatal_checkup")
    [child] = bear(pregnancy, TODAY)
    endings.pause_child(child, TODAY + 5 * DAY, By())
    run_days(now, 60)
    assert [key for key, _day in told()] == ["contact-3", "contact-4"]


def test_not_after_a_death_and_not_once_more(pack, pregnancy, now):
    make_schedule(make_type(), "postnatal_checkup")
    [child] = bear(pregnancy, TODAY)
    run_days(now, 3)
    assert len(told()) == 2
    endings.end_child(child, ChildEnd.Reason.DIED, By())
    run_days(now, 60)
    assert len(told()) == 2
    found = standings(NotificationEvent.objects.values_list("pk", flat=True), clock.now())
    assert {standing.reason.value for standing in found.values()} == {"ended"}


def test_a_birth_before_the_adoption(programme, pregnancy, now):
    """The rule before had no visits after birth: what is open is told, what is over is not."""
    make_schedule(make_type(), "postnatal_checkup")
    bear(pregnancy, TODAY)
    now.shift(9 * DAY)
    adopting.adopt(reading.read(FILE))
    stored.catch_up()
    assert contacts(pregnancy) == [(3, TODAY + 10 * DAY), (4, TODAY + 42 * DAY)]
    run_days(now, 60)
    assert [key for key, _day in told()] == ["contact-3", "contact-4"]


@pytest.mark.parametrize("moved_after", [0, 1, 2, 5, 8, 9, 41, 42, 43, 50])
def test_another_pack_tells_nothing_twice(pack, pregnancy, now, moved_after):
    make_schedule(make_type(), "postnatal_checkup")
    bear(pregnancy, TODAY)
    run_days(now, moved_after)
    adopting.adopt(reading.read(PACKS / "SY-2023-01-01.yaml"))
    stored.catch_up()
    run_days(now, 60)
    assert [key for key, _day in told()] == ["contact-1", "contact-2", "contact-3", "contact-4"]
    found = standings(NotificationEvent.objects.values_list("pk", flat=True), clock.now())
    assert {standing.reason for standing in found.values()} == {None}


def test_leaving_the_pack_ends_them_and_what_was_told_stays(pack, pregnancy, now):
    make_schedule(make_type(), "postnatal_checkup")
    bear(pregnancy, TODAY)
    run_days(now, 3)
    adopting.leave()
    stored.catch_up()
    run_days(now, 60)
    assert len(told()) == 2
    found = standings(NotificationEvent.objects.values_list("pk", flat=True), clock.now())
    assert {standing.reason for standing in found.values()} == {None}


def test_an_answer_about_one_takes_nothing_back(pack, pregnancy, now):
    """Every effect that an answer can have, on a question about a visit after birth: the birth stands."""
    template = SurveyTemplate.objects.create(code="after.birth", survey_type="MULTIPLE_CHOICE", description="-")
    for effect in Effect:
        template.options.create(code=f"o_{effect}"[:20], effect=effect, option_en=effect)
    SurveySchedule.objects.create(
        survey_template=template, calendar_event_type="postnatal_checkup", offset_days=0, time_of_day=dt.time(9)
    )
    bear(pregnancy, TODAY)
    now.shift(DAY + dt.timedelta(hours=3))
    assert ask_due(clock.now()) == 1
    for effect in Effect:
        answer(Survey.objects.select_related("user", "survey_template").get(), f"o_{effect}"[:20])
        assert contacts(pregnancy) == CONTACTS
        assert fresh(pregnancy).visits_missed is None


def test_the_page_of_a_person_shows_them(pack, pregnancy, client):
    bear(pregnancy, TODAY)
    sign_in(client, make_staff("programme admin"))
    page = client.get(f"/admin/custom_user/customuser/{pregnancy.user_id}/change/").content.decode()
    shown = page.split("Visits after birth")[1].split("</p>")[0]
    assert [written_dates.day(day) in shown for _number, day in CONTACTS] == [True] * 4
