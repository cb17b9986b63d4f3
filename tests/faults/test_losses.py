"""A loss is entered while thousands of messages are going out and workers are being killed: none of hers follows it."""

from __future__ import annotations

import datetime as dt
import json
import random
import threading
import time

from tests.faults.test_faults import PUT_BACK

PEOPLE, LOSSES, KILLS = 5000, 250, 40
# Week 24 of every pregnancy is this week; its visit, on Monday, is told of today.
MAKE_PREGNANT = """
    INSERT INTO child_health_pregnancy (user_id, declared_pregnancy_week, declared_number_of_prenatal_visits,
        declared_on, estimated_start_date, estimated_delivery_date, created_at, updated_at)
    SELECT id, 12, 0, today - 84, today - 168, today + 112, now(), now()
    FROM auth_user, (SELECT (now() AT TIME ZONE 'Europe/Istanbul')::date AS today) clock;
    DELETE FROM child_health_child;
    DELETE FROM events_notificationschedule;  -- the seed's, which on Mondays tells of the same visit
    INSERT INTO events_notificationschedule (calendar_event_type, offset_days, time_of_day, push_time_to_live,
        notification_type_id, created_at, updated_at)
    VALUES ('prenatal_checkup', extract(isodow FROM now() AT TIME ZONE 'Europe/Istanbul') - 1, '00:00', '2 days', 50,
        now(), now());
    UPDATE events_notificationtemplate SET in_app_content = 'Week {{ weeks_pregnant }}';
"""
# Each line: whose, and the instant after her loss was committed.
LOSE = f"""
import random, time
from django.utils import timezone
from hera.child_health import endings
from hera.child_health.models import Pregnancy, PregnancyOutcome
dice = random.Random(16)
for pk in dice.sample(list(Pregnancy.objects.order_by("pk").values_list("pk", flat=True)), {LOSSES}):
    pregnancy = Pregnancy.objects.select_related("user__profile").get(pk=pk)
    endings.end_pregnancy(pregnancy, PregnancyOutcome.Kind.LOSS, endings.By())
    print(pregnancy.user_id, timezone.now().isoformat(), flush=True)
    time.sleep(dice.uniform(0, 0.05))
"""
A_CALL = dt.timedelta(seconds=1)  # the longest that one on its way then takes (tests/faults/nursery.py)


def test_none_of_hers_goes_out_after_a_loss(country, onesignal):
    country.make_due(PEOPLE)
    country.ask(MAKE_PREGNANT)
    country.manage("generate_notifications")
    owner = dict(country.ask("SELECT id, user_id FROM events_notificationevent"))
    assert len(owner) == PEOPLE
    dice = random.Random(61)
    arrived: list[tuple[int, dt.datetime]] = []
    take = onesignal.handle

    def handle(path, headers, body):
        pushed = json.loads(body)["data"]
        arrived.append((owner[int(pushed["notification_event_id"])], dt.datetime.now(dt.UTC)))
        return take(path, headers, body)

    onesignal.handle = handle
    onesignal.chaos = lambda: time.sleep(dice.uniform(0.0, 0.05))
    lost: dict[int, dt.datetime] = {}
    process = country.start("shell", "--no-imports", "-c", LOSE)

    def read():
        for line in process.stdout:
            user, moment = line.split()
            lost[int(user)] = dt.datetime.fromisoformat(moment)

    reader = threading.Thread(target=read)
    with country.workers(3) as workers:
        reader.start()
        killed = 0
        while killed < KILLS:
            time.sleep(dice.uniform(0.05, 0.3))
            killed += workers.kill(dice.choice(workers.pids))
            workers.add()
        reader.join(120)
        country.wait_until_nothing_is_open(300)
        if country.states().get("set_aside", 0):
            country.manage("shell", "--no-imports", "-c", PUT_BACK)
            country.wait_until_nothing_is_open(300)
    process.stdout.close()
    assert process.wait() == 0
    assert len(lost) == LOSSES

    begun = country.ask(
        "SELECT event.user_id, attempt.started_at FROM delivery_attempt attempt"
        " JOIN delivery_message message ON message.id = attempt.message_id"
        " JOIN events_notificationevent event ON event.id = message.event_id WHERE event.user_id = ANY(%s)",
        list(lost),
    )
    assert [user for user, moment in begun if moment > lost[user]] == [], "begun after she told it"
    assert [user for user, moment in arrived if user in lost and moment > lost[user] + A_CALL] == []
    states = country.ask(
        "SELECT message.state, count(*) FROM delivery_message message"
        " JOIN events_notificationevent event ON event.id = message.event_id WHERE event.user_id = ANY(%s) GROUP BY 1",
        list(lost),
    )
    assert {state for state, _ in states} <= {"withdrawn", "delivered"}
    assert dict(states)["withdrawn"] > LOSSES / 10, "the losses came when all was over"
    others = country.states()
    assert others["delivered"] + others["withdrawn"] == PEOPLE, "everybody else was told"
    pushed = [push["data"]["notification_event_id"] for push in onesignal.accepted]
    assert len(pushed) == len(set(pushed))
