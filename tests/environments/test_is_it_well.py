"""`status` says "is well" of an environment that serves, whose jobs run, and whose alarms reach somebody."""

from __future__ import annotations

import datetime as dt

import pytest

from infra.hera_env import alarm_recipient, well_being
from tests.environments.conftest import REGION

NOW = dt.datetime(2026, 11, 27, 3, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
SERVES = [{"service": "web", "running": 2, "desired": 2}, {"service": "worker", "running": 1, "desired": 1}]
WELL = {
    "name": "production-turkey", "stack": "UPDATE_COMPLETE", "running": True, "restoring": "", "created": NOW - HOUR,
    "moving": "", "updated": None, "services": SERVES, "jobs": {"notifications": 15, "surveys": 5}, "alarms": [],
    "alarms_reach": {"topic": "t", "confirmed": ["ops@x.org"], "pending": []}, "backups": None, "certificate": None,
}  # fmt: skip
CREATE = ("create", "production-turkey", "--region", REGION, "--image", "1.0")


def of(service: str, running: int, desired: int) -> list[dict]:
    return [row for row in SERVES if row["service"] != service] + [
        {"service": service, "running": running, "desired": desired}
    ]


@pytest.mark.parametrize(
    ("more", "wrong"),
    [
        ({}, []),
        ({"services": of("web", 0, 0)}, ["0 of 2 web tasks run"]),
        ({"services": of("web", 1, 1)}, ["1 of 2 web tasks run"]),
        ({"services": of("web", 3, 5)}, ["3 of 5 web tasks run"]),
        ({"services": of("worker", 0, 0)}, ["0 of 1 worker tasks run"]),
        ({"services": []}, ["there is no web service", "there is no worker service"]),
        ({"jobs": {"notifications": 0, "surveys": 3}}, ["the job for notifications has not succeeded for 15 minutes"]),
        ({"jobs": {"notifications": 0, "surveys": 0}, "updated": NOW - HOUR / 6}, []),  # they have not had the time to
        (
            {
                "jobs": {"notifications": 0, "surveys": 3},
                "alarms": ["HERA: the job for notifications has not succeeded"],
            },
            ["HERA: the job for notifications has not succeeded"],
        ),
        ({"running": False, "services": []}, ["it does not run yet"]),
        ({"restoring": "by-hand", "running": False, "services": []}, ["a restore was stopped half-way"]),
        ({"alarms_reach": {"topic": "t", "confirmed": [], "pending": []}}, ["no alarm reaches anybody"]),
        (
            {"alarms_reach": {"topic": "t", "confirmed": [], "pending": ["ops@x.org"]}},
            ["no alarm reaches anybody: ops@x.org has not confirmed AWS's mail"],
        ),
        ({"alarms_reach": None}, []),
        ({"name": "staging-turkey", "alarms_reach": {"topic": "t", "confirmed": [], "pending": []}}, []),
    ],
)
def test_what_is_wrong(more, wrong):
    assert well_being.wrong({**WELL, **more}, NOW) == wrong


def test_who_is_told_is_said_with_what_has_it_sent_again():
    said = alarm_recipient.as_text({"topic": "arn:t", "confirmed": [], "pending": ["ops@x.org"]}, "n", REGION)
    assert (
        f"aws sns subscribe --topic-arn arn:t --protocol email --notification-endpoint ops@x.org --region {REGION}"
        in said
    )


@pytest.mark.slow
def test_status_and_doctor_see_that_nothing_serves(aws):
    aws.run(*CREATE, "--alarm-email", "ops@x.org")
    assert "✔ production-turkey is well" in aws.run("status", "production-turkey")[1]
    aws.opened_an_hour_ago("production-turkey")
    for service in ("web", "worker"):
        aws.tasks_of(service, running=0, desired=0)
    says = "0 of 2 web tasks run; 0 of 1 worker tasks run; the job for notifications has not succeeded for 15 minutes"
    assert f"✘ production-turkey is not well: {says}" in aws.run("status", "production-turkey")[1]
    code, said = aws.run("doctor", "production-turkey")
    assert code == 1
    assert says in said


@pytest.mark.slow
def test_who_is_told_of_alarms_has_to_confirm_and_that_is_said(aws):
    says = "AWS now sends ops@x.org a mail, 'AWS Notification - Subscription Confirmation'"
    said = aws.run(*CREATE)[1]
    assert "No alarm reaches anybody: nobody was named" in said
    assert "✘ production-turkey is not well: no alarm reaches anybody" in aws.run("status", "production-turkey")[1]
    deploy = ("deploy", "production-turkey", "--region", REGION, "--yes")
    code, said = aws.run(*deploy, "--alarm-email", "ops@x.org")
    assert code == 0
    assert says in said
    assert says not in aws.run(*deploy, "--set", "HERA_QUIET_HOURS=22:00-07:00")[1], "it is not new"
    assert "they reach ops@x.org" in aws.run("status", "production-turkey")[1]
    aws.recipients_say("PendingConfirmation")
    said = aws.run("status", "production-turkey")[1]
    assert "not well: no alarm reaches anybody: ops@x.org has not confirmed" in said
    assert "aws sns subscribe --topic-arn arn:aws:sns" in said
