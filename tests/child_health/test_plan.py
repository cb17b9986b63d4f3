"""The stored plan: in step with the facts whoever changes them, and planned once more for who registers late."""

from __future__ import annotations

import datetime as dt
import threading
import time

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from hera.child_health import services
from hera.child_health.models import Child, DoseGiven, PlannedVisit, Pregnancy, VaccineDose
from hera.child_health.plan import all_at_once, checking, stored, visits
from hera.child_health.plan.programme import current_programme
from hera.child_health.plan.visits import Had, Planned
from hera.child_health.selectors import calendar_of
from hera.events.services import announce_due
from tests.families import make_child, make_pregnancy, make_schedule, make_type, make_user, make_vaccine
from tests.threads import at_once

pytestmark = pytest.mark.django_db
D = dt.date
BORN = D(2026, 1, 1)
TODAY = D(2026, 2, 1)


def planned_of(child: Child) -> list[tuple[int, D, list[int], list[int]]]:
    rows = PlannedVisit.objects.filter(child=child).order_by("attempt", "due")
    return [(row.attempt, row.due, row.doses, row.left) for row in rows]


def make_newborn() -> Child:
    return make_child(make_user(), BORN, known_on=BORN)


def doses_of(*weeks: int) -> list[VaccineDose]:
    return list(make_vaccine(*weeks).doses.order_by("week_age"))


def test_each_group_of_doses_is_a_visit_on_its_day():
    early, late = doses_of(4, 8)
    child = make_newborn()
    assert stored.catch_up() == 1
    assert planned_of(child) == [
        (1, D(2026, 1, 29), [early.pk], [early.pk]),
        (1, D(2026, 2, 26), [late.pk], [late.pk]),
    ]
    assert stored.catch_up() == 0


def test_whoever_registers_late_has_what_was_due_before_planned_once_more():
    """F13: a child of nine weeks, of whose five doses nobody had told her mother."""
    first, second, third = doses_of(0, 8, 16)
    registered = D(2026, 3, 5)
    child = make_child(make_user(), BORN, known_on=registered)
    stored.catch_up()
    catch_up = registered + dt.timedelta(days=7)
    assert planned_of(child)[-1] == (2, catch_up, [first.pk, second.pk], [first.pk, second.pk])
    # What she ticks, or a card says, is left out; the visit keeps its doses, and so its key.
    DoseGiven.objects.create(child=child, vaccine_dose=first, source="card", entered_at=dt.datetime.now(dt.UTC))
    stored.catch_up()
    assert planned_of(child)[-1] == (2, catch_up, [first.pk, second.pk], [second.pk])
    assert third.pk in planned_of(child)[2][2]
    # Apps have these doses on the days on which they were due, and on no other.
    assert [event.date for event in calendar_of(child.user, TODAY)] == [
        BORN + dt.timedelta(weeks=week) for week in (0, 8, 16)
    ]


@pytest.mark.parametrize(
    "change",
    [
        lambda child, dose: Child.objects.filter(pk=child.pk).update(date_of_birth=BORN + dt.timedelta(days=1)),
        lambda child, dose: Child.objects.filter(pk=child.pk).update(gender="MALE"),
        lambda child, dose: DoseGiven.objects.create(
            child=child, vaccine_dose=dose, source="card", entered_at=dt.datetime.now(dt.UTC)
        ),
        lambda child, dose: DoseGiven.objects.filter(child=child).update(retracted_at=dt.datetime.now(dt.UTC)),
        lambda child, dose: DoseGiven.objects.filter(child=child).delete(),
        lambda child, dose: VaccineDose.objects.filter(pk=dose.pk).update(week_age=9),
        lambda child, dose: VaccineDose.objects.filter(pk=dose.pk).update(is_active=False),
        lambda child, dose: VaccineDose.objects.create(vaccine=dose.vaccine, name="more", week_age=12),
    ],
)
def test_no_fact_changes_without_its_plan(change):
    """Whoever changes it, by whatever way: the rows of a table are written by services, imports and hands."""
    dose, other = doses_of(4, 8)
    other.vaccine.applicable_for_male = False
    other.vaccine.save()
    child = make_newborn()
    DoseGiven.objects.create(child=child, vaccine_dose=other, source="card", entered_at=dt.datetime.now(dt.UTC))
    stored.catch_up()
    before = planned_of(child)
    change(child, dose)
    assert stored.catch_up() == 1
    assert planned_of(child) != before
    assert checking.check(None).total == 0


