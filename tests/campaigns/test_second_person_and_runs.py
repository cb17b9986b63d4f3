"""Messages that a second person lets go, that go out by each mother's own clock, and that are sent again."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest
import time_machine

from hera.campaigns import own_texts, recurrence, services, waiting
from hera.campaigns.services import WrongState
from hera.core import clock
from hera.events.models import InstantNotification, NotificationEvent, NotificationType
from hera.panel.models import AuditEntry
from tests.families import make_type, make_user
from tests.staff import make_staff

State = InstantNotification.State
NOON = dt.datetime(2026, 11, 26, 12, tzinfo=dt.UTC)  # 15:00 in Istanbul


@pytest.fixture
def kind(db):
    return make_type("news.clinic_moved", en=("News", "Open HERA", "The clinic has moved."))


def draft(kind, **fields):
    return InstantNotification.objects.create(notification_type=kind, **{"criteria": {}, **fields})


def approve(message, account):
    """As whoever has read it as it is now."""
    services.approve(message, account.pk, own_texts.version(InstantNotification.objects.get(pk=message.pk)))


def send_due(at=None):
    return sum(services.send_due(at or clock.now()))


class TestASecondPerson:
    @pytest.fixture
    def few(self, settings):
        settings.HERA = dataclasses.replace(settings.HERA, message_approval_above=2)

    def test_to_few_people_it_needs_nobody(self, kind, few):
        make_user(), make_user()
        message = draft(kind)
        services.confirm(message)
        message.refresh_from_db()
        assert message.state == State.SCHEDULED

    def test_to_more_it_waits_for_somebody_who_wrote_no_part_of_it(self, kind, few):
        for _ in range(3):
            make_user()
        writer, helper, other = (make_staff("programme admin", f"{name}@example.org") for name in "who")
        message = draft(kind, created_by=writer)
        services.save_draft(message, helper.pk)
        services.confirm(message)
        assert (message.state, send_due()) == (State.APPROVAL, 0)
        for own in (writer, helper):
            with pytest.raises(WrongState, match="ask a colleague"):
                approve(message, own)
        assert send_due() == 0
        approve(message, other)
        with pytest.raises(WrongState):
            approve(message, other)
        message.refresh_from_db()
        assert (message.approved_by, send_due()) == (other, 3)

    def test_it_can_be_given_back_or_stopped(self, kind, few):
        for _ in range(3):
            make_user()
        back, stopped = draft(kind), draft(kind)
        for message in (back, stopped):
            services.confirm(message)
        services.give_back(back)
        services.stop(stopped)
        states = InstantNotification.objects.order_by("pk").values_list("state", flat=True)
        assert [*states] == [State.DRAFT, State.STOPPED]
        with pytest.raises(WrongState):
            services.give_back(stopped)

    def test_what_was_confirmed_goes_out_whatever_becomes_of_the_type(self, kind, few):
        for _ in range(3):
            make_user()
        message = draft(kind)
        services.confirm(message)
        kind.templates.update(push_title="Something else", in_app_content="Something else.")
        approve(message, make_staff("programme admin", "other@example.org"))
        kind.templates.all().delete()
        assert send_due() == 3
        said = NotificationEvent.objects.values_list("notification_type__templates__in_app_content", flat=True)
        assert {*said} == {"The clinic has moved."}

    def test_a_draft_again_says_what_its_type_says_by_now(self, kind, few):
        for _ in range(3):
            make_user()
        message = draft(kind)
        services.confirm(message)
        services.give_back(message)
        message.refresh_from_db()
        assert (message.notification_type, message.texts_from) == (kind, None)
        assert not NotificationType.objects.filter(is_of_message=True).exists()

    def test_only_what_was_shown_is_approved(self, kind, few):
        for _ in range(3):
            make_user()
        message, other = draft(kind), make_staff("programme admin", "other@example.org")
        services.confirm(message)
        shown = own_texts.version(InstantNotification.objects.get(pk=message.pk))
        services.give_back(message)
        InstantNotification.objects.filter(pk=message.pk).update(criteria={"language": "en"})
        services.confirm(message)
        with pytest.raises(WrongState, match="after you opened this page"):
            services.approve(message, other.pk, shown)
        assert send_due() == 0

    def test_a_draft_that_was_thrown_away_meanwhile_is_not_confirmed(self, kind):
        message = draft(kind)
        services.throw_away([InstantNotification.objects.get(pk=message.pk)])
        with pytest.raises(WrongState, match="thrown away"):
            services.confirm(message)

    def test_people_are_counted_again_when_its_turn_has_come(self, kind, few):
        with time_machine.travel(NOON, tick=False) as moment:
            writer, other = (make_staff("programme admin", f"{name}@example.org") for name in "wo")
            message = draft(kind, created_by=writer, send_at=NOON + dt.timedelta(days=200))
            services.confirm(message)
            for _ in range(3):
                make_user()
            moment.shift(dt.timedelta(days=200))
            assert send_due() == 0
            message.refresh_from_db()
            assert message.state == State.APPROVAL
            assert waiting.for_account(writer.pk) == ([message.pk], [])
            assert waiting.for_account(other.pk) == ([], [message.pk])
            assert AuditEntry.objects.get(about=f"message {message.pk}").detail == {"asks_for_approval": True}
            approve(message, other)
            assert send_due() == 3

    def test_so_they_are_at_each_turn_of_a_message_by_her_own_clock(self, kind, few):
        with time_machine.travel(NOON, tick=False) as moment:
            make_user(zone="Asia/Kabul"), make_user(zone="Europe/Berlin")
            services.confirm(message := draft(kind, send_at=NOON + dt.timedelta(hours=3), at_local_time=True))
            assert send_due() == 1, "15:00 in Kabul"
            make_user(zone="Europe/Berlin")
            moment.shift(dt.timedelta(hours=6))
            assert send_due() == 0
            with pytest.raises(WrongState, match="have got this message already"):
                services.give_back(message)
            approve(message, make_staff("programme admin", "other@example.org"))
            assert send_due() == 2

    def test_so_they_are_at_each_run_until_one_is_approved(self, kind, few):
        with time_machine.travel(NOON, tick=False) as moment:
            make_user(), make_user()
            services.confirm(draft(kind, send_at=NOON, repeats="week", repeats_until=dt.date(2027, 6, 1)))
            assert send_due() == 2
            make_user()
            moment.shift(dt.timedelta(weeks=1))
            assert send_due() == 0
            run = InstantNotification.objects.get(state=State.APPROVAL)
            with pytest.raises(WrongState, match="have got this message already"):
                services.give_back(run)
            approve(run, make_staff("programme admin", "other@example.org"))
            kind.templates.update(in_app_content="Something else.")
            for _ in range(3):
                assert send_due() == 3
                moment.shift(dt.timedelta(weeks=1))
        said = NotificationEvent.objects.filter(notification_type__templates__in_app_content="The clinic has moved.")
        assert said.count() == 9


class TestByEachMothersClock:
    @pytest.fixture(autouse=True)
    def _noon(self, settings):
        settings.HERA = dataclasses.replace(settings.HERA, default_timezone="Europe/Istanbul")
        with time_machine.travel(NOON, tick=False):
            yield

    def test_each_zone_has_its_turn_and_nobody_two(self, kind, monkeypatch):
        monkeypatch.setattr(services, "BATCH", 2)
        people = {
            zone: [make_user(zone=zone).pk for _ in range(3)]
            for zone in ("Asia/Kabul", "Europe/Istanbul", "Europe/Berlin")
        }
        message = draft(kind, send_at=NOON + dt.timedelta(hours=3), at_local_time=True)  # 18:00 where she lives
        services.confirm(message)
        for hour, zone in (
            (13, None),
            (13.5, "Asia/Kabul"),
            (15, "Europe/Istanbul"),
            (16.9, None),
            (17, "Europe/Berlin"),
        ):
            with time_machine.travel(NOON.replace(hour=0) + dt.timedelta(hours=hour), tick=False):
                before = set(NotificationEvent.objects.values_list("user_id", flat=True))
                assert send_due() == (3 if zone else 0), hour
                new = set(NotificationEvent.objects.values_list("user_id", flat=True)) - before
                assert new == set(people.get(zone, []))
        message.refresh_from_db()
        assert (message.state, message.people_reached) == (State.SENT, 9)

    def test_who_moves_to_a_zone_that_had_its_turn_is_not_lost(self, kind):
        east, west = make_user(zone="Asia/Kabul"), make_user(zone="Europe/Berlin")
        make_user(zone="Europe/Berlin")
        services.confirm(draft(kind, send_at=NOON + dt.timedelta(hours=3), at_local_time=True))
        with time_machine.travel(NOON + dt.timedelta(hours=2), tick=False):
            assert send_due() == 1
        west.profile.timezone = "Asia/Kabul"
        west.profile.save()
        with time_machine.travel(NOON + dt.timedelta(hours=5), tick=False):
            assert send_due() == 2
        assert NotificationEvent.objects.filter(user__in=[east, west]).count() == 2

    def test_whoever_is_killed_in_a_turn_goes_on_where_it_was(self, kind, monkeypatch):
        monkeypatch.setattr(services, "BATCH", 2)
        for zone in ("Asia/Kabul", "Europe/Istanbul", "Europe/Berlin") * 2:
            make_user(zone=zone)
        services.confirm(draft(kind, send_at=NOON + dt.timedelta(hours=3), at_local_time=True))
        with time_machine.travel(NOON + dt.timedelta(hours=2), tick=False):
            killed = services.send_due(clock.now())
            next(killed)
            killed.close()
        with time_machine.travel(NOON + dt.timedelta(hours=6), tick=False):
            send_due()
            send_due()
        assert NotificationEvent.objects.values("user").distinct().count() == NotificationEvent.objects.count() == 6


class TestSentAgain:
    def test_each_run_is_a_message_of_its_own_until_the_day(self, kind):
        make_user()
        with time_machine.travel(NOON, tick=False):
            first = draft(
                kind, criteria={"language": "en"}, send_at=NOON, repeats="week", repeats_until=dt.date(2026, 12, 10)
            )
            services.confirm(first)
        reached = 0
        for day in range(30):
            with time_machine.travel(NOON + dt.timedelta(days=day), tick=False):
                reached += send_due()
        assert reached == NotificationEvent.objects.count() == 3
        runs = InstantNotification.objects.order_by("send_at")
        assert [run.send_at for run in runs] == [NOON + dt.timedelta(weeks=week) for week in range(3)]
        assert {run.state for run in runs} == {State.SENT}
        assert [run.run_of for run in runs] == [None, first, first]

    def test_what_an_outage_left_out_is_not_made_up_for(self, kind):
        make_user()
        with time_machine.travel(NOON, tick=False):
            services.confirm(draft(kind, send_at=NOON, repeats="week", repeats_until=dt.date(2027, 1, 30)))
        with time_machine.travel(NOON + dt.timedelta(days=20), tick=False):
            assert send_due() == 1
            assert InstantNotification.objects.get(state=State.SCHEDULED).send_at == NOON + dt.timedelta(days=21)

    def test_stopping_ends_the_runs_to_come(self, kind):
        make_user()
        with time_machine.travel(NOON, tick=False):
            message = draft(kind, send_at=NOON, repeats="month", repeats_until=dt.date(2027, 6, 1))
            services.confirm(message)
            send_due()
            services.stop(message)
        assert {run.state for run in InstantNotification.objects.all()} == {State.STOPPED}

    @pytest.mark.parametrize("pressed", ["first", "later"])
    def test_stopping_while_a_later_run_goes_out_ends_that_too(self, kind, monkeypatch, pressed):
        monkeypatch.setattr(services, "BATCH", 1)
        for _ in range(3):
            make_user()
        with time_machine.travel(NOON, tick=False) as moment:
            first = draft(kind, send_at=NOON, repeats="week", repeats_until=dt.date(2027, 6, 1))
            services.confirm(first)
            send_due()
            later = services.following(first)
            moment.shift(dt.timedelta(weeks=1))
            next(services.send_due(clock.now()))
            later.refresh_from_db()
            assert later.state == State.SENDING
            assert services.following(first) == later, "its page leads there"
            services.stop({"first": first, "later": later}[pressed])
            moment.shift(dt.timedelta(weeks=8))
            assert send_due() == 0
        later.refresh_from_db()
        assert (later.state, later.finished_at is not None) == (State.STOPPED, True)
        assert (later.people_reached, later.people_withdrawn) == (1, 1), "what no worker has begun is taken back"
        assert InstantNotification.objects.count() == 2

    def test_no_run_follows_where_one_was_stopped(self, kind):
        with time_machine.travel(NOON, tick=False):
            first = draft(kind, state=State.STOPPED, send_at=NOON, repeats="week", repeats_until=dt.date(2027, 6, 1))
            later = draft(
                kind,
                state=State.SCHEDULED,
                send_at=NOON,
                repeats="week",
                repeats_until=first.repeats_until,
                run_of=first,
            )
            assert send_due() == 0
        later.refresh_from_db()
        assert (later.state, InstantNotification.objects.count()) == (State.SENT, 2)

    @pytest.mark.parametrize(
        ("repeats", "first", "days"),
        [
            ("week", "2026-12-25", ["2027-01-01", "2027-01-08"]),
            ("month", "2026-12-31", ["2027-01-31", "2027-02-28", "2027-03-31"]),
            ("month", "2027-11-30", ["2027-12-30", "2028-01-30", "2028-02-29"]),
        ],
    )
    def test_days(self, repeats, first, days):
        found = recurrence.days_of(repeats, dt.date.fromisoformat(first))
        assert [next(found).isoformat() for _ in days] == days
