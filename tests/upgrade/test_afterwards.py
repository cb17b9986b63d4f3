"""Life goes on after the upgrade: people stay signed in, staff get in, nothing is announced twice."""

from __future__ import annotations

import datetime as dt
import re

import httpx
import psycopg
import pytest

from hera.devserver.processes import ProcessTree, free_port
from tests.upgrade import legacy

PASSWORD = "legacy-Staff-2022"
AT_RFC_6238 = (59, "94287082"[-6:])  # the standard's first test vector, for its own key


@pytest.fixture
def here(upgraded):
    """The address of a server on an upgraded database."""
    with ProcessTree(legacy.environment(upgraded)) as tree:
        port = free_port()
        tree.start_web(port)
        yield f"http://127.0.0.1:{port}"


def ask(url, statement, *parameters):
    with psycopg.connect(url, autocommit=True) as connection:
        return connection.execute(statement, parameters).fetchall()


def test_people_are_still_signed_in_read_what_they_were_told_and_answer(here, upgraded):
    # Its window closes on a fixed day of 2026, and this test has to hold after it.
    ((survey, user, child),) = ask(
        upgraded,
        "UPDATE surveys_survey SET available_at = now() - interval '1 day', expires_at = now() + interval '1 day'"
        " WHERE id = (SELECT min(id) FROM surveys_survey WHERE responded_at IS NULL)"
        " RETURNING id, user_id, (context ->> 'child_id')::int",
    )
    with phone(here, upgraded, user) as app:
        assert app.get("/users/me/").json()["id"] == user
        (pending,) = app.get("/surveys/pending/").json()
        assert pending["id"] == survey
        assert "{{" not in str(pending)
        (before,) = [item for item in app.get("/children/").json() if item["id"] == child]
        assert before["past_vaccinations"] == []
        assert app.post(f"/surveys/{survey}/response/", json={"response": "yes"}).status_code < 300
        (after,) = [item for item in app.get("/children/").json() if item["id"] == child]
        assert after["past_vaccinations"] == [1], "dose 3 is the first of vaccine 1"
        assert app.get("/surveys/pending/").json() == []

        born = {"name": "Nur", "gender": "FEMALE", "date_of_birth": "2026-10-01", "past_vaccinations": []}
        assert app.post("/children/", json=born).json()["id"] == legacy.NEXT_CHILD

    told = ask(upgraded, "SELECT min(user_id) FROM events_notificationevent")[0][0]
    with phone(here, upgraded, told) as app:
        notifications = app.get("/notification_events/").json()
        assert len(notifications) == 2
        weeks = {re.search(r"\d+", item["in_app_content"])[0] for item in notifications}
        assert weeks == {"10", "24"}


def phone(here, url, user):
    ((key,),) = ask(url, "SELECT key FROM authtoken_token WHERE user_id = %s", user)
    return httpx.Client(base_url=here, headers={"Authorization": f"Token {key}"}, timeout=30)


def test_staff_get_in_with_their_password(here):
    with httpx.Client(base_url=here, timeout=30) as browser:
        form = browser.get("/admin/login/")
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', form.text)[1]
        fields = {"csrfmiddlewaretoken": token, "username": "admin@example.org", "password": PASSWORD}
        answer = browser.post("/admin/login/?next=/admin/", data=fields)
        assert answer.status_code == 302
        assert answer.headers["location"] == "/admin/"
        asked = browser.get("/admin/", follow_redirects=True)
        assert asked.url.path.startswith("/admin/second_factor/"), "no panel without a second factor"
        assert 'name="code"' in asked.text


@pytest.mark.parametrize("name", ["legacy_public"], indirect=True)
def test_a_second_factor_of_staff_still_opens(upgraded):
    at, code = AT_RFC_6238
    script = f"""
import time
time.time = lambda: {at}
from django_otp import devices_for_user
from django.contrib.auth.models import User
(device,) = devices_for_user(User.objects.get(username="admin@example.org"))
print(device.verify_token("000000"))
device.throttle_reset()
print(device.verify_token("{code}"))
"""
    run = legacy.manage(upgraded, "shell", "--no-imports", "-c", script)
    assert run.stdout.split() == ["False", "True"], run.stdout + run.stderr


