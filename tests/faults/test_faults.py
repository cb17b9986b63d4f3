"""Delivery under fire: whatever breaks, every due message has one event, an end with a reason, and one push."""

from __future__ import annotations

import itertools
import random
import time
import zlib

import pytest

from hera.devserver.loopback import Misbehaviour

MISDEEDS = [
    Misbehaviour(500),
    Misbehaviour(503),
    Misbehaviour(429, headers={"Retry-After": "1"}),
    Misbehaviour(drop_connection=True),  # a reset in mid-answer
    Misbehaviour(accept_first=True, drop_connection=True),
    Misbehaviour(accept_first=True, status=500),
    Misbehaviour(wait=1.0, drop_connection=True),  # hangs past the client's time-out
    Misbehaviour(accept_first=True, wait=1.0, body='{"id": "late"}', status=200),  # answers after it
    Misbehaviour(400, body='{"errors": ["bad"]}'),
]


PUT_BACK = (
    "from hera.delivery import claims; from hera.delivery.models import Message;"
    " claims.put_back(list(Message.objects.filter(state='set_aside').values_list('pk', flat=True)))"
)


def misbehaving(share: float):
    """A provider that does one of these things to a share of the requests, always the same ones."""
    dice = random.Random(20261125)
    return lambda: dice.choice(MISDEEDS) if dice.random() < share else None


def assert_all_is_well(country, provider, people):
    """After the storm: the same of every fault."""
    events = "SELECT count(*), count(DISTINCT (event_key, schedule_id)) FROM events_notificationevent"
    assert country.ask(events) == [(people, people)]
    assert country.ask("SELECT count(*), count(DISTINCT event_id) FROM delivery_message") == [(people, people)]
    states = country.states()
    assert set(states) <= {"delivered", "expired", "failed"}, states
    assert country.ask("SELECT count(*) FROM delivery_message WHERE state <> 'delivered' AND reason = ''") == [(0,)]
    pushed = [push["data"]["notification_event_id"] for push in provider.accepted]
    assert len(pushed) == len(set(pushed)), "a push was accepted twice"
    keys = {push["idempotency_key"] for push in provider.requests}
    assert len(keys) == len({push["data"]["notification_event_id"] for push in provider.requests})
    # What HERA calls delivered, the provider has; the reverse may miss an answer that a final refusal followed.
    assert states["delivered"] <= len(pushed)


def test_workers_killed_two_hundred_times_while_five_thousand_messages_go_out(country, onesignal):
    people, kills = 5000, 200
    country.make_due(people)
    country.manage("generate_notifications")
    dice = random.Random(9)
    calm = misbehaving(0.05)

    def slow():
        time.sleep(dice.uniform(0.0, 0.05))
        return calm()

    onesignal.chaos = slow
    killed = in_the_middle = 0
    with country.workers(3) as workers:
        while killed < kills:
            time.sleep(dice.uniform(0.05, 0.3))
            claimed = country.states().get("claimed", 0)
            if workers.kill(dice.choice(workers.pids)):
                killed += 1
                in_the_middle += claimed > 0
            workers.add()
        assert in_the_middle > 20, "the kills hit idle workers"
        country.wait_until_nothing_is_open(600)
        # A message with which workers were lost thrice by chance waits for staff. How many these are depends on how far
        # a worker comes in the half second that it lives, so on the machine; none may be lost or come twice.
        if country.states().get("set_aside", 0):
            country.manage("shell", "--no-imports", "-c", PUT_BACK)
            country.wait_until_nothing_is_open(600)
    assert_all_is_well(country, onesignal, people)


def test_a_provider_that_does_everything_wrong(country, onesignal):
    people = 1000
    country.make_due(people)
    country.manage("generate_notifications")
    onesignal.chaos = misbehaving(0.4)
    with country.workers(2):
        country.wait_until_nothing_is_open(180)
    assert_all_is_well(country, onesignal, people)
    states = country.states()
    assert states["failed"] > 0
    assert states["delivered"] > 0.8 * people


