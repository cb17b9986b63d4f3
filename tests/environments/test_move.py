"""`hera-env move`: from an environment that AWS Copilot made, stopped at any moment, and back."""

from __future__ import annotations

import json

import pytest

from tests.environments.conftest import REGION, kill, push_image

pytestmark = pytest.mark.slow

NEW = "production-turkey"
CREATE = ("create", NEW, "--region", REGION, "--image", "1.0")
MOVE = ("move", NEW, "--from", "old-turkey", "--region", REGION)
CUT_OVER = (*MOVE, "--cut-over", "--yes")
BACK = (*MOVE, "--back", "--yes")
COUNTED = ["user_profile_userprofile  old 3 new 3", "job=take_over tables=90 rows=1234 same=true"]
TEMPLATES = {
    "herav2-old-turkey": {"Cluster": {"Type": "AWS::ECS::Cluster", "Properties": {"ClusterName": "old"}}},
    "herav2-old-turkey-herav2-web-service": {
        "Definition": {
            "Type": "AWS::ECS::TaskDefinition",
            "Properties": {
                "Family": "old", "ContainerDefinitions": [{"Name": "web", "Image": "old", "Memory": 512, "Cpu": 256}],
            },
        },
        "Service": {
            "Type": "AWS::ECS::Service",
            "Properties": {
                "Cluster": "old", "ServiceName": "web", "DesiredCount": 3, "TaskDefinition": {"Ref": "Definition"},
            },
        },
    },
    "herav2-old-turkey-herav2-web-service-AddonsStack-X": {
        "Database": {
            "Type": "AWS::RDS::DBInstance",
            "Properties": {
                "DBInstanceIdentifier": "old-database",
                "Engine": "postgres", "EngineVersion": "13.20", "DBInstanceClass": "db.t3.micro",
                "AllocatedStorage": "20", "MasterUsername": "postgres", "StorageEncrypted": False,
                "MasterUserPassword": "of-the-old-one",  # pragma: allowlist secret
            },
        },
    },
    "herav2-old-turkey-generate-notifications-job": {
        "Rule": {
            "Type": "AWS::Events::Rule",
            "Properties": {"Name": "old-job", "ScheduleExpression": "rate(1 minute)", "State": "ENABLED"},
        },
    },
}  # fmt: skip


def tags(environment: str) -> list[dict[str, str]]:
    return [{"Key": "copilot-application", "Value": "herav2"}, {"Key": "copilot-environment", "Value": environment}]


@pytest.fixture
def both(aws):
    """The old environment, with three tasks and one job, and the new one, which has served nobody."""
    for stack, resources in TEMPLATES.items():
        aws.client("cloudformation").create_stack(
            StackName=stack, TemplateBody=json.dumps({"Resources": resources}),
            Tags=tags("old-turkey"),
        )  # fmt: skip
    aws.client("secretsmanager").create_secret(Name="herav2/old-turkey/django-key", SecretString="of the old one")
    aws.client("application-autoscaling").register_scalable_target(
        ServiceNamespace="ecs", ResourceId="service/old/web", ScalableDimension="ecs:service:DesiredCount",
        MinCapacity=2, MaxCapacity=10,
    )  # fmt: skip
    aws.said["take_over"] = COUNTED
    assert aws.run(*CREATE)[0] == 0
    aws.commands.clear()
    return aws


def old(aws) -> dict:
    """What of the old environment could write."""
    [service] = aws.client("ecs").describe_services(cluster="old", services=["web"])["services"]
    [target] = aws.client("application-autoscaling").describe_scalable_targets(ServiceNamespace="ecs")[
        "ScalableTargets"
    ]
    return {
        "tasks": service["desiredCount"],
        "job": aws.client("events").describe_rule(Name="old-job")["State"],
        "suspended": target.get("SuspendedState", {}).get("DynamicScalingOutSuspended", False),
    }


SERVES = {"tasks": 3, "job": "ENABLED", "suspended": False}
STANDS = {"tasks": 0, "job": "DISABLED", "suspended": True}


def new(aws) -> tuple[bool, str]:
    last = aws.deployments()[-1]
    return last["running"], last.get("moving", "")


def ran(aws) -> list[list[str]]:
    """What the tasks were told, the address of the throw-away database left out."""
    return [[word for word in command[2:] if "://" not in word] for command in aws.commands]


TRIAL = ["hera.operations.trial_start"]
COPIED = [["take_over"], ["upgrade_check"], ["prepare_database"], ["migrate"]]


def snapshots(aws) -> list[str]:
    return sorted(
        row["DBSnapshotIdentifier"]
        for row in aws.client("rds").describe_db_snapshots(SnapshotType="manual")["DBSnapshots"]
    )


def databases(aws) -> list[str]:
    return [row["DBInstanceIdentifier"] for row in aws.client("rds").describe_db_instances()["DBInstances"]]


def test_a_dry_run_says_what_it_finds_and_changes_nothing(both):
    before = snapshots(both), len(both.deployments())
    code, said = both.run(*MOVE, "--dry-run")
    assert code == 0, said
    assert "PostgreSQL 13.20, 20 GiB" in said
    assert "an encrypted copy of it: the old one is not" in said
    assert "stop 1 services and 1 jobs of old-turkey" in said
    assert (snapshots(both), len(both.deployments())) == before
    assert both.commands == []
    assert old(both) == SERVES


