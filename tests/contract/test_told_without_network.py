"""What she told a phone that had no network counts from the day on which she told it, over HTTP."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine

from hera.child_health.models import Pregnancy
from tests.contract.rn import WEEK_12

ISTANBUL = "Europe/Istanbul"
LATE_IN_THE_EVENING = dt.datetime(2026, 3, 15, 21, 30, tzinfo=dt.UTC)  # the sixteenth in Istanbul
AHEAD = {"declared_on": "2026-03-17"}  # by the clock of a phone that is a day ahead
TOLD = {**WEEK_12, "declared_on": "2026-03-01"}
START = dt.date(2026, 3, 1) - dt.timedelta(weeks=12)


@pytest.fixture
def in_march():
    with time_machine.travel(LATE_IN_THE_EVENING, tick=False):
        yield


@pytest.fixture
def mother(in_march, mother):
    mother.patch(f"/user_profiles/{mother.user_id}/", {"timezone": ISTANBUL}).expect(200)
    return mother


def test_a_week_counts_from_the_day_on_which_it_was_told(mother):
    made = mother.post("/pregnancies/", TOLD).expect(201)
    assert made["estimated_start_date"] == str(START)
    kept = Pregnancy.objects.get()
    assert (kept.declared_on, kept.estimated_start_date) == (dt.date(2026, 3, 1), START)
    first = mother.get("/calendar_events/").expect(200)[0]
    assert (first["weeks_pregnant"], first["date"]) == (18, "2026-04-06"), "as it was planned on the first of March"
    assert "declared_on" not in made | mother.get("/pregnancies/").expect(200)[0]


@pytest.mark.parametrize("method", ["post", "put", "patch"])
def test_so_does_one_that_corrects_another(mother, method):
    made = mother.post("/pregnancies/", {**WEEK_12, "declared_pregnancy_week": "20"}).expect(201)
    path = "/pregnancies/" if method == "post" else f"/pregnancies/{made['id']}/"
    moved = getattr(mother, method)(path, TOLD).expect(201 if method == "post" else 200)
    assert (moved["id"], moved["estimated_start_date"]) == (made["id"], str(START))
    assert Pregnancy.objects.get().declared_on == dt.date(2026, 3, 1)


@pytest.mark.parametrize("told", [{}, {"declared_on": None}, {"declared_on": ""}, {"declared_on": "2026-03-16"}, AHEAD])
def test_without_a_day_it_is_today_where_she_lives(mother, told):
    made = mother.post("/pregnancies/", {**WEEK_12, **told}).expect(201)
    assert made["estimated_start_date"] == str(dt.date(2026, 3, 16) - dt.timedelta(weeks=12))
    assert Pregnancy.objects.get().declared_on == dt.date(2026, 3, 16)


def test_it_is_sixty_days_old_at_most(mother):
    mother.post("/pregnancies/", {**WEEK_12, "declared_on": "2026-01-15"}).expect(201)


@pytest.mark.parametrize("day", ["2026-03-20", "2026-01-14", "1900-01-01", "1899-12-31", "soon", 7, []])
def test_a_day_that_cannot_be_is_refused_with_a_sentence(mother, day):
    refused = mother.post("/pregnancies/", {**WEEK_12, "declared_on": day}).expect(400)
    assert len(refused["detail"]) > 10
    assert not Pregnancy.objects.exists()
    made = mother.post("/pregnancies/", WEEK_12).expect(201)
    other = {"declared_pregnancy_week": "20", "declared_on": day}
    mother.patch(f"/pregnancies/{made['id']}/", other).expect(400)
    assert Pregnancy.objects.get().declared_pregnancy_week == 12