@pytest.mark.parametrize(
    "change",
    [
        {"estimated_start_date": D(2026, 1, 8)},
        {"estimated_delivery_date": D(2026, 10, 20)},
        {"declared_on": D(2026, 5, 1)},
        {"declared_number_of_prenatal_visits": 3, "declared_on": D(2026, 7, 1)},
    ],
)
def test_no_fact_of_a_pregnancy_changes_without_its_plan(change):
    pregnancy = make_pregnancy(make_user(), D(2026, 1, 1), D(2026, 1, 10))
    assert stored.catch_up() == 1
    rows = PlannedVisit.objects.filter(pregnancy=pregnancy)
    before = sorted(rows.values_list("kind", "week", "due"))
    assert [week for kind, week, _ in before if kind == "a"] == [10, 24, 34, 38]
    assert [due for kind, _, due in before if kind == "b"] == [D(2026, 10, 8)]
    Pregnancy.objects.filter(pk=pregnancy.pk).update(**change)
    assert stored.catch_up() == 1
    assert sorted(rows.values_list("kind", "week", "due")) != before
    assert checking.check(None).total == 0


def test_a_calendar_is_right_before_its_plan_is_caught_up_with():
    doses_of(4, 8)
    child = make_newborn()
    make_pregnancy(child.user, D(2026, 1, 1), D(2026, 1, 10))
    worked_out = calendar_of(child.user, TODAY)
    assert PlannedVisit.objects.count() == 0
    stored.catch_up()
    assert calendar_of(child.user, TODAY) == worked_out
    VaccineDose.objects.update(week_age=6)
    assert {event.date for event in calendar_of(child.user, TODAY)} >= {BORN + dt.timedelta(weeks=6)}


def test_what_stays_as_it_is_keeps_its_row():
    early, _ = doses_of(4, 8)
    child = make_newborn()
    stored.catch_up()
    before = dict(PlannedVisit.objects.values_list("due", "pk"))
    DoseGiven.objects.create(child=child, vaccine_dose=early, source="card", entered_at=dt.datetime.now(dt.UTC))
    stored.catch_up()
    after = dict(PlannedVisit.objects.values_list("due", "pk"))
    assert after[D(2026, 2, 26)] == before[D(2026, 2, 26)]
    assert after[D(2026, 1, 29)] != before[D(2026, 1, 29)]


def test_chunks_are_caught_up_with_one_by_one(monkeypatch):
    monkeypatch.setattr(stored, "CHUNK", 3)
    doses_of(4)
    for _ in range(7):
        make_newborn()
    assert stored.catch_up(within=dt.timedelta(0)) == 3
    assert stored.catch_up() == 4
    assert PlannedVisit.objects.count() == 7


def test_a_plan_is_changed_by_few_statements(django_assert_num_queries):
    doses_of(4, 8)
    child = make_newborn()
    with django_assert_num_queries(3):  # who is out of date, their facts, and what is written
        stored.replan([child.user_id])
    with django_assert_num_queries(1):
        stored.replan([child.user_id])


def test_a_child_that_had_it_all_is_open_for_nothing():
    (dose,) = doses_of(4)
    programme = current_programme().programme
    found = visits.of_child(BORN, None, programme.groups("FEMALE"), programme.doses, Had(frozenset({dose.pk})))
    assert found == [Planned("v", 1, 4, D(2026, 1, 29), (dose.pk,), ())]
    assert not found[0].is_open


