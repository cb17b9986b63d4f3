"""The set-based engine against the plain reference, over random families, schedules, zones and instants."""

from __future__ import annotations

import contextlib
import datetime as dt
import itertools
from typing import ClassVar

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hera.child_health.models import Child, DoseGiven, Pregnancy, VaccineDose
from hera.child_health.plan import stored
from hera.delivery import withdrawing
from hera.events.models import NotificationEvent
from hera.events.services import announce_due
from hera.scheduling import engine
from hera.scheduling.models import as_schedules
from hera.surveys.models import Survey, SurveySchedule, SurveyTemplate
from hera.surveys.services import ask_due
from tests.families import make_child, make_pregnancy, make_schedule, make_type, make_user, make_vaccine
from tests.scheduling import reference

DAY = dt.timedelta(days=1)
ZONES = ["UTC", "Europe/Istanbul", "Europe/Berlin", "America/St_Johns", "Pacific/Kiritimati", "Pacific/Pago_Pago",
         "Australia/Lord_Howe", "Not/AZone", "", None,
         "GMT+0430", "GMT+0200", "+0330", "Factory", "right/Europe/Berlin"]  # fmt: skip
# Around a change of clocks in Berlin and Newfoundland, an ordinary week, and the turn of a year.
ANCHORS = [dt.datetime(2026, 3, 29, 1), dt.datetime(2026, 10, 25, 1), dt.datetime(2026, 3, 8, 6),
           dt.datetime(2026, 11, 1, 4), dt.datetime(2026, 7, 8, 12), dt.datetime(2026, 12, 31, 23)]  # fmt: skip

mostly = st.sampled_from([True, True, True, False])
anchors = st.sampled_from(ANCHORS).map(lambda anchor: anchor.replace(tzinfo=dt.UTC))
# Where in a window the job runs: at its ends, a microsecond outside them, and anywhere.
BOUNDARIES = [(0, 0), (0, -1), (1, 0), (1, 1)]
moments = st.one_of(st.sampled_from(BOUNDARIES), st.tuples(st.floats(0, 1), st.just(0)))
schedules = st.lists(
    st.tuples(
        st.sampled_from(["vaccination", "prenatal_checkup", "vaccination", "prenatal_checkup", "expected_birth"]),
        st.integers(-10, 10),
        st.sampled_from([dt.time(2, 30), dt.time(0), dt.time(8), dt.time(23, 59, 59)]),
        st.sampled_from([dt.timedelta(minutes=5), dt.timedelta(hours=6), DAY, 7 * DAY]),
    ),
    min_size=1,
    max_size=4,
    unique_by=lambda schedule: schedule[:3],
)
vaccines = st.lists(
    st.tuples(st.lists(st.integers(0, 3), min_size=1, max_size=3), mostly, mostly, mostly),
    min_size=1,
    max_size=3,
)
records = st.lists(
    st.tuples(
        st.sampled_from(["dose", "tick"]),
        st.integers(0, 8),  # which dose, or the vaccine of which
        st.integers(-10, 30),  # of a tick: how many days ago
        mostly,  # not retracted
    ),
    max_size=3,
)
# Ended, or paused until so many days from now.
halts = st.sampled_from([None, None, None, "ended", -1, 0, 1, 5])
children = st.lists(
    # Age in days, gender, halt, records, and how many days ago she registered it.
    st.tuples(st.integers(-5, 30), st.sampled_from(["MALE", "FEMALE", "OTHER"]), halts, records, st.integers(0, 12)),
    min_size=1,
    max_size=3,
)
pregnancies = st.lists(
    st.tuples(
        st.integers(0, 400),  # days since the start
        st.integers(0, 300),  # days since the declaration
        st.one_of(st.none(), st.integers(0, 9)),
        st.booleans(),  # a row of an older database
        mostly,  # it has not ended
    ),
    min_size=1,
    max_size=3,
)
families = st.lists(st.tuples(st.sampled_from(ZONES), mostly, children, pregnancies), min_size=1, max_size=4)


