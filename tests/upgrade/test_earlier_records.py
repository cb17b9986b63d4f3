"""What the upgrade makes of records: one pregnancy of a person goes on, and each tick is a record. Told beforehand."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
from collections import Counter
from dataclasses import dataclass

import psycopg
import pytest

from hera.child_health import calendar
from tests.upgrade import legacy
from tests.upgrade.conftest import migrated

DAY = dt.timedelta(days=1)
one_dump = pytest.mark.parametrize("name", ["legacy_public"], indirect=True)
DUMPED_ON = dt.date(2026, 11, 24)
# In Istanbul and Kabul it is the next day already.
EVENING = dt.datetime.combine(dt.datetime.now(dt.UTC).date() - 2 * DAY, dt.time(22, 30), tzinfo=dt.UTC)
PREGNANT_AGAIN = """
    INSERT INTO child_health_pregnancy (user_id, declared_pregnancy_week, declared_number_of_prenatal_visits,
        estimated_start_date, estimated_delivery_date, created_at, updated_at)
    SELECT user_id, declared_pregnancy_week, declared_number_of_prenatal_visits, %(due)s::date - 280, %(due)s::date,
        created_at + %(later)s, updated_at
    FROM child_health_pregnancy WHERE id = %(id)s
    RETURNING id
"""


def ask(url, statement, parameters=None):
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(statement, parameters)
        return cursor.fetchall() if cursor.description else []


def again(url, pregnancy, due, later=DAY):
    """Another pregnancy of the same person, declared so much later; returns its id."""
    ((made,),) = ask(url, PREGNANT_AGAIN, {"id": pregnancy, "due": due, "later": later})
    return made


def shell(url, script):
    run = legacy.manage(url, "shell", "--no-imports", "-c", script)
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


@dataclass(frozen=True)
class Doubled:
    """A database of people who posted twice, and of ticks set in the evening.

    Args:
        old: its URL. new: that of a copy after `migrate`.
        superseded: the pregnancies that are to end.
    """

    old: str
    new: str
    superseded: set[int]


@pytest.fixture(scope="module")
def made_once() -> dict[str, set[int]]:
    """Of which dumps there are such databases, and what is to end in them: an upgrade takes as long as these tests."""
    return {}


@pytest.fixture
def doubled(server, name, made_once) -> Doubled:
    before, after = f"doubled_{name}", f"doubled_upgraded_{name}"
    if name not in made_once:
        made_once[name] = double(server.create(before, name))
        migrated(server.create(after, before))
    mine = (server.create(f"{which}_{os.getpid()}", which) for which in (before, after))
    return Doubled(*mine, made_once[name])


def double(old: str) -> set[int]:
    """Make people of a database post twice; returns which pregnancies are to end."""
    today = dt.date.today()
    bring_up_to(old, today)
    first, second, third, fourth, fifth = (
        row for (row,) in ask(old, "SELECT id FROM child_health_pregnancy ORDER BY id LIMIT 5")
    )
    soon = today + 100 * DAY
    superseded = {first, second}
    again(old, first, soon)
    superseded.add(again(old, second, soon))
    again(old, second, soon, 2 * DAY)
    superseded.add(again(old, third, soon, -DAY))  # an older one, though its id is higher
    over = again(old, fourth, today - 40 * DAY)  # newer, and no longer running
    barely = again(old, fifth, today - 20 * DAY)
    superseded.add(fifth)  # the newer one has 8 days to go
    assert over
    assert barely
    ask(old, "UPDATE child_health_pastvaccination SET created_at = %s", [EVENING])
    # Their doses of the eighth week were due these days.
    ask(
        old,
        "UPDATE child_health_child SET date_of_birth = current_date - 56 - (id % 6)::int"
        " WHERE id IN (SELECT child_id FROM child_health_pastvaccination)",
    )
    ask(old, "UPDATE user_profile_userprofile SET timezone = 'Mars/Base' WHERE user_id % 7 = 0")
    return superseded


def bring_up_to(old, today):
    """Move pregnancies, and what was said of them, so that this holds long after the dump was made."""
    passed = {"days": (today - DUMPED_ON).days}
    ask(
        old,
        "UPDATE child_health_pregnancy SET estimated_start_date = estimated_start_date + %(days)s,"
        " estimated_delivery_date = estimated_delivery_date + %(days)s,"
        " created_at = created_at + %(days)s * interval '1 day'",
        passed,
    )
    ask(
        old,
        "UPDATE events_notificationevent SET context = context || hstore('date',"
        " ((context -> 'date')::date + %(days)s)::text) WHERE event_key LIKE 'prenatal%%'",
        passed,
    )


def test_it_is_told_and_comes_true(doubled):
    url = doubled.new
    ((ticks,),) = ask(doubled.old, "SELECT count(*) FROM child_health_pastvaccination")
    ours = ["is_shown", "ended_at", "declared_on", "plan_version", "visits_missed"]
    rows = f"SELECT to_jsonb(t) - ARRAY{ours} FROM {{}} t ORDER BY id"
    tables = ("child_health_pregnancy", "child_health_pastvaccination")
    before = [ask(doubled.old, rows.format(table)) for table in tables]
    check = legacy.manage(doubled.old, "upgrade_check")
    assert check.returncode == 0, check.stdout + check.stderr
    told = re.search(r"child_health\.0018_earlier_records: .*", check.stdout)[0]
    assert "5 pregnancies of 4 people end, each superseded by a newer one that runs" in told
    assert f"{ticks} ticks become records" in told
    silent = int(re.search(r"by which (\d+) doses fall silent", told)[1])
    assert silent == len(silenced(doubled.old))
    assert silent > 5

    assert [ask(url, rows.format(table)) for table in tables] == before, "what people told stays as they told it"
    ended = ask(
        url,
        "SELECT pregnancy.id, kind, source, ended_at = recorded_at, entered_by_id, taken_back_at"
        " FROM child_health_pregnancy pregnancy LEFT JOIN child_health_pregnancyoutcome outcome"
        " ON outcome.pregnancy_id = pregnancy.id WHERE ended_at IS NOT NULL",
    )
    assert {row[0] for row in ended} == doubled.superseded
    assert {row[1:] for row in ended} == {("superseded", "upgrade", True, None, None)}
    recorded = ask(
        url,
        "SELECT given.child_id, given.vaccine_id, timezone, due_by, source, client_key = 'tick-' || tick.id"
        " FROM child_health_dosegiven given JOIN child_health_pastvaccination tick USING (child_id, vaccine_id)"
        " JOIN child_health_child child ON child.id = tick.child_id JOIN user_profile_userprofile USING (user_id)",
    )
    assert len(recorded) == ticks
    assert {row[4:] for row in recorded} == {("tick", True)}
    days = {(zone, day.day) for _, _, zone, day, _, _ in recorded}
    there, here = EVENING.day, (EVENING + DAY).day
    assert days >= {("Europe/Istanbul", here), ("Mars/Base", there)}
    assert days <= {("UTC", there), ("Asia/Kabul", here), ("Europe/Istanbul", here), ("Mars/Base", there)}

    again = shell(
        url,
        "from django.db import connection\nfrom hera.child_health import earlier_records\nfrom hera.core import clock\n"
        "print(earlier_records.take_over(connection, clock.now()))",
    )
    assert again.strip() == "set()", "run again it makes nothing twice"
    assert ask(url, "SELECT count(*) FROM child_health_dosegiven") == [(ticks,)]
    assert "Nothing to do" in legacy.manage(url, "upgrade_check").stdout


def silenced(url):
    """Child and dose of what a tick stands for while the seed's survey may still ask of it: worked out one by one."""
    now = dt.datetime.now(dt.UTC)
    found = set()
    for child, born, gender, dose, week, male, female, zone in ask(
        url,
        "SELECT child.id, child.date_of_birth, child.gender, dose.id, week_age, applicable_for_male,"
        " applicable_for_female, timezone"
        " FROM child_health_pastvaccination tick JOIN child_health_child child ON child.id = tick.child_id"
        " JOIN user_profile_userprofile USING (user_id)"
        " JOIN child_health_vaccine vaccine ON vaccine.id = tick.vaccine_id AND is_active"
        " JOIN child_health_vaccinedose dose ON dose.vaccine_id = vaccine.id",
    ):
        hours = {"Asia/Kabul": 4.5, "Europe/Istanbul": 3}.get(zone, 0)
        local = (now + dt.timedelta(hours=hours)).replace(tzinfo=None)
        ticked_on = (EVENING + dt.timedelta(hours=hours)).date()
        day = born + week * 7 * DAY
        until = dt.datetime.combine(day + DAY, dt.time(10)) + 7 * DAY
        if (male if gender == "MALE" else female) and day <= ticked_on and until >= local:
            found.add((child, dose))
    return found


