"""When a visit is late is one rule: in SQL, for many at once, and for one visit, as her calendar says it."""

from __future__ import annotations

import datetime as dt
import random

import pytest
from django.db import connection

from hera.child_health import calendar
from hera.child_health.models import PlannedVisit
from hera.child_health.plan import late, people
from hera.core import clock, timezones
from hera.people import worklist
from hera.people.worklist import Kind
from tests.families import make_child, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def visits():
    """Visits by due ages and by a pack, of a child each, around today."""
    chance, today = random.Random("late"), clock.today_in(timezones.default())
    made = []
    for _number in range(150):
        by_a_pack, due = chance.random() < 0.6, today + dt.timedelta(days=chance.randint(-30, 10))
        child = make_child(make_user(), today - dt.timedelta(days=200))
        PlannedVisit.objects.filter(child=child).delete()
        made.append(
            PlannedVisit.objects.create(
                child=child, kind="v", due=due, is_open=chance.random() < 0.8, attempt=chance.choice([1, 1, 2]),
                week=8, doses=[1], left=[1],
                earliest=due - dt.timedelta(days=chance.randint(0, 5)) if by_a_pack else None,
                overdue_after=due + dt.timedelta(days=chance.randint(0, 20)) if by_a_pack and chance.random() < 0.8
                else None,
            )
        )  # fmt: skip
    return made


def is_overdue(visit: PlannedVisit, today: dt.date) -> bool:
    """As her calendar has it; by due ages a visit is overdue the day after it was due, and what is planned once more is
    the same doses again."""
    if visit.earliest is None:
        return visit.is_open and visit.attempt == 1 and today > visit.due
    status = calendar.status_on(today, visit.due, visit.overdue_after, is_open=visit.is_open)
    return status is calendar.Status.OVERDUE


def test_all_who_ask_about_many_say_what_her_calendar_says(visits):
    today = clock.today_in(timezones.default())
    overdue = {visit.child.user_id for visit in visits if is_overdue(visit, today)}
    assert 20 < len(overdue) < 100
    assert {row.person for row in worklist.of(Kind.OVERDUE, size=200)} == overdue
    asked = people.with_a_vaccination_overdue(today, None)
    with connection.cursor() as cursor:
        cursor.execute(asked.sql, asked.params)
        assert {user for (user,) in cursor.fetchall()} == overdue
        cursor.execute(
            f"SELECT id FROM child_health_plannedvisit visit WHERE is_open AND {late.is_late()}", [today, today]
        )
        assert {pk for (pk,) in cursor.fetchall()} == {visit.pk for visit in visits if is_overdue(visit, today)}
    of_each = people.visits_of([visit.child.user_id for visit in visits], today)
    assert {user for user, known in of_each.items() if known.overdue_since} == overdue
