"""A pack is adopted in an upgraded database: nobody is told again, and the way back is whole."""

from __future__ import annotations

import re
from pathlib import Path

import psycopg

from tests.upgrade import legacy

FILE = str(Path(__file__).parents[2] / "packs" / "TR-2025-04-14.yaml")
PLAN = """
    SELECT child_id, attempt, due, doses, "left" FROM child_health_plannedvisit
    WHERE kind = 'v' ORDER BY child_id, attempt, due, doses
"""
TABLES = """
    SELECT dose.id, dose.week_age, dose.name, vaccine.name, vaccine.nickname FROM child_health_vaccinedose dose
    JOIN child_health_vaccine vaccine ON vaccine.id = dose.vaccine_id WHERE vaccine.is_active AND dose.is_active
    ORDER BY dose.id
"""
ANNOUNCED = "SELECT event_key, context ->> 'date', schedule_id FROM events_notificationevent WHERE withdrawn_at IS NULL"


def ask(url: str, statement: str) -> list[tuple]:
    with psycopg.connect(url, autocommit=True) as connection:
        return connection.execute(statement).fetchall()


def run(url: str, *arguments: str) -> str:
    done = legacy.manage(url, *arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_pack_is_adopted_and_left(upgraded):
    run(upgraded, "plan", "catch-up")
    plan, tables = ask(upgraded, PLAN), ask(upgraded, TABLES)
    assert plan
    told = run(upgraded, "pack", "adopt", FILE)
    assert "Nothing has changed." in told
    assert ask(upgraded, TABLES) == tables
    told = run(upgraded, "pack", "adopt", FILE, "--yes", "--processes", "2")
    assert re.search(r"All visits are planned anew\. planned=[1-9]\d*", told)
    assert "all are what they should be" in run(upgraded, "plan", "check", "--all")
    run(upgraded, "generate_notifications")
    before = ask(upgraded, ANNOUNCED)
    run(upgraded, "generate_notifications")
    assert sorted(ask(upgraded, ANNOUNCED)) == sorted(before)
    assert len({row[:3] for row in before}) == len(before), "nothing is told twice"
    run(upgraded, "pack", "leave", "--yes")
    assert ask(upgraded, TABLES) == tables
    assert ask(upgraded, PLAN) == plan


def test_it_goes_on_where_it_was_interrupted(upgraded):
    run(upgraded, "pack", "adopt", FILE, "--yes")
    wanted = ask(upgraded, PLAN)
    with psycopg.connect(upgraded, autocommit=True) as connection:
        connection.execute("UPDATE child_health_child SET plan_version = 7 WHERE id % 2 = 0")
        connection.execute("DELETE FROM child_health_plannedvisit WHERE child_id % 2 = 0")
    assert "; 0 plans are not yet" not in run(upgraded, "pack", "status")
    assert "is in use since" in run(upgraded, "pack", "adopt", FILE, "--yes")
    assert ask(upgraded, PLAN) == wanted
    assert "; 0 plans are not yet" in run(upgraded, "pack", "status")