@one_dump
def test_what_the_earlier_hera_writes_until_it_is_stopped_is_taken_over(upgraded):
    """Between `migrate` and the new service it knows nothing of records."""
    ((pregnancy,),) = ask(upgraded, "SELECT min(id) FROM child_health_pregnancy")
    again(upgraded, pregnancy, dt.date.today() + 100 * DAY)
    ((child,),) = ask(upgraded, "SELECT min(child_id) FROM child_health_pastvaccination")
    ask(upgraded, f"DELETE FROM child_health_pastvaccination WHERE child_id = {child}")
    ((other,),) = ask(
        upgraded,
        "INSERT INTO child_health_pastvaccination (child_id, vaccine_id, created_at)"
        " SELECT id, 2, now() FROM child_health_child"
        " WHERE id NOT IN (SELECT child_id FROM child_health_pastvaccination) AND id <> %s LIMIT 1 RETURNING child_id",
        [child],
    )
    said = legacy.manage(upgraded, "upgrade_check").stdout
    assert "has written 1 ticks without records and 1 pregnancies" in said
    assert "run finish_upgrade" in said
    run = legacy.manage(upgraded, "finish_upgrade")
    assert "records of 3 people" in run.stdout, run.stdout + run.stderr
    assert ask(upgraded, "SELECT source FROM child_health_pregnancyoutcome") == [("upgrade",)]
    assert ask(upgraded, "SELECT vaccine_id FROM child_health_dosegiven WHERE child_id = %s", [other]) == [(2,)]
    standing = "SELECT count(*) FROM child_health_dosegiven WHERE child_id = %s AND retracted_at IS NULL"
    assert ask(upgraded, standing, [child]) == [(0,)]
    assert "Nothing to do" in legacy.manage(upgraded, "upgrade_check").stdout
    assert "records of 0 people" in legacy.manage(upgraded, "finish_upgrade").stdout