def test_postgresql_restarted_in_the_middle_of_batches(country, onesignal, server):
    people = 2000
    country.make_due(people)
    country.manage("generate_notifications")
    onesignal.chaos = lambda: time.sleep(0.05)
    with country.workers(2) as workers:
        for share in (0.2, 0.5, 0.8):
            onesignal.wait_for(int(share * people), 60)
            server.restart()
        country.wait_until_nothing_is_open(180)
        assert all(workers.kill(pid) for pid in list(workers.pids)), "a worker did not outlive the restart"
    assert_all_is_well(country, onesignal, people)


def test_two_schedulers_at_once_and_one_of_them_killed(country, onesignal):
    people = 3000
    country.make_due(people)
    first, *others = [country.start("generate_notifications") for _ in range(3)]
    inserting = "SELECT 1 FROM pg_stat_activity WHERE query LIKE '%json_to_recordset%' AND pid <> pg_backend_pid()"
    while first.poll() is None and not country.ask(inserting):
        time.sleep(0.005)
    first.kill()
    first.communicate()
    for process in others:
        output = process.communicate()[0]
        assert process.returncode == 0, output
    country.manage("generate_notifications")
    with country.workers(2):
        country.wait_until_nothing_is_open(180)
    assert_all_is_well(country, onesignal, people)


def test_the_clock_jumps_forward_and_back(country, onesignal):
    """As where a machine's clock was wrong and is set: an hour, and a day, each way, under the workers' feet."""
    people = 500
    country.make_due(people)
    onesignal.chaos = misbehaving(0.2)
    jumps = itertools.cycle([0, 3600, -3600, 20 * 3600, 0])
    with country.workers(2):
        for _ in range(6):
            country.clock.write_text(str(next(jumps)))
            country.manage("generate_notifications")
            time.sleep(1)
        country.clock.write_text("0")
        country.wait_until_nothing_is_open(180)
    assert_all_is_well(country, onesignal, people)


# Time passes by jumps of a minute, each when what the one before made due has gone out.
REPLAY = """
import datetime as dt, os, time
from django.conf import settings
from hera.delivery.models import OPEN_STATES, Message
from hera.events.services import announce_due
from hera.surveys.services import ask_due
clock = settings.HERA.local_clock
new_clock = clock.with_suffix(".new")
day = dt.datetime.fromisoformat("{day}T00:00:00+00:00")
for minute in (day + dt.timedelta(minutes=number) for number in range(24 * 60)):
    if {quiet_from} <= minute.hour < {quiet_until}:
        continue
    new_clock.write_text(str((minute - dt.datetime.now(dt.UTC)).total_seconds()))
    os.replace(new_clock, clock)
    announce_due(minute)
    ask_due(minute)
    deadline = time.monotonic() + 60
    while Message.objects.filter(state__in=OPEN_STATES).exists():
        assert time.monotonic() < deadline, minute
        time.sleep(0.02)
"""
# Local times that the change of these zones skips or repeats, and an ordinary one.
TIMES = ["00:30", "01:30", "02:30", "03:30", "09:00"]
# Hours of UTC in which none of these begins or ends in any of the zones: 9:30 in London is the last, 0:30 in Beirut on
# the next day the first.
QUIET = {"quiet_from": 10, "quiet_until": 20}


