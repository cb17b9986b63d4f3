from __future__ import annotations

import datetime as dt
import signal
import subprocess
import sys
import time

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection

from hera.child_health.plan import stored
from hera.core import clock
from hera.delivery import claims
from hera.delivery.models import Message
from hera.events.models import NotificationEvent
from hera.events.services import announce_due
from tests.families import make_child, make_pregnancy, make_schedule, make_type, make_user, make_vaccine, utc
from tests.own_lists import notifications_of
from tests.threads import at_once

BORN = dt.date(2026, 9, 30)  # eight weeks old on 25 November 2026
NOON = utc("2026-11-25T12:00")


@pytest.fixture
def due_world(db):
    make_vaccine(8, name="BCG")
    make_schedule(make_type())
    return [make_child(make_user(), BORN) for _ in range(3)]


def jobs() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'hera.delivery.send_messages'")
        return cursor.fetchone()[0]


def test_an_event_is_committed_with_its_message_and_its_task(due_world):
    assert announce_due(NOON) == 3
    assert NotificationEvent.objects.count() == Message.objects.filter(state="queued").count() == 3
    assert jobs() == 1
    event = NotificationEvent.objects.get(user=due_world[0].user)
    assert event.event_key.startswith(f"vaccination/child-{due_world[0].pk}/doses-")
    assert event.notification_available_at == utc("2026-11-25T06:00")
    assert event.notification_expires_at == utc("2026-11-26T06:00")
    assert event.context["vaccine_names"] == "BCG"


def test_if_the_task_cannot_be_written_neither_is_the_event(due_world, monkeypatch):
    def fail(*_args, **_kwargs):
        raise RuntimeError("killed here")

    monkeypatch.setattr("hera.delivery.outbox.defer", fail)
    with pytest.raises(RuntimeError):
        announce_due(NOON)
    assert not NotificationEvent.objects.exists()


@pytest.mark.parametrize(("at", "created"), [("05:59:59", 0), ("06:00:00", 3), ("07:00:00", 3)])
def test_a_job_that_is_an_hour_late_still_announces(due_world, at, created):
    assert announce_due(utc(f"2026-11-25T{at}")) == created


def test_inactive_people_get_nothing(due_world):
    user = due_world[0].user
    user.is_active = False
    user.save()
    assert announce_due(NOON) == 2


def test_a_dry_run_changes_nothing(due_world, capsys):
    stored.catch_up()
    call_command("generate_notifications", "--dry-run", "--at", "2026-11-25T12:00:00Z")
    assert " due=3 " in capsys.readouterr().out
    assert not NotificationEvent.objects.exists()


def test_the_last_line_says_what_was_created(due_world, capsys):
    call_command("generate_notifications", "--at", "2026-11-25T15:00:00+03:00")
    line = capsys.readouterr().out.strip().splitlines()[-1]
    assert line.startswith("job=notifications at=2026-11-25T12:00:00+00:00 dry_run=false created=3 seconds=")


def test_force_creates_every_event_once(due_world, capsys):
    call_command("generate_notifications", "--force-create-events", "--at", "2030-01-01T00:00:00Z")
    call_command("generate_notifications", "--force-create-events", "--at", "2030-01-01T00:00:00Z")
    assert [line.split()[3] for line in capsys.readouterr().out.strip().splitlines()] == ["created=3", "created=0"]


def test_an_instant_that_is_none_is_refused():
    with pytest.raises(Exception, match="is not an instant such as"):
        call_command("generate_notifications", "--at", "tomorrow")


def test_a_quiet_and_a_busy_run_take_a_fixed_number_of_statements(due_world, django_assert_num_queries):
    """Schedules, whose plan is out of date with its planner settings, zones, programme; settings.

    The rows come by a cursor of their own.
    Three are savepoints' ends.
    """
    stored.catch_up()
    quiet = 10
    with django_assert_num_queries(quiet):
        announce_due(utc("2026-11-20T12:00"))
    # Savepoint, events, messages, tasks, release: for a list of up to 5,000 events.
    with django_assert_num_queries(quiet + 5):
        announce_due(NOON)
    for _ in range(150):
        make_child(due_world[0].user, BORN)
    stored.catch_up()
    with django_assert_num_queries(quiet + 5):
        assert announce_due(NOON) == 150


def test_visits_are_announced_on_their_monday(db):
    make_schedule(make_type(), "prenatal_checkup", at=dt.time(8))
    user = make_user()
    make_pregnancy(user, dt.date(2026, 9, 22), dt.date(2026, 9, 30))
    assert announce_due(utc("2026-11-30T04:59")) == 0
    assert announce_due(utc("2026-11-30T05:00")) == 1
    assert NotificationEvent.objects.get().context["weeks_pregnant"] == "10"


@pytest.mark.django_db(transaction=True)
def test_two_jobs_at_once_announce_everything_once():
    make_vaccine(8, name="BCG")
    make_schedule(make_type())
    user = make_user()
    for _ in range(400):
        make_child(user, BORN)
    created = at_once(4, lambda _place: announce_due(NOON))
    assert sum(created) == NotificationEvent.objects.count() == Message.objects.count() == 400


@pytest.mark.django_db(transaction=True)
def test_a_job_killed_half_way_is_finished_by_the_next():
    """The killed process is a real one; what it had committed stays, with its deliveries, and nothing doubles."""
    make_vaccine(8, name="BCG")
    make_schedule(make_type())
    user = make_user()
    for _ in range(300):
        make_child(user, BORN)
    process = subprocess.Popen([sys.executable, "-c", _SLOW_JOB.format(name=connection.settings_dict["NAME"])])
    deadline = time.monotonic() + 30
    while not NotificationEvent.objects.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    done = NotificationEvent.objects.count()
    assert 0 < done < 300
    assert Message.objects.count() == done
    assert announce_due(NOON) == 300 - done
    assert NotificationEvent.objects.count() == Message.objects.count() == 300


# The job itself, with lists of 20 and a pause after each commit, so that a kill finds it half way.
_SLOW_JOB = """
import os, time
name = {name!r}
import django
os.environ["DJANGO_SETTINGS_MODULE"] = "hera.settings"
django.setup()
from django.db import connection
connection.settings_dict["NAME"] = name
import datetime as dt
from hera.scheduling import engine
from hera.events import services
engine.CHUNK = 20
announce = services._announce
def slowly(*args):
    created = announce(*args)
    time.sleep(0.2)
    return created
services._announce = slowly
services.announce_due(dt.datetime(2026, 11, 25, 12, tzinfo=dt.UTC))
"""


def test_f13_what_came_and_went_while_no_job_ran_is_recorded_and_not_sent(db):
    make_vaccine(0)
    user = make_user()
    make_child(user, dt.date(2026, 11, 25))
    make_schedule(make_type(), at=dt.time(9), ttl=dt.timedelta(minutes=5))
    with time_machine.travel(utc("2026-11-25T05:00"), tick=False):
        call_command("generate_notifications")
    with time_machine.travel(utc("2026-11-25T06:07"), tick=False):  # nine o'clock in Istanbul was 06:00
        call_command("generate_notifications")
        event = NotificationEvent.objects.get()
        assert event.notification_expires_at < clock.now()
        claims.expire()
        assert event.messages.get().state == "expired"
        assert [row["id"] for row in notifications_of(user)] == [event.pk]
    with time_machine.travel(utc("2026-11-25T06:08"), tick=False):
        call_command("generate_notifications")
    assert NotificationEvent.objects.count() == 1
