from __future__ import annotations

import datetime as dt

import pytest

from hera.child_health import calendar
from hera.child_health.models import Pregnancy
from hera.child_health.selectors import calendar_of, doses_of_active_vaccines
from tests.families import make_child, make_pregnancy, make_user, make_vaccine

pytestmark = pytest.mark.django_db
BORN = dt.date(2026, 1, 1)
TODAY = dt.date(2026, 2, 1)


def test_the_seed_programme_of_a_child(programme):
    groups = calendar.dose_groups(doses_of_active_vaccines(), "FEMALE")
    assert [(group.week_age, group.joined_ids) for group in groups] == [
        (0, "3"),
        (4, "4"),
        (8, "6,7,15"),
        (12, "8"),
        (16, "9,16"),
        (24, "17"),
        (26, "5,13"),
        (52, "18,19,21"),
        (78, "10,14,1"),
        (104, "2"),
        (209, "11,20"),
        (521, "12"),
    ]
    assert groups[2].vaccine_names == ("BCG", "aBDT-IPA-Hib", "Pneumococcus (KPA)")


def test_doses_are_grouped_by_week_and_ordered_by_vaccine_then_dose():
    first, second = make_vaccine(name="A"), make_vaccine(name="B")
    dose_of_second = second.doses.create(name="early id", week_age=8)
    doses_of_first = [first.doses.create(name=f"later id {n}", week_age=8) for n in range(2)]
    child = make_child(make_user(), BORN)
    (event,) = calendar_of(child.user, TODAY)
    ids = ",".join(str(dose.pk) for dose in [*doses_of_first, dose_of_second])
    assert event.event_key == f"vaccination/child-{child.pk}/doses-{ids}"
    assert event.date == BORN + dt.timedelta(weeks=8)
    assert event.fields()["vaccine_names"] == ["A", "B"]  # a vaccine with two doses is named once


def test_a_dose_applies_by_gender_and_only_if_its_vaccine_is_active():
    make_vaccine(8, name="HPV", male=False)
    make_vaccine(8, name="Draft", active=False)
    user = make_user()
    make_child(user, BORN, "MALE")
    assert calendar_of(user, TODAY) == []
    girl = make_child(user, BORN, "FEMALE")
    (event,) = calendar_of(user, TODAY)
    assert event.fields()["vaccine_names"] == ["HPV"]
    assert event.fields()["child_id"] == girl.pk


def test_parents_see_the_nickname():
    vaccine = make_vaccine(8, name="aBDT-IPA-Hib")
    vaccine.nickname = "Five-in-one"
    vaccine.save()
    child = make_child(make_user(), BORN)
    assert calendar_of(child.user, TODAY)[0].context()["vaccine_names"] == "Five-in-one"


def test_the_context_holds_texts_only():
    make_vaccine(8, name="BCG")
    make_vaccine(8, name="OPA")
    child = make_child(make_user(), BORN, name="Leyla")
    (event,) = calendar_of(child.user, TODAY)
    doses = ",".join(str(dose.id) for dose in doses_of_active_vaccines())
    assert event.context() == {
        "date": "2026-02-26",
        "event_type": "vaccination",
        "event_key": f"vaccination/child-{child.pk}/doses-{doses}",
        "person_name": "Leyla",
        "vaccine_names": "BCG, OPA",
        "child_id": str(child.pk),
        "dose_ids": doses,
        "week_age": "8",
    }


def test_all_events_of_a_person_are_merged_by_date(django_assert_num_queries):
    make_vaccine(0, 8, 52)
    user = make_user()
    make_child(user, BORN)
    make_child(user, BORN + dt.timedelta(days=100))
    make_pregnancy(user, BORN, BORN + dt.timedelta(days=1))
    with django_assert_num_queries(1):
        events = calendar_of(user, TODAY)
    assert len(events) == 10
    assert [event.date for event in events] == sorted(event.date for event in events)


def test_a_row_of_an_older_database_is_declared_on_the_utc_day_of_its_creation():
    user = make_user()
    pregnancy = make_pregnancy(user, dt.date(2026, 8, 25), dt.date(2026, 8, 25))
    created_at = dt.datetime(2026, 11, 24, 23, 30, tzinfo=dt.timezone(dt.timedelta(hours=-3)))
    Pregnancy.objects.filter(pk=pregnancy.pk).update(declared_on=None, created_at=created_at)
    # Week 14 on the 25th, which it was in UTC; on the 24th, week 13, the first visit would be in week 18.
    assert [event.weeks_pregnant for event in calendar_of(user, TODAY)] == [19, 24, 34, 38]