def test_what_was_announced_is_not_announced_again(upgraded, server):
    """Each job, at the opening of every window in which something that was announced lies on the calendar.

    That the windows are the right ones is seen on a copy that has forgotten what was announced.
    """
    forgetful = server.create("forgetful", upgraded_name(upgraded))
    tables = [("events_notificationevent", "generate_notifications"), ("surveys_survey", "generate_surveys")]
    for table, job in tables:
        old = ask(upgraded, f"SELECT id, event_key, schedule_id FROM {table} ORDER BY id")
        ask_nothing(forgetful, f"TRUNCATE {table} CASCADE")
        instants = openings(upgraded, table)
        assert instants
        for url in (upgraded, forgetful):
            run = legacy.manage(url, "shell", "--no-imports", "-c", run_at(job, instants))
            assert run.returncode == 0, run.stderr
        found = ask(upgraded, f"SELECT id, event_key, schedule_id FROM {table} ORDER BY id")
        assert found[: len(old)] == old
        announced = {key for _, key, _ in old}
        assert not announced & {key for _, key, _ in found[len(old) :]}
        again = {key for (key,) in ask(forgetful, f"SELECT event_key FROM {table}")} & announced
        assert len(again) > 50, "those windows were not inside"


def upgraded_name(url):
    return ask(url, "SELECT current_database()")[0][0]


def ask_nothing(url, statement):
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement)


def openings(url, table):
    """Noon in Istanbul of each day on which something announced would be told about by this HERA's calendar."""
    if table == "surveys_survey":
        days = ask(
            url,
            "SELECT DISTINCT date_of_birth + 1 FROM child_health_child"
            " WHERE id IN (SELECT (context ->> 'child_id')::int FROM surveys_survey)",
        )
    else:  # visits fall on the Monday of their week
        days = ask(
            url,
            "SELECT DISTINCT date_trunc('week', estimated_start_date + 7 * (context ->> 'weeks_pregnant')::int)::date"
            " FROM events_notificationevent JOIN child_health_pregnancy pregnancy"
            " ON pregnancy.id = (context ->> 'pregnancy_id')::int",
        )
    return [dt.datetime.combine(day, dt.time(9), tzinfo=dt.UTC).isoformat() for (day,) in days]


def run_at(job, instants):
    return f"""
from django.core.management import call_command
for instant in {instants!r}:
    call_command({job!r}, at=__import__("datetime").datetime.fromisoformat(instant))
"""


SEE = "SELECT id FROM auth_permission WHERE codename = 'view_customuser'"
GROUP = "INSERT INTO auth_group (name) VALUES (%s) RETURNING id"
STAFF = (
    "INSERT INTO auth_user (username, password, is_superuser, first_name, last_name, email, is_staff, is_active,"
    " date_joined) VALUES (%s, '', false, '', '', '', true, true, now()) RETURNING id"
)


@pytest.mark.parametrize("name", ["legacy_public"], indirect=True)
def test_who_saw_masked_numbers_goes_on_seeing_masked_ones(old):
    """P1: in the earlier HERA members of `Researcher` saw masked numbers, whatever else they might do."""
    ((right,),) = ask(old, SEE)
    ((researchers,),) = ask(old, "INSERT INTO auth_group (name) VALUES ('Researcher') RETURNING id")
    ((others,),) = ask(old, GROUP, "Field office")
    for group in (researchers, others):
        ask_nothing(old, f"INSERT INTO auth_group_permissions (group_id, permission_id) VALUES ({group}, {right})")
    people = {}
    for person, groups in {"both": [researchers, others], "masked": [researchers], "open": [others], "own": []}.items():
        ((people[person],),) = ask(old, STAFF, f"{person}@example.org")
        for group in groups:
            ask_nothing(old, f"INSERT INTO auth_user_groups (user_id, group_id) VALUES ({people[person]}, {group})")
    for person in ("masked", "own"):
        ask_nothing(
            old,
            f"INSERT INTO auth_user_user_permissions (user_id, permission_id) VALUES ({people[person]}, {right})",
        )
    said = [
        "  admin@example.org: names and numbers, as a superuser\n",
        (
            "  both@example.org: names and numbers, by the group Field office; until now they were masked, by the group"
            " Researcher\n"
        ),
        "  masked@example.org: masked\n",
        "  open@example.org: names and numbers, by the group Field office\n",
        "  own@example.org: names and numbers, by a right of her own\n",
    ]
    before = legacy.manage(old, "upgrade_check")
    assert before.returncode == 0, before.stdout + before.stderr
    assert [line for line in said if line not in before.stdout] == []
    assert legacy.manage(old, "migrate", "--verbosity", "0").returncode == 0
    after = legacy.manage(old, "upgrade_check").stdout
    assert [line for line in said if line not in after] == [], "what it told comes true"
    script = """
from django.contrib.auth.models import User
for name in ("masked", "both", "open", "own"):
    user = User.objects.get(username=f"{name}@example.org")
    print(user.has_perm("custom_user.view_customuser"), user.has_perm("custom_user.view_masked_people"))
"""
    rights = legacy.manage(old, "shell", "--no-imports", "-c", script).stdout.split("\n")
    assert rights[:4] == ["False True", "True True", "True False", "True False"]
