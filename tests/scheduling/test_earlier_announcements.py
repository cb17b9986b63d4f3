"""What the earlier HERA announced: antenatal visits by another day of their week than the Monday."""

from __future__ import annotations

import datetime as dt

import pytest

from hera.events.models import NotificationEvent
from hera.events.services import announce_due
from hera.scheduling import still_true
from hera.scheduling.still_true import Announced, Facts, PregnancyFacts, Reason
from tests.families import make_pregnancy, make_schedule, make_type, make_user, utc

TUESDAY = dt.date(2026, 9, 22)
MONDAY_OF_WEEK_10 = "2026-11-30"


@pytest.mark.parametrize(
    ("date", "created"),
    [("2026-11-30", 0), ("2026-12-01", 0), ("2026-12-06", 0), ("2026-11-29", 1), ("2026-12-07", 1)],
)
@pytest.mark.django_db
def test_a_visit_that_was_announced_for_a_day_of_its_week_is_not_announced_again(date, created):
    user = make_user(zone="UTC")
    pregnancy = make_pregnancy(user, TUESDAY, dt.date(2026, 11, 24))
    kind = make_type("pregnancy_checkup.on_the_day", en=("Visit", "Today", "Week {{ weeks_pregnant }}"))
    NotificationEvent.objects.create(
        user=user,
        notification_type=kind,
        schedule=make_schedule(kind, "prenatal_checkup"),
        event_key=f"prenatal-checkup/pregnancy-{pregnancy.pk}/week-10",
        context={"date": date, "weeks_pregnant": "10", "pregnancy_id": str(pregnancy.pk)},
        notification_available_at=utc("2026-11-20T09:00"),
        notification_expires_at=utc("2026-11-21T09:00"),
    )
    assert announce_due(utc(f"{MONDAY_OF_WEEK_10}T09:30")) == created


@pytest.mark.parametrize(
    ("date", "reason"),
    [("2026-11-30", None), ("2026-12-01", None), ("2026-12-06", None), ("2026-12-07", Reason.OTHER_DAY)],
)
def test_and_it_is_still_true(date, reason):
    facts = PregnancyFacts(TUESDAY, dt.date(2026, 11, 24), 0, TUESDAY + dt.timedelta(days=280))
    announced = Announced("prenatal-checkup/pregnancy-1/week-10", {"date": date})
    today = dt.date(2026, 11, 30)
    assert still_true.of(announced, Facts(today, pregnancies={1: facts}), {}).reason is reason