@pytest.mark.parametrize("day", ["2027-03-28", "2027-10-31"])
def test_a_whole_day_of_schedules_over_a_change_of_clocks_in_three_zones(country, onesignal, day):
    """Every minute in which something of the day is due, many times faster than time goes; workers send, and the
    provider fails now and then."""
    zones = ["Europe/London", "Europe/Athens", "Asia/Beirut"]
    country.make_due(90)
    country.ask("UPDATE user_profile_userprofile SET timezone = (%s::text[])[1 + user_id %% 3]", zones)
    # A third is born so that the day is theirs, a third the day before, a third the day after.
    country.ask("UPDATE child_health_child SET date_of_birth = %s::date - 56 - 1 + (user_id / 3)::int %% 3", day)
    country.ask("DELETE FROM events_notificationschedule")
    country.ask("DELETE FROM surveys_surveyschedule")
    # Each says something of its own: what is the same is said once a day.
    for number, time_of_day in enumerate(TIMES, start=60):
        country.ask(
            "INSERT INTO events_notificationtype (id, code, description) VALUES (%s, 'vaccination.at.' || %s, '-')",
            number,
            number,
        )
        country.ask(
            "INSERT INTO events_notificationtemplate (notification_type_id, language_code, push_title, push_body,"
            " in_app_content) VALUES (%s, 'en', 'A reminder', 'Open HERA', '{{ vaccine_names }}')",
            number,
        )
        country.ask(
            "INSERT INTO surveys_surveytemplate (id, survey_type, code, description)"
            " VALUES (%s, 'MULTIPLE_CHOICE', 'vaccination.at.' || %s, '-')",
            number,
            number,
        )
        country.ask(
            "INSERT INTO events_notificationschedule (calendar_event_type, offset_days, time_of_day, push_time_to_live,"
            " notification_type_id, created_at, updated_at)"
            " VALUES ('vaccination', 0, %s, '30 minutes', %s, now(), now())",
            time_of_day,
            number,
        )
        country.ask(
            "INSERT INTO surveys_surveyschedule (calendar_event_type, offset_days, time_of_day, time_to_live,"
            " survey_template_id, created_at, updated_at)"
            " VALUES ('vaccination', 0, %s, '30 minutes', %s, now(), now())",
            time_of_day,
            number,
        )
    onesignal.chaos = misbehaving(0.1)
    script = REPLAY.format(day=day, **QUIET)
    started = time.monotonic()
    with country.workers(2):
        country.manage("shell", "--no-imports", "-c", script, seconds=900)
    assert time.monotonic() - started < 86400 / 60, "this is to be faster than sixty-fold"
    assert_all_is_well(country, onesignal, country.ask("SELECT count(*) FROM events_notificationevent")[0][0])
    for table in ("events_notificationevent", "surveys_survey"):
        found = country.ask(
            f"SELECT event_key, schedule_id, count(*) FROM {table} WHERE context ->> 'date' = %s GROUP BY 1, 2", day
        )
        # What opens up to half an hour before the first minute is still open in it.
        expected = country.ask(
            "SELECT count(*) FROM child_health_child child JOIN user_profile_userprofile profile USING (user_id)"
            " CROSS JOIN unnest(%s::time[]) time_of_day WHERE child.date_of_birth = %s::date - 56"
            " AND (%s::date + time_of_day) AT TIME ZONE profile.timezone >= %s::timestamptz - interval '30 minutes'",
            TIMES,
            day,
            day,
            f"{day}T00:00:00+00:00",
        )
        assert {count for _, _, count in found} == {1}
        assert len(found) == expected[0][0] > 100


ASK_FOR_AN_EXPORT = """
from django.contrib.auth.models import User
from hera.exports import services as exports
staff = User.objects.create_user("staff@example.org", is_staff=True)
print(exports.ask(staff, "children", "csv", {}, is_masked=False).pk)
"""


def test_an_export_is_made_by_a_process_beside_the_worker_and_survives_its_death(country):
    country.make_due(3000)
    export = int(country.manage("shell", "--no-imports", "-c", ASK_FOR_AN_EXPORT))

    def state():
        return country.ask("SELECT state, percent FROM exports_exportfile WHERE id = %s", export)[0]

    def is_under_way():
        what, percent = state()
        assert what != "ready", "it was over before anybody looked"
        return what == "making" and percent > 0

    maker = country.start("make_exports")
    _wait(is_under_way)
    maker.kill()
    maker.communicate()
    assert state()[0] == "making"
    country.ask("UPDATE exports_exportfile SET progressed_at = progressed_at - interval '1 hour'")  # later

    with country.workers(1):
        _wait(lambda: state() == ("ready", 100))
    pieces = country.ask("SELECT data FROM exports_exportpiece WHERE file_id = %s ORDER BY number", export)
    lines = b"".join(zlib.decompress(data) for (data,) in pieces).decode("utf-8-sig").splitlines()
    assert len(lines) == 1 + 3000
    assert len(set(lines)) == len(lines)


def _wait(happened, seconds=60):
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.01)