def test_a_tick_stands_for_the_doses_due_by_its_day():
    early, late = doses_of(4, 8)
    had = Had(ticked=((early.vaccine_id, D(2026, 2, 1)),))
    programme = current_programme().programme
    found = visits.of_child(BORN, None, programme.groups("FEMALE"), programme.doses, had)
    assert [visit.left for visit in found] == [(), (late.pk,)]


class TestCheck:
    def test_a_plan_that_is_not_what_it_should_be_is_told_and_mended(self, capsys):
        doses_of(4)
        child = make_newborn()
        stored.catch_up()
        call_command("plan", "check")
        assert "1 plans looked at: all are what they should be." in capsys.readouterr().out
        PlannedVisit.objects.update(due=D(2026, 5, 5))
        with pytest.raises(CommandError, match=f"1 of 1 plans .*: child {child.pk}. Run plan check --all --mend"):
            call_command("plan", "check", "--all")
        assert checking.last_check().differing == 1
        call_command("plan", "check", "--all", "--mend")
        assert "They were made anew." in capsys.readouterr().out
        assert planned_of(child)[0][1] == D(2026, 1, 29)
        assert checking.last_check().differing == 0

    def test_readiness_and_a_metric_tell_of_it(self):
        from hera.operations import metrics, selectors

        doses_of(4)
        make_newborn()
        stored.catch_up()
        PlannedVisit.objects.all().delete()
        checking.check()
        assert any("run manage.py plan check --all --mend" in reason for reason in selectors.reasons_not_ready())
        assert b"hera_plans_differing 1.0" in metrics.exposition()

    def test_all_is_planned_at_once_on_demand(self, capsys):
        make_newborn()
        call_command("plan", "catch-up")
        assert "planned=1 seconds=" in capsys.readouterr().out


def test_a_version_is_that_of_what_parents_see():
    """The number that tells one programme from another is the database's; the same doses have the same one."""
    (dose,) = doses_of(4)

    def version() -> int:
        child = make_newborn()
        stored.replan([child.user_id])
        return Child.objects.values_list("plan_version", flat=True).get(pk=child.pk)

    first = version()
    assert version() == first
    VaccineDose.objects.filter(pk=dose.pk).update(week_age=5)
    assert version() != first
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM child_health_child WHERE plan_version = %s", [first])
        assert cursor.fetchone() == (2,)


def test_dates_that_cannot_be_stop_nobody_else():
    """An earlier HERA's fields refused no date: of the year 22, or the last that there is."""
    doses_of(0, 8)
    strange = [make_child(make_user(), born, known_on=TODAY) for born in (D(22, 3, 1), D(1300, 1, 1), D.max)]
    pregnancies = [make_pregnancy(make_user(), D(22, 3, 1), TODAY), make_pregnancy(make_user(), D(9998, 1, 1), TODAY)]
    child = make_newborn()
    assert stored.catch_up() == len(strange) + len(pregnancies) + 1
    assert len(planned_of(child)) == 2
    assert all(attempt == 1 for one in strange for attempt, *_ in planned_of(one))
    assert checking.check(None).total == 0
    for one in [*strange, *pregnancies]:
        calendar_of(one.user, TODAY)


@pytest.mark.parametrize(
    ("age", "told"),
    [
        (3, set()),  # the dose of the day of birth was given where it was born
        (27, set()),
        (28, {0}),
        (57, {0, 8}),
        (6 * 365 - 1, {0, 8, 60}),
        (6 * 365, set()),  # a matter of schools
    ],
)
def test_who_is_told_of_what_was_due_before(age, told):
    doses = {dose.week_age: dose.pk for dose in doses_of(0, 8, 60)}
    child = make_child(make_user(), BORN, known_on=BORN + dt.timedelta(days=age))
    stored.catch_up()
    late = [left for attempt, _, _, left in planned_of(child) if attempt == 2]
    assert [set(left) for left in late] == ([{doses[week] for week in told}] if told else [])


