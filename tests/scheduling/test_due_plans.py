"""The engine's statements enter each table through an index, whatever the planner believes about the tables."""

from __future__ import annotations

import datetime as dt
import itertools
import re

import psycopg
import pytest
from django.db import connection

from hera.child_health.calendar import EventType
from hera.core import clock
from hera.events.models import NotificationEvent
from hera.events.selectors import schedules
from hera.scheduling import engine
from tests.families import make_child, make_pregnancy, make_schedule, make_type, make_user, make_vaccine

# Of these a country has many, and the planner knows it by the size of their files. What it believes of the others may
# be of before they were filled.
MANY = ["auth_user", "user_profile_userprofile", "child_health_child", "child_health_pregnancy"]
OTHERS = ["child_health_plannedvisit", "events_notificationevent"]
BELIEVED = [-1, 0, 20, 1_000, 30_000, 10_000_000]  # rows of a table; -1: nobody has looked yet


@pytest.fixture
def plans(monkeypatch):
    """The plans of what the engine asks, as they come to be made."""
    found: list[str] = []

    class Explained(psycopg.ServerCursor):
        def execute(self, query, params=None, **options):
            with psycopg.ClientCursor(self.connection) as cursor:
                cursor.execute(psycopg.sql.SQL("EXPLAIN DECLARE due CURSOR WITH HOLD FOR {}").format(query), params)
                found.append("\n".join(line for (line,) in cursor.fetchall()))
            return super().execute(query, params, **options)

    monkeypatch.setattr(engine, "ServerCursor", Explained)
    return found


def test_no_table_is_gone_through_row_by_row(db, plans):
    make_vaccine(0, 8)
    kind = make_type()
    for event_type in (EventType.VACCINATION, EventType.PRENATAL_CHECKUP, EventType.EXPECTED_BIRTH):
        make_schedule(kind, event_type)
    today = clock.now().date()
    for _ in range(5):
        make_child(make_user(), today - dt.timedelta(weeks=8))
        make_pregnancy(make_user(), today - dt.timedelta(weeks=9), today)
    for rows in itertools.product(BELIEVED, repeat=len(OTHERS)):
        for table, count in zip([*MANY, *OTHERS], [*[1_000_000] * len(MANY), *rows], strict=True):
            believe(table, count)
        list(engine.find_due(schedules()[0], clock.now(), NotificationEvent, regardless_of_time=True))
    assert len(plans) == 2 * len(BELIEVED) ** len(OTHERS)
    for plan in plans:
        assert "Seq Scan" not in plan, plan
        assert "Materialize" not in plan, plan
        entries = re.findall(rf" on (?:{'|'.join(MANY)}) [^\n]*\n([^\n]*)", plan)
        assert len(entries) >= 3, plan
        # A bitmap of an index checks its condition once more: where few rows of a person are believed to be many.
        assert all("Index Cond" in entry or "Recheck Cond" in entry for entry in entries), plan


def believe(table: str, rows: int) -> None:
    """Have the planner take it that a page of this table has so many rows."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE pg_class SET reltuples = %s, relpages = (%s > 0)::int WHERE oid = %s::regclass", [rows, rows, table]
        )