def test_a_copy_beside_the_old_one_serves_nobody_and_can_be_made_again(both):
    own = databases(both)
    for _ in range(2):
        both.commands.clear()
        code, said = both.run(*MOVE)
        assert code == 0, said
        assert "production-turkey holds a copy of old-turkey" in said
        assert COUNTED[0] in said
        assert ran(both) == COPIED
        assert (new(both), old(both)) == ((False, "old-turkey"), SERVES)
        assert (databases(both), snapshots(both)) == (own, []), "or the next copy would be of the same moment"
    key = both.client("secretsmanager").get_secret_value(SecretId=f"{NEW}-django-key")["SecretString"]
    assert key == "of the old one", "with it the second factors of staff are sealed"


def test_the_copy_is_read_with_a_password_that_no_list_shows(both):
    assert both.run(*MOVE)[0] == 0
    [copying] = [command for command in both.commands if command[2] == "take_over"]
    assert copying[3].startswith("postgresql://postgres@")
    ecs = both.client("ecs")
    arns = ecs.list_task_definitions(familyPrefix=f"hera-{NEW}-setup")["taskDefinitionArns"]
    definitions = [ecs.describe_task_definition(taskDefinition=arn)["taskDefinition"] for arn in arns]
    of_tasks = [row["containerDefinitions"][0].get("secrets", []) for row in definitions]
    [secrets] = [found for found in of_tasks if any(one["name"] == "PGPASSWORD" for one in found)]
    assert {row["name"]: row["valueFrom"].rsplit(":", 3)[1] for row in secrets} == {"PGPASSWORD": "password"}
    assert "of the service" not in json.dumps(definitions, default=str)


def test_until_the_cut_over_nothing_else_starts_the_copy(both):
    assert both.run(*MOVE)[0] == 0
    push_image(both, "1.1")
    for other in (
        CREATE,
        ("deploy", NEW, "--image", "1.1", "--yes"),
        ("restore", NEW, "--at", "2026-11-01T00:00Z", "--yes"),
    ):
        code, said = both.run(*other)
        assert code == 1, said
        assert "it would remind them a second time" in said
        assert f"./hera-env move {NEW} --from old-turkey --cut-over" in said
    assert "old-turkey is being moved into it" in both.run("status", NEW)[1].splitlines()[0]


def test_the_cut_over_stops_the_old_one_first_and_keeps_its_last_snapshot(both):
    code, said = both.run(*CUT_OVER, "--called", "api.example.org")
    assert code == 0, said
    assert old(both) == STANDS
    assert new(both) == (True, "")
    assert both.deployments()[-1]["also_called"] == "api.example.org"
    assert ran(both) == [*COPIED, TRIAL, ["take_over", "--serves"]]
    assert any(name.startswith(f"hera-{NEW}-move-2") for name in snapshots(both))
    code, said = both.run(*CUT_OVER)
    assert code == 1
    assert f"old-turkey was moved to {NEW}" in said
    assert "--back" in said


def test_back_starts_the_old_one_as_it_was_and_keeps_what_was_entered_since(both):
    assert both.run(*CUT_OVER)[0] == 0
    code, said = both.run(*BACK)
    assert code == 0, said
    assert (old(both), new(both)) == (SERVES, (False, "old-turkey"))
    assert ran(both)[-1] == ["take_over", "--serves-no-more"]
    assert any(name.startswith(f"hera-{NEW}-before-back-") for name in snapshots(both))
    code, said = both.run(*CUT_OVER)
    assert code == 0, said
    assert (old(both), new(both)) == (STANDS, (True, ""))
    assert len([name for name in snapshots(both) if name.startswith(f"hera-{NEW}-move-2")]) == 4, "of another moment"


@pytest.mark.parametrize("what", [CUT_OVER, BACK])
def test_killed_after_each_step_and_run_again(both, what):
    """The other way is gone each time, from the beginning."""
    other = BACK if what == CUT_OVER else CUT_OVER
    ended = {CUT_OVER: (STANDS, (True, "")), BACK: (SERVES, (False, "old-turkey"))}[what]
    if what == BACK:
        assert both.run(*CUT_OVER)[0] == 0
    lines = [json.loads(line) for line in both.run(*what, "--json")[1].splitlines() if line.startswith("{")]
    steps = sum(line["event"] == "step" for line in lines)
    assert steps >= 2
    for place in range(1, steps, 3):  # from the second time on, the new one stands still already: a step less
        code, said = both.run(*other)
        assert code == 0, (place, said)
        process = both.start(*what, "--json")
        said = []
        while sum('"step"' in line for line in said) < place:
            said.append(process.stdout.readline())
            assert said[-1], (place, said)
        kill(process)
        code, said = both.run(*what)
        assert code == 0, (place, said)
        assert (old(both), new(both)) == ended, place
    assert f"hera-{NEW}-move" not in databases(both)


