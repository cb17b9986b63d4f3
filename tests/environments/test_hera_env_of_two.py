"""Two operators at one environment, and one who says to a running one what it is not: nothing is taken back or lost."""

from __future__ import annotations

import json
import time

import pytest

from infra.configuration import Configuration
from infra.hera_env import joining
from infra.hera_env.errors import Stop
from tests.environments.conftest import REGION, ZONE, push_image

NAME = "production-turkey"
CREATE = ("create", NAME, "--region", REGION)
DEPLOY = ("deploy", NAME, "--region", REGION, "--yes")
MIGRATE = ["python", "manage.py", "migrate"]
BASE = Configuration(NAME, "hera:1.0", f"{NAME}.{ZONE}", "Z1", ZONE, settings={"HERA_DEFAULT_LANGUAGE": "tr"})


def _wait_for(condition, seconds=90):
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.05)


def _at_work(aws) -> int:
    ecs = aws.client("ecs")
    [cluster] = ecs.list_clusters()["clusterArns"]
    return len(ecs.list_tasks(cluster=cluster, desiredStatus="RUNNING")["taskArns"])


@pytest.mark.parametrize(
    ("mine", "theirs", "together"),
    [
        ({"image": "hera:1.1"}, {}, {"image": "hera:1.1"}),
        (
            {"image": "hera:1.1"},
            {"alarm_email": "b@x.org", "settings": {"HERA_QUIET_HOURS": "22:00-07:00"}},
            {"image": "hera:1.1", "alarm_email": "b@x.org", "settings": {"HERA_QUIET_HOURS": "22:00-07:00"}},
        ),
        ({"sms": "console"}, {"image": "hera:1.1"}, {"sms": "console", "image": "hera:1.1"}),
        ({"settings": {"HERA_DEFAULT_LANGUAGE": ""}}, {"push": "console"}, {"push": "console", "settings": {}}),
        ({"image": "hera:1.1"}, {"image": "hera:1.1"}, {"image": "hera:1.1"}),
        ({}, {"settings": {"HERA_DEFAULT_LANGUAGE": ""}}, {"settings": {}}),
    ],
)
def test_what_two_change_is_put_together(mine, theirs, together):
    wanted, now = BASE.with_changes(**mine), BASE.with_changes(**theirs)
    joined = joining.joined(BASE, wanted, now)
    for name, value in together.items():
        assert getattr(joined, name) == ({**BASE.settings, **value} if name == "settings" and value else value)


@pytest.mark.parametrize(
    ("mine", "theirs", "says"),
    [
        ({"image": "hera:1.1"}, {"image": "hera:1.2"}, "--image: hera:1.2"),
        ({"alarm_email": "a@x.org"}, {"alarm_email": "b@x.org"}, "--alarm-email: b@x.org"),
        (
            {"settings": {"HERA_QUIET_HOURS": "21:00-07:00"}},
            {"settings": {"HERA_QUIET_HOURS": "22:00-07:00"}},
            "HERA_QUIET_HOURS: 22:00-07:00",
        ),
        (
            {"settings": {"HERA_DEFAULT_LANGUAGE": "ar"}},
            {"settings": {"HERA_DEFAULT_LANGUAGE": ""}},
            "HERA_DEFAULT_LANGUAGE: taken away",
        ),
    ],
)
def test_what_two_change_differently_is_refused(mine, theirs, says):
    with pytest.raises(Stop) as stop:
        joining.joined(BASE, BASE.with_changes(**mine), BASE.with_changes(**theirs))
    assert says in stop.value.cause
    assert f"./hera-env diff {NAME}" in stop.value.mend


@pytest.mark.slow
def test_a_deployment_keeps_what_somebody_else_changed_while_it_migrated(aws):
    aws.run(*CREATE, "--image", "1.0")
    push_image(aws, "1.1")
    aws.held.append(MIGRATE)
    first = aws.start(*DEPLOY, "--image", "1.1")
    _wait_for(lambda: _at_work(aws) == 1)
    code, said = aws.run(*DEPLOY, "--set", "HERA_QUIET_HOURS=22:00-07:00", "--alarm-email", "b@x.org")
    assert code == 0, said
    aws.held.clear()
    said, _ = first.communicate(timeout=60)
    assert first.returncode == 0, said
    last = aws.deployments()[-1]
    assert last["image"].endswith(":1.1")
    assert (last["settings"]["HERA_QUIET_HOURS"], last["alarm_email"]) == ("22:00-07:00", "b@x.org")
    assert "Somebody else changed --alarm-email, HERA_QUIET_HOURS meanwhile: that is kept" in said


