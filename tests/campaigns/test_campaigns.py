"""Messages of staff: who gets one, once, what is seen beforehand, and stopping."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob

from hera.campaigns import dry_run, services
from hera.campaigns.services import WrongState
from hera.child_health.models import Child
from hera.config import Environment
from hera.core import clock
from hera.delivery.channels import registry
from hera.delivery.models import Attempt, Message
from hera.delivery.models import State as DeliveryState
from hera.devserver.loopback import Misbehaviour
from hera.events.models import InstantNotification, NotificationEvent
from hera.events.services import mark_all_as_read
from tests.delivery.sending import provider_settings, send
from tests.families import make_child, make_type, make_user
from tests.own_lists import notifications_of
from tests.threads import at_once

State = InstantNotification.State


@pytest.fixture
def kind():
    return make_type(
        "news.clinic_moved",
        en=("News", "Open HERA", "Dear {{ person_name }}, the clinic has moved."),
        ar=("أخبار", "افتحي هيرا", "عزيزتي {{ person_name }}، انتقلت العيادة."),
    )


def draft(kind, *numbers, **fields):
    return InstantNotification.objects.create(notification_type=kind, phone_numbers=list(numbers), **fields)


def send_due(at=None):
    return sum(services.send_due(at or clock.now()))


@pytest.mark.django_db
class TestWhoGetsIt:
    def test_chosen_numbers_get_it_and_unknown_ones_are_reported(self, kind):
        amal = make_user(number="+905321234567")
        make_user(number="+905321234568", active=False)
        written = "+90 532 123 45 67\n+905321234568, +905329999999; not a number\n+905321234567"
        message = draft(kind, *services.numbers_in(written))
        assert dry_run.dry_run(message).unknown_numbers == ["+905321234568", "+905329999999", "not a number"]
        services.confirm(message)
        assert send_due() == 1
        (event,) = NotificationEvent.objects.all()
        assert (event.user, event.context, event.event_key) == (amal, {"person_name": "Amal"}, None)
        assert event.notification_expires_at - event.notification_available_at == dt.timedelta(days=1)
        assert Message.objects.get().event == event

    def test_what_cannot_be_a_number_is_said(self):
        with pytest.raises(ValueError, match="not a phone number: the numbers of the clinic"):
            services.numbers_in("+905321234567, the numbers of the clinic")

    def test_a_filter_reaches_whom_it_finds_and_nobody_twice(self, kind, monkeypatch):
        monkeypatch.setattr(services, "BATCH", 3)
        readers = {make_user(language="ar").pk for _ in range(10)}
        make_user(language="tr")
        message = draft(kind, criteria={"language": "ar"})
        services.confirm(message)
        assert send_due() == 10
        assert send_due() == 0
        message.refresh_from_db()
        assert (message.state, message.people_reached) == (State.SENT, 10)
        assert message.finished_at is not None
        assert sorted(NotificationEvent.objects.values_list("user_id", flat=True)) == sorted(readers)

    def test_what_is_about_children_goes_to_whom_one_is_reminded_of(self, kind):
        reached, paused, ended = make_user(), make_user(), make_user()
        born, later = dt.date(2026, 1, 5), clock.now().date() + dt.timedelta(days=30)
        make_child(reached, born)
        for mother in (reached, paused):
            Child.objects.filter(pk=make_child(mother, born).pk).update(paused_until=later)
        Child.objects.filter(pk=make_child(ended, born).pk).update(ended_at=clock.now())
        message = draft(kind, criteria={"has_children": "yes"})
        assert dry_run.dry_run(message).people == 1
        services.confirm(message)
        assert send_due() == 1
        assert NotificationEvent.objects.get().user == reached

    def test_one_list_is_a_fixed_number_of_statements(self, kind, django_assert_num_queries):
        for _ in range(7):
            make_user()
        message = draft(kind, criteria={})
        services.confirm(message)
        with django_assert_num_queries(13):
            send_due()

    def test_a_filter_that_cannot_be_read_holds_up_no_other_message(self, kind, caplog):
        make_user()
        draft(kind, criteria={"of": "an older version"}, state=State.SCHEDULED, send_at=clock.now())
        services.confirm(draft(kind, criteria={}))
        assert send_due() == 1
        assert "cannot be sent" in caplog.text


@pytest.mark.django_db
class TestBeforehand:
    def test_a_dry_run_counts_and_shows_each_language_and_sends_nothing(self, kind):
        make_user(language="ar")
        make_user(language="ar")
        make_user(language="tr")
        result = dry_run.dry_run(draft(kind, criteria={}))
        assert result.people == 3
        shown = [(preview.language, preview.people, preview.content.push_title) for preview in result.previews]
        assert shown == [("tr", 1, "News"), ("ar", 2, "أخبار")]  # no Turkish text: English goes out
        assert not NotificationEvent.objects.exists()

    def test_a_draft_is_never_sent(self, kind):
        make_user()
        draft(kind, criteria={})
        assert send_due() == 0

    def test_nobody_confirms_or_changes_it_twice(self, kind):
        message = draft(kind, criteria={})
        services.confirm(message)
        with pytest.raises(WrongState):
            services.confirm(message)
        with pytest.raises(WrongState):
            services.save_draft(message)

    def test_a_message_waits_for_its_time(self, kind):
        make_user()
        later = clock.now() + dt.timedelta(hours=3)
        message = draft(kind, criteria={}, send_at=later)
        services.confirm(message)
        assert send_due() == 0
        assert send_due(later) == 1

    def test_one_that_goes_out_at_once_does_not_wait_for_the_minute(self, kind):
        services.confirm(draft(kind, criteria={}))
        assert ProcrastinateJob.objects.filter(task_name=services.TASK).count() == 1

    def test_a_row_that_the_earlier_service_writes_is_not_sent_again(self, kind):
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO events_instantnotification (phone_numbers, notification_type_id, created_at, updated_at)"
                " VALUES ('{+905321234567}', %s, now(), now())",
                [kind.pk],
            )
        make_user(number="+905321234567")
        assert InstantNotification.objects.get().state == State.SENT
        assert send_due() == 0


@pytest.mark.django_db
class TestStopping:
    def test_what_nobody_has_begun_is_taken_back_and_nobody_else_is_reached(self, kind, monkeypatch):
        monkeypatch.setattr(services, "BATCH", 4)
        for _ in range(6):
            make_user()
        message = draft(kind, criteria={})
        services.confirm(message)
        next(services.send_due(clock.now()))  # four of six
        claimed, tried = Message.objects.order_by("id")[:2]
        Message.objects.filter(pk=claimed.pk).update(state=DeliveryState.CLAIMED)
        Message.objects.filter(pk=tried.pk).update(state=DeliveryState.RETRYING, attempts_made=1)
        services.stop(message)
        assert send_due() == 0
        message.refresh_from_db()
        assert (message.state, message.people_reached, message.people_withdrawn) == (State.STOPPED, 4, 4)
        assert set(Message.objects.values_list("state", flat=True)) == {DeliveryState.WITHDRAWN}
        assert set(Message.objects.values_list("pk", flat=True)) == {claimed.pk, tried.pk}
        assert NotificationEvent.objects.count() == 2

    def test_what_was_tried_before_is_not_tried_again(self, kind, settings, onesignal, messagebird):
        variables = provider_settings(onesignal, messagebird)
        settings.CHANNELS = registry.load_settings(Environment(variables), is_local=True)
        make_user()
        message = draft(kind, criteria={})
        services.confirm(message)
        send_due()
        onesignal.misbehave(Misbehaviour(503))
        assert send().state == DeliveryState.RETRYING
        services.stop(message)
        sent = send()
        assert (sent.state, sent.reason) == (DeliveryState.WITHDRAWN, "staff stopped it")
        assert Attempt.objects.count() == 1

    def test_whom_it_had_not_reached_does_not_read_it(self, kind, settings, onesignal, messagebird):
        """One got the push, one read it in the app, one's was to be tried again, one's had failed for good."""
        variables = provider_settings(onesignal, messagebird)
        settings.CHANNELS = registry.load_settings(Environment(variables), is_local=True)
        got, read, waiting, failed = (make_user(name=name) for name in ("got", "read", "waiting", "failed"))
        message = draft(kind, criteria={})
        services.confirm(message)
        send_due()
        mark_all_as_read(read)
        states = {read: "retrying", waiting: "retrying", failed: "failed"}
        Message.objects.filter(event__user__in=states).update(state="set_aside", attempts_made=1)
        send()
        assert len(onesignal.accepted) == 1
        for user, state in states.items():
            Message.objects.filter(event__user=user).update(state=state)
        services.stop(message)
        lists = {user.profile.name: len(notifications_of(user)) for user in (got, *states)}
        assert lists == {"got": 1, "read": 1, "waiting": 0, "failed": 0}
        found = dict(Message.objects.values_list("event__user__profile__name", "state"))
        assert found == {"got": "delivered", "read": "withdrawn", "waiting": "withdrawn", "failed": "failed"}
        assert {event.withdrawn_because for event in NotificationEvent.objects.filter(user__in=[read, waiting])} == {
            "stopped"
        }
        message.refresh_from_db()
        assert message.people_withdrawn == 2

    def test_there_is_nothing_to_stop_in_a_draft_or_twice(self, kind):
        message = draft(kind, criteria={})
        with pytest.raises(WrongState):
            services.stop(message)
        services.confirm(message)
        services.stop(message)
        with pytest.raises(WrongState):
            services.stop(message)


@pytest.mark.django_db(transaction=True)
def test_several_at_work_reach_everybody_once(kind, monkeypatch):
    monkeypatch.setattr(services, "BATCH", 5)
    for _ in range(62):
        make_user()
    message = draft(kind, criteria={})
    services.confirm(message)
    assert sum(at_once(3, lambda _place: send_due())) == 62
    assert NotificationEvent.objects.values("user").distinct().count() == NotificationEvent.objects.count() == 62


@pytest.mark.django_db(transaction=True)
def test_whoever_is_killed_between_two_lists_has_left_nobody_out(kind, monkeypatch):
    monkeypatch.setattr(services, "BATCH", 5)
    for _ in range(12):
        make_user()
    message = draft(kind, criteria={})
    services.confirm(message)
    killed = services.send_due(clock.now())
    next(killed)
    killed.close()
    message.refresh_from_db()
    assert (message.state, message.people_reached) == (State.SENDING, 5)
    assert send_due() == 7