@pytest.mark.parametrize("way", ["copy", "cut over"])
def test_a_copy_that_differs_says_what_it_means_for_mothers(both, way):
    both.exit_codes["take_over"] = 1
    both.said["take_over"] = ["CommandError: The copy differs from the old database in child_health_child"]
    code, said = both.run(*(MOVE if way == "copy" else CUT_OVER))
    assert code == 1
    assert "The copy differs from the old database in child_health_child" in said
    assert ("no mother is served meanwhile" in said) == (way == "cut over")
    assert (f"./hera-env move {NEW} --from old-turkey --back --yes" in said) == (way == "cut over")
    assert new(both)[0] is False
    if way == "cut over":
        assert both.run(*BACK)[0] == 0
        assert old(both) == SERVES


def test_a_new_one_that_does_not_start_is_found_while_back_is_still_cheap(both):
    """Before its tables are handed over: what `--serves` does, `--back` would have to undo."""
    both.exit_codes["hera.operations.trial_start"] = 1
    code, said = both.run(*CUT_OVER)
    assert code == 1
    assert "The web server does not start" in said
    assert "no mother is served meanwhile" in said
    assert f"./hera-env move {NEW} --from old-turkey --back --yes" in said
    assert ran(both) == [*COPIED, TRIAL]
    assert new(both)[0] is False
    assert both.run(*BACK)[0] == 0
    assert old(both) == SERVES


@pytest.mark.parametrize("at", [["python", "manage.py", "migrate"], ["python", "-m", *TRIAL]])
def test_who_starts_the_old_one_again_meanwhile_is_noticed(both, at):
    """A pipeline that deploys in that hour, the copy whole or not: its tasks have written what the snapshot has not."""
    both.held += [["old"], at]
    process = both.start(*CUT_OVER)
    _wait_until(both, process, at)
    [found] = both.client("cloudformation").describe_stacks(StackName=f"hera-{NEW}")["Stacks"]
    stack = {row["OutputKey"]: row["OutputValue"] for row in found["Outputs"]}
    both.client("ecs").run_task(
        cluster="old",
        taskDefinition=stack["JobTask"],
        launchType="FARGATE",
        count=1,
        networkConfiguration={"awsvpcConfiguration": {"subnets": [stack["TaskSubnets"]]}},
        overrides={"containerOverrides": [{"name": "web", "command": ["old"]}]},
    )
    both.held.remove(at)
    said = process.communicate(timeout=90)[0]
    assert process.returncode == 1
    assert "Somebody started old-turkey again" in said
    assert new(both)[0] is False
    both.held.clear()
    assert both.run(*CUT_OVER)[0] == 0
    assert len([name for name in snapshots(both) if name.startswith(f"hera-{NEW}-move-2")]) == 4


def test_who_goes_back_while_another_cuts_over_is_not_overruled(both):
    """Both would serve, and remind every mother twice."""
    at = ["python", "-m", *TRIAL]
    both.held.append(at)
    process = both.start(*CUT_OVER)
    _wait_until(both, process, at)
    code, said = both.run(*BACK)
    assert code == 0, said
    both.held.clear()
    said = process.communicate(timeout=90)[0]
    assert process.returncode == 1, said
    assert f"Somebody else is at work on the move of old-turkey to {NEW}, on or back" in said
    assert (old(both), new(both)[0]) == (SERVES, False)


def _wait_until(aws, process, command: list[str]) -> None:
    while command not in _pending(aws):
        assert process.poll() is None


def _pending(aws) -> list[list[str]]:
    from moto.ecs.models import ecs_backends

    from tests.environments.conftest import ACCOUNT

    return [
        task.overrides["containerOverrides"][0]["command"]
        for tasks in list(ecs_backends[ACCOUNT][REGION].tasks.values())
        for task in list(tasks.values())
        if task.status == "RUNNING" and task.overrides.get("containerOverrides")
    ]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("move", NEW, "--from", "old-turky", "--region", REGION), "old-turkey is the nearest"),
        (("move", NEW, "--from", "old-turkey", "--app", "other", "--region", REGION), "There are: none"),
        ((*MOVE, "--cut-over", "--back"), "three things"),
        ((*MOVE, "--cut-over"), "Nobody is here to say yes"),
        ((*MOVE, "--back"), "Nobody is here to say yes"),
        (
            ("move", "production-lebanon", "--from", "old-turkey", "--region", REGION),
            "no environment production-lebanon",
        ),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_touched(both, arguments, says):
    before = len(both.deployments())
    code, said = both.run(*arguments)
    assert code == 1
    assert says in said
    assert (len(both.deployments()), both.commands, old(both)) == (before, [], SERVES)


def test_a_second_country_is_never_copied_over_the_first(both):
    assert both.run(*MOVE)[0] == 0
    both.client("cloudformation").create_stack(
        StackName="herav2-old-lebanon", TemplateBody=json.dumps({"Resources": TEMPLATES["herav2-old-turkey"]}),
        Tags=tags("old-lebanon"),
    )  # fmt: skip
    code, said = both.run("move", NEW, "--from", "old-lebanon", "--region", REGION)
    assert code == 1
    assert "0 databases of RDS" in said