@one_dump
def test_nothing_is_finished_before_it_has_begun(old):
    run = legacy.manage(old, "finish_upgrade")
    assert run.returncode == 1
    assert "run migrate first" in run.stderr


CALENDARS = """
import json
from django.contrib.auth.models import User
from hera.child_health.selectors import calendar_of
from hera.child_health.services import today_of
print(json.dumps({
    user.pk: [event.fields() for event in calendar_of(user, today_of(user))]
    for user in User.objects.select_related("profile").filter(profile__isnull=False)
}))
"""


def test_calendars_are_what_they_were(doubled):
    """Of children of whom no dose is known, and of pregnancies that run."""
    ticked = {child for (child,) in ask(doubled.old, "SELECT child_id FROM child_health_pastvaccination")}
    expected = calendars_of_the_earlier_hera(doubled.old, doubled.superseded)
    shown = 0
    for user, events in json.loads(shell(doubled.new, CALENDARS)).items():
        found = [event for event in events if event.get("child_id") not in ticked]
        assert found == [event for event in expected.get(int(user), []) if event.get("child_id") not in ticked]
        shown += len(found)
    assert shown > 500


def calendars_of_the_earlier_hera(url, superseded):
    doses = [
        calendar.Dose(*row)
        for row in ask(
            url,
            "SELECT dose.id, week_age, vaccine.id, coalesce(nullif(nickname, ''), vaccine.name), applicable_for_male,"
            " applicable_for_female FROM child_health_vaccinedose dose"
            " JOIN child_health_vaccine vaccine ON vaccine.id = dose.vaccine_id WHERE is_active ORDER BY dose.id",
        )
    ]
    found = {}
    for user, pk, name, born, gender in ask(
        url, "SELECT user_id, id, name, date_of_birth, gender FROM child_health_child ORDER BY id"
    ):
        found.setdefault(user, []).extend(
            calendar.vaccination(pk, name, born, group) for group in calendar.dose_groups(doses, gender)
        )
    for user, pk, start, declared_on, visits in ask(
        url,
        "SELECT user_id, id, estimated_start_date, (created_at AT TIME ZONE 'UTC')::date,"
        " declared_number_of_prenatal_visits FROM child_health_pregnancy"
        " WHERE estimated_delivery_date >= current_date - 28 AND id <> ALL(%s)",
        [list(superseded)],
    ):
        found.setdefault(user, []).extend(calendar.prenatal_visits(pk, start, declared_on, visits))
    return {user: [event.fields() for event in calendar.merged(events)] for user, events in found.items()}


TABLES = {"generate_notifications": "events_notificationevent", "generate_surveys": "surveys_survey"}
WHAT = "SELECT event_key, schedule_id FROM {}"


def test_both_jobs_announce_nothing_twice_in_the_week_after(doubled):
    """At once, a minute, a day and a week later: and a visit of which something was said is not said again."""
    url = doubled.new
    before = {job: Counter(ask(doubled.old, WHAT.format(table))) for job, table in TABLES.items()}
    now = dt.datetime.now(dt.UTC)
    noon = dt.datetime.combine(now.date(), dt.time(9), tzinfo=dt.UTC)
    instants = [now, now + dt.timedelta(minutes=1), *(noon + days * DAY for days in range(1, 9))]
    for job in TABLES:
        shell(
            url,
            "import datetime as dt\nfrom django.core.management import call_command\n"
            + "".join(f"call_command({job!r}, at=dt.datetime.fromisoformat({at.isoformat()!r}))\n" for at in instants),
        )
    for job, table in TABLES.items():
        after = Counter(ask(url, WHAT.format(table)))
        assert before[job] <= after
        assert max(after.values()) == 1
        assert len(after) > len(before[job]), "the windows of that week were not inside"
    keys = {key for (key,) in ask(url, "SELECT event_key FROM events_notificationevent WHERE created_at > %s", [now])}
    gone = {int(re.search(r"pregnancy-(\d+)", key)[1]) for key in keys if "pregnancy" in key} & doubled.superseded
    assert not gone, "superseded pregnancies announce nothing"


@one_dump
def test_superseded_pregnancies_announce_nothing_ever(doubled):
    url = doubled.new
    ask(url, "DELETE FROM events_notificationevent")
    shell(
        url,
        "from django.core.management import call_command\n"
        "call_command('generate_notifications', '--force-create-events')",
    )
    announced = {
        int(key) for (key,) in ask(url, "SELECT context ->> 'pregnancy_id' FROM events_notificationevent") if key
    }
    assert len(announced) > 50
    assert not announced & doubled.superseded