@pytest.mark.slow
def test_a_deployment_does_not_take_back_a_version_that_somebody_else_brought_meanwhile(aws):
    aws.run(*CREATE, "--image", "1.0")
    push_image(aws, "1.1")
    push_image(aws, "1.2")
    aws.held.append(MIGRATE)
    first = aws.start(*DEPLOY, "--image", "1.1")
    _wait_for(lambda: _at_work(aws) == 1)
    stack = aws.stack(NAME)
    template = dict(stack.template_dict)
    output = template["Outputs"]["Configuration"]
    output["Value"] = output["Value"].replace("hera:1.0", "hera:1.2")
    aws.client("cloudformation").update_stack(StackName=stack.name, TemplateBody=json.dumps(template))
    before = len(aws.deployments())
    aws.held.clear()
    said, _ = first.communicate(timeout=60)
    assert first.returncode == 1
    assert "hera:1.2" in said
    assert len(aws.deployments()) == before


@pytest.mark.slow
def test_create_refuses_what_a_running_environment_is_not(aws):
    assert aws.run(*CREATE, "--image", "1.0", "--alarm-email", "a@x.org")[0] == 0
    before = len(aws.deployments()), len(aws.commands)
    push_image(aws, "1.1")
    code, said = aws.run(*CREATE, "--image", "1.1", "--set", "HERA_QUIET_HOURS=22:00-07:00", "--alarm-email", "b@x.org")
    assert code == 1
    assert "runs already, with another --image, --alarm-email, HERA_QUIET_HOURS than was typed" in said
    deploys = f"./hera-env deploy {NAME} --region {REGION} --image 1.1 --alarm-email b@x.org"
    assert f"{deploys} --set HERA_QUIET_HOURS=22:00-07:00" in said
    assert "in the zone hera.example.org" in aws.run(*CREATE, "--zone", "other.example.org")[1]
    assert (len(aws.deployments()), len(aws.commands)) == before
    assert aws.run(*CREATE, "--image", "1.0", "--alarm-email", "a@x.org", "--zone", ZONE)[0] == 0, "it is that"


@pytest.mark.slow
def test_create_goes_on_with_the_image_that_is_typed_now(aws):
    """The first one's tables could not be made: the one that mends it is taken, from the tables on."""
    aws.exit_codes["migrate"] = 1
    assert aws.run(*CREATE, "--image", "1.0")[0] == 1
    push_image(aws, "1.1")
    aws.exit_codes.clear()
    before = len(aws.images)
    assert "There is no image" in aws.run(*CREATE, "--image", "9.9")[1]
    code, said = aws.run(*CREATE, "--image", "1.1", "--set", "HERA_QUIET_HOURS=22:00-07:00")
    assert code == 0, said
    assert {image.rsplit(":")[-1] for image in aws.images[before:]} == {"1.1"}
    last = aws.deployments()[-1]
    assert (last["running"], last["settings"]["HERA_QUIET_HOURS"]) == (True, "22:00-07:00")


@pytest.mark.slow
def test_what_somebody_else_deployed_after_the_last_look_is_kept(aws):
    """Both have prepared their change; the other one's was executed first."""
    aws.run(*CREATE, "--image", "1.0")
    aws.hold_changes()
    first = aws.start(*DEPLOY, "--set", "HERA_QUIET_HOURS=22:00-07:00")
    _wait_for(aws.is_held)
    stack = aws.stack(NAME)
    changed = json.loads(json.dumps(stack.template_dict).replace("messagebird", "console"))
    aws.client("cloudformation").update_stack(StackName=stack.name, TemplateBody=json.dumps(changed))
    aws.let_go()
    said, _ = first.communicate(timeout=60)
    assert first.returncode == 0, said
    last = aws.deployments()[-1]
    assert (last["sms"], last["settings"]["HERA_QUIET_HOURS"]) == ("console", "22:00-07:00")
    assert "in this moment: looking again" in said
    assert aws.client("cloudformation").list_change_sets(StackName=stack.name)["Summaries"] == []