def test_a_row_of_an_older_database_is_planned_as_it_was():
    doses_of(0, 8)
    child = make_child(make_user(), BORN)
    stored.catch_up()
    assert [attempt for attempt, *_ in planned_of(child)] == [1, 1]


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_a_dose_that_is_written_while_its_child_is_being_planned_is_not_missed(self):
        (dose,) = doses_of(4)
        child = make_newborn()
        planning, written = threading.Event(), threading.Event()

        def plan():
            with transaction.atomic():
                list(Child.objects.select_for_update(no_key=True).filter(pk=child.pk))
                planning.set()
                assert not written.wait(1)  # it waits for who plans
                stored.replan([child.user_id])

        def write():
            planning.wait()
            with transaction.atomic():
                DoseGiven.objects.create(
                    child=child, vaccine_dose=dose, source="card", entered_at=dt.datetime.now(dt.UTC)
                )
                written.set()
                stored.replan([child.user_id])

        at_once(2, lambda place: (plan, write)[place]())
        assert planned_of(child) == [(1, D(2026, 1, 29), [dose.pk], [])]
        assert checking.check(None).total == 0

    def test_siblings_are_planned_by_two_without_waiting_for_each_other(self):
        (dose,) = doses_of(4)
        user = make_user()
        children = [make_child(user, BORN) for _ in range(2)]
        both = threading.Barrier(2)

        def record(place):
            with transaction.atomic():
                DoseGiven.objects.create(
                    child=children[place], vaccine_dose=dose, source="card", entered_at=dt.datetime.now(dt.UTC)
                )
                both.wait(timeout=60)
                stored.replan([user.pk])

        at_once(2, record)
        stored.catch_up()
        assert all(left == [] for child in children for *_, left in planned_of(child))

    def test_a_child_that_is_being_planned_can_be_deleted(self):
        doses_of(4)
        child = make_newborn()
        planning = threading.Event()

        def plan():
            with transaction.atomic():
                list(Child.objects.select_for_update(no_key=True).filter(pk=child.pk))
                planning.set()
                time.sleep(0.3)
                stored.replan([child.user_id])

        def delete():
            planning.wait()
            services.delete_child(Child.objects.get(pk=child.pk))

        at_once(2, lambda place: (plan, delete)[place]())
        assert not Child.objects.exists()
        assert not PlannedVisit.objects.exists()

    def test_who_plans_a_country_waits_for_whom_others_plan(self):
        """The worker plans as well after a change of programme, and has some of them locked."""
        doses_of(4)
        child, _ = make_newborn(), make_newborn()
        locked = threading.Event()

        def another():
            with transaction.atomic():
                list(Child.objects.select_for_update(no_key=True).filter(pk=child.pk))
                locked.set()
                time.sleep(1)

        def everybody():
            locked.wait()
            all_at_once.catch_up_by(1)
            return checking.out_of_date()

        assert at_once(2, lambda place: (another, everybody)[place]()) == [None, 0]


def test_who_is_out_of_date_is_found_by_indexes_alone():
    """It is asked each minute. A table that is read as a whole makes the planner compile it first."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {stored._STALE}", {"chunk": 2000, "lock": 1, "alone": True})
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "Index" in plan
    assert "Seq Scan" not in plan


def test_nothing_is_announced_by_a_plan_that_is_out_of_date(monkeypatch):
    """Of a vaccine that was switched off since, or on a day from which a dose was moved."""
    (dose,) = doses_of(4)
    make_newborn()
    schedule = make_schedule(make_type())
    stored.catch_up()
    VaccineDose.objects.filter(pk=dose.pk).update(week_age=5)
    monkeypatch.setattr(stored, "catch_up", lambda: 0)
    noon = dt.datetime(2026, 1, 29, 12, tzinfo=dt.UTC)
    assert announce_due(noon) == 0
    monkeypatch.undo()
    assert announce_due(noon) == 0
    assert announce_due(noon + dt.timedelta(days=7)) == 1
    assert schedule.pk