numbers = itertools.count(300_000_000)


@contextlib.contextmanager
def undone():
    """A transaction that is rolled back."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def make_world(families, vaccines, now):
    for weeks, active, male, female in vaccines:
        make_vaccine(*weeks, active=active, male=male, female=female)
    today = now.date()
    for place, (zone, active, children, pregnancies) in enumerate(families):
        # Where the stored zone is unknown her number's country counts; +28 is none's.
        head = ("+90", "+81", "+93", "+49", "+28")[(place + len(children)) % 5]
        user = make_user(zone=zone, active=active, number=f"{head}{next(numbers)}")
        for age, gender, halt, records, since_registered in children:
            child = make_child(user, today - age * DAY, gender, known_on=today - since_registered * DAY)
            if halt == "ended":
                Child.objects.filter(pk=child.pk).update(ended_at=now)
            elif halt is not None:
                Child.objects.filter(pk=child.pk).update(paused_until=today + halt * DAY)
            make_records(child, records, today)
        for since_start, since_declared, visits, is_old, runs in pregnancies:
            declared = today - since_declared * DAY
            pregnancy = make_pregnancy(user, today - since_start * DAY, declared, visits)
            if not runs:
                Pregnancy.objects.filter(pk=pregnancy.pk).update(ended_at=now)
            if is_old:
                created = dt.datetime.combine(declared, dt.time(23, 59), tzinfo=dt.UTC)
                Pregnancy.objects.filter(pk=pregnancy.pk).update(declared_on=None, created_at=created)


def make_records(child, records, today):
    doses = list(VaccineDose.objects.order_by("pk"))
    for what, place, days_ago, counts in records:
        dose = doses[place % len(doses)]
        says = (
            {"vaccine_dose": dose, "source": "card"}
            if what == "dose"
            else {"vaccine": dose.vaccine, "due_by": today - days_ago * DAY, "source": "tick"}
        )
        moment = dt.datetime.combine(today, dt.time(), dt.UTC)
        DoseGiven.objects.create(child=child, entered_at=moment, retracted_at=None if counts else moment, **says)


def choose_instant(rows, anchor, pick, moment):
    """An instant at which something is due, or just not: in a window that opens close to the anchor."""
    windows = reference.all_windows(rows, anchor)
    if not windows:
        return anchor
    opens, closes = sorted(windows, key=lambda window: (abs(window[0] - anchor), window))[pick % min(len(windows), 12)]
    share, microseconds = moment
    return opens + (closes - opens) * share + dt.timedelta(microseconds=microseconds)


def announced(model, opening):
    return {(row.event_key, row.schedule_id, row.user_id, getattr(row, opening)) for row in model.objects.all()}


@pytest.mark.django_db
@pytest.mark.xdist_group("reference")
class TestAgainstReference:
    sizes: ClassVar[list[int]] = []

    @settings(max_examples=80, suppress_health_check=list(HealthCheck))
    @given(
        anchor=anchors,
        pick=st.integers(0, 50),
        moment=moments,
        schedules=schedules,
        vaccines=vaccines,
        families=families,
    )
    def test_the_same_notifications_none_missing_none_twice(self, anchor, pick, moment, schedules, vaccines, families):
        with undone():
            make_world(families, vaccines, anchor)
            kind = make_type()
            rows = [make_schedule(kind, event, offset=o, at=at, ttl=ttl) for event, o, at, ttl in schedules]
            now = choose_instant(rows, anchor, pick, moment)
            expected = reference.due_now(rows, now)
            self.sizes.append(len(expected))
            stored.catch_up()
            assert announce_due(now, dry_run=True) == len(expected)
            assert announce_due(now) == len(expected)
            assert announced(NotificationEvent, "notification_available_at") == expected
            assert announce_due(now) == 0
            # What the engine announces stands, and the one that asks before sending has nothing to add or to leave out.
            found = withdrawing.standings(NotificationEvent.objects.values_list("pk", flat=True), now)
            for event in NotificationEvent.objects.all():
                assert (found[event.pk].reason, found[event.pk].context) == (None, event.context)

    @settings(max_examples=30, suppress_health_check=list(HealthCheck))
    @given(
        anchor=anchors,
        hours=st.integers(0, 60),
        schedules=schedules,
        vaccines=vaccines,
        families=families,
    )
    def test_what_a_day_will_bring_is_counted(self, anchor, hours, schedules, vaccines, families):
        with undone():
            make_world(families, vaccines, anchor)
            kind = make_type()
            rows = [make_schedule(kind, event, offset=o, at=at, ttl=ttl) for event, o, at, ttl in schedules]
            until = anchor + dt.timedelta(hours=hours)
            stored.catch_up()
            expected = reference.said_between(rows, anchor, until)
            wanted = as_schedules(rows, [row.pk for row in rows])
            assert engine.count_opening(wanted, anchor, until, NotificationEvent) == len(expected)
            announce_due(until)
            left = expected - reference.said(rows, reference.due_now(rows, until))
            assert engine.count_opening(wanted, anchor, until, NotificationEvent) == len(left)

    @settings(max_examples=30, suppress_health_check=list(HealthCheck))
    @given(
        anchor=anchors,
        pick=st.integers(0, 50),
        moment=moments,
        schedules=schedules,
        vaccines=vaccines,
        families=families,
        steps=st.lists(st.integers(0, 900), max_size=3),
    )
    def test_surveys_over_several_runs_are_the_union_of_what_was_due(
        self, anchor, pick, moment, schedules, vaccines, families, steps
    ):
        with undone():
            make_world(families, vaccines, anchor)
            template = SurveyTemplate.objects.create(
                code="have.you.been", survey_type="MULTIPLE_CHOICE", description="-"
            )
            rows = [
                SurveySchedule.objects.create(
                    survey_template=template,
                    calendar_event_type=event,
                    offset_days=o,
                    time_of_day=at,
                    time_to_live=ttl,
                )
                for event, o, at, ttl in schedules
            ]
            now = choose_instant(rows, anchor, pick, moment)
            expected = set()
            for step in [0, *steps]:
                now += dt.timedelta(minutes=step)
                expected |= reference.due_now(rows, now, expected)
                ask_due(now)
                assert announced(Survey, "available_at") == expected

    def test_the_comparison_above_is_about_something(self):
        """Guards the test above: examples in which nothing is due would prove nothing."""
        if not self.sizes:
            self.test_the_same_notifications_none_missing_none_twice()
        assert sum(size > 0 for size in self.sizes) > len(self.sizes) / 2

    def test_all_events_of_all_times_when_time_does_not_matter(self):
        now = dt.datetime(2026, 11, 25, 12, tzinfo=dt.UTC)
        make_world(
            [
                (
                    "Europe/Istanbul",
                    True,
                    [(3, "FEMALE", None, [], 0)],
                    [(50, 10, 0, False, True), (290, 5, 0, False, True)],
                )
            ],
            [([0, 2], True, True, True)],
            now,
        )
        kind = make_type()
        make_schedule(kind)
        make_schedule(kind, "prenatal_checkup")
        assert announce_due(now, regardless_of_time=True) == 2 + 4 + 1
        assert announce_due(now, regardless_of_time=True) == 0


@pytest.mark.django_db
def test_more_than_one_list_is_read_across_commits(monkeypatch):
    monkeypatch.setattr(engine, "CHUNK", 3)
    make_vaccine(0)
    user = make_user()
    for _ in range(8):
        make_child(user, dt.date(2026, 11, 25))
    make_schedule(make_type())
    assert announce_due(dt.datetime(2026, 11, 25, 7, tzinfo=dt.UTC)) == 8
    assert NotificationEvent.objects.count() == 8