@pytest.mark.slow
def test_of_two_who_prepared_a_change_of_the_same_one_is_refused(aws):
    aws.run(*CREATE, "--image", "1.0")
    before = len(aws.deployments())
    aws.hold_changes()
    calls = [aws.start(*DEPLOY, "--set", f"HERA_QUIET_HOURS={hours}") for hours in ("21:00-06:00", "22:00-07:00")]
    formation = aws.client("cloudformation")
    _wait_for(lambda: len(formation.list_change_sets(StackName=f"hera-{NAME}")["Summaries"]) == 2)
    aws.let_go()
    said = [call.communicate(timeout=60)[0] for call in calls]
    assert sorted(call.returncode for call in calls) == [0, 1], said
    assert "somebody else changed what it changes too" in "".join(said)
    assert len(aws.deployments()) == before + 1


@pytest.mark.slow
def test_a_second_create_waits_for_the_one_that_has_prepared_its_stack(aws):
    """What stands in review is no remains: removed, the first one would have nothing to begin."""
    aws.hold_changes()
    first = aws.start(*CREATE, "--image", "1.0")
    _wait_for(aws.is_held)
    second = aws.start(*CREATE, "--image", "1.0", "--json")
    _wait_for(lambda: "is about to make" in second.stdout.readline())
    time.sleep(1)  # ten of its looks
    assert second.poll() is None
    assert aws.status(NAME) == "REVIEW_IN_PROGRESS"
    # Two that go on at once are more than moto can do: it makes a stack's parts anew while it changes them.
    second.send_signal(2)
    second.communicate(timeout=60)
    aws.let_go()
    said, _ = first.communicate(timeout=90)
    assert first.returncode == 0, said
    assert aws.run(*CREATE, "--image", "1.0")[0] == 0


@pytest.mark.slow
def test_what_was_prepared_and_given_up_is_removed_by_the_next_create(aws):
    aws.hold_changes()
    first = aws.start(*CREATE, "--image", "1.0")
    _wait_for(aws.is_held)
    first.send_signal(2)
    first.communicate(timeout=60)
    aws.let_go()
    code, said = aws.run(*CREATE, "--image", "1.0")
    assert code == 0, said


@pytest.mark.slow
def test_a_deployment_of_what_is_there_says_that_nothing_changed(aws):
    """Also where the change before that was taken back: nothing of this one failed."""
    aws.run(*CREATE, "--image", "1.0")
    aws.stack(NAME).status = "UPDATE_ROLLBACK_COMPLETE"
    before = len(aws.deployments())
    code, said = aws.run(*DEPLOY)
    assert code == 0, said
    assert f"Nothing changed: {NAME} is that already" in said
    assert len(aws.deployments()) == before


def _somebody_else(aws, **changes) -> None:
    """What another operator's change leaves: the stack with another configuration."""
    stack = aws.stack(NAME)
    template = dict(stack.template_dict)
    output = template["Outputs"]["Configuration"]
    output["Value"] = Configuration.from_json(output["Value"]).with_changes(**changes).to_json()
    aws.client("cloudformation").update_stack(StackName=stack.name, TemplateBody=json.dumps(template))


def _database(aws) -> dict:
    [database] = aws.client("rds").describe_db_instances()["DBInstances"]
    return database


@pytest.mark.slow
@pytest.mark.parametrize(
    ("theirs", "says"),
    [
        ({"restoring": "other"}, "has begun to restore other"),
        ({"restoring": "", "running": True}, f"has brought {NAME} to run with its own data"),
    ],
)
def test_a_restore_does_not_take_the_place_of_what_somebody_else_chose_meanwhile(aws, theirs, says):
    """Whatever they have put in place, mothers may have entered something in it since."""
    assert aws.run(*CREATE, "--image", "1.0")[0] == 0
    before = _database(aws)["DBInstanceIdentifier"]
    aws.client("rds").create_db_snapshot(
        DBInstanceIdentifier=before, DBSnapshotIdentifier="by-hand", Tags=[{"Key": "hera-environment", "Value": NAME}]
    )
    first = aws.start("restore", NAME, "--region", REGION, "--from-snapshot", "by-hand", "--yes", "--json")
    while "Keeping what is there now" not in (line := first.stdout.readline()):
        assert line
    aws.hold_changes()
    _wait_for(aws.is_held)
    _somebody_else(aws, **theirs)
    aws.let_go()
    said, _ = first.communicate(timeout=60)
    assert first.returncode == 1, said
    assert f"Somebody else {says} meanwhile" in said
    assert "stands still until this goes on" not in said
    assert "snapshot" not in aws.deployments()[-1]
    assert (_database(aws)["DBInstanceIdentifier"], _database(aws)["DeletionProtection"]) == (before, True)
