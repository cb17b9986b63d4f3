"""What an operator meets at three in the morning: a call that was stopped, a slow AWS, a word typed wrong."""

from __future__ import annotations

import json
import time

import pytest

from tests.environments.conftest import REGION, ZONE, push_image

pytestmark = pytest.mark.slow

CREATE = ("create", "production-turkey", "--region", REGION, "--image", "1.0")
DEPLOY = ("deploy", "production-turkey", "--region", REGION, "--yes")
MIGRATE = ["python", "manage.py", "migrate"]
TRIAL = ["python", "-m", "hera.operations.trial_start"]


def _wait_for(condition, seconds=90):
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.05)


def _running(aws) -> list[dict]:
    ecs = aws.client("ecs")
    [cluster] = ecs.list_clusters()["clusterArns"]
    arns = ecs.list_tasks(cluster=cluster, desiredStatus="RUNNING")["taskArns"]
    return ecs.describe_tasks(cluster=cluster, tasks=arns)["tasks"] if arns else []


def test_the_migrations_of_one_version_are_never_taken_for_those_of_the_next(aws):
    """I2: deploy 1.2, Ctrl-C while it migrates, deploy 1.3."""
    aws.run(*CREATE)
    for tag in ("1.2", "1.3"):
        push_image(aws, tag)
    aws.held.append(MIGRATE)
    process = aws.start(*DEPLOY, "--image", "1.2")
    _wait_for(lambda: len(_running(aws)) == 1)
    process.send_signal(2)
    process.communicate(timeout=30)
    assert process.returncode == 130
    before = len(aws.images)
    process = aws.start(*DEPLOY, "--image", "1.3", "--json")
    while "Another migrate runs" not in (line := process.stdout.readline()):
        assert line, "it did not wait for the other version's migrations"
    assert len(_running(aws)) == 1, "two versions never migrate at a time"
    aws.held.clear()
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 0, said
    assert [image.rsplit(":")[-1] for image in aws.images[before:]] == ["1.2", "1.3", "1.3"]
    assert aws.deployments()[-1]["image"].endswith(":1.3")


def test_a_call_that_was_stopped_finds_its_own_task_again(aws):
    aws.run(*CREATE)
    push_image(aws, "1.2")
    aws.held.append(MIGRATE)
    process = aws.start(*DEPLOY, "--image", "1.2")
    _wait_for(lambda: len(_running(aws)) == 1)
    process.send_signal(2)
    process.communicate(timeout=30)
    before = len(aws.commands)
    process = aws.start(*DEPLOY, "--image", "1.2", "--json")
    while "It runs already" not in (line := process.stdout.readline()):
        assert line
    aws.held.clear()
    process.communicate(timeout=60)
    assert process.returncode == 0
    assert aws.commands[before:] == [MIGRATE, TRIAL]


def test_what_an_earlier_deployment_changes_is_not_lost_by_the_next(aws):
    """A call that was stopped left a deployment at work: the next one adds to it, and does not take it back."""
    aws.run(*CREATE)
    stack = aws.stack("production-turkey")
    stack.status = "UPDATE_IN_PROGRESS"
    process = aws.start(*DEPLOY, "--set", "HERA_DEFAULT_LANGUAGE=ar", "--json")
    assert "An earlier call is at work" in process.stdout.readline()
    template = json.loads(json.dumps(stack.template_dict))
    configuration = json.loads(template["Outputs"]["Configuration"]["Value"])
    configuration["settings"]["HERA_QUIET_HOURS"] = "22:00-07:00"
    template["Outputs"]["Configuration"]["Value"] = json.dumps(configuration)
    aws.client("cloudformation").update_stack(StackName=stack.name, TemplateBody=json.dumps(template))
    process.communicate(timeout=60)
    assert process.returncode == 0
    last = aws.deployments()[-1]["settings"]
    assert (last["HERA_QUIET_HOURS"], last["HERA_DEFAULT_LANGUAGE"]) == ("22:00-07:00", "ar")


def test_migrations_of_a_new_version_have_the_settings_that_come_with_it(aws):
    aws.run(*CREATE)
    push_image(aws, "1.2")
    assert aws.run(*DEPLOY, "--image", "1.2", "--set", "HERA_QUIET_HOURS=22:00-07:00")[0] == 0
    ecs = aws.client("ecs")
    newest = ecs.describe_task_definition(taskDefinition="hera-production-turkey-setup")["taskDefinition"]
    [container] = newest["containerDefinitions"]
    assert {"name": "HERA_QUIET_HOURS", "value": "22:00-07:00"} in container["environment"]


@pytest.mark.parametrize("more", [{}, {"HERA_APPRISE_SMS_URL": ""}])
def test_keys_of_a_new_channel_are_asked_for_before_anything_changes(aws, more):
    aws.run(*CREATE)
    before = len(aws.commands), len(aws.deployments())
    code, said = aws.run(*DEPLOY, "--sms", "apprise", **more)
    assert code == 1
    assert "HERA_APPRISE_SMS_URL" in said
    assert f"./hera-env {' '.join(DEPLOY)} --sms apprise" in said
    assert (len(aws.commands), len(aws.deployments())) == before


def test_what_an_operator_ran_does_not_stay_in_the_log(aws):
    """I11: the administrator's link and what `exec` prints; a job's lines stay."""
    aws.run(*CREATE)
    assert {stream.split("/")[0] for stream in aws.streams()} == {"setup"}
    code, said = aws.run("exec", "production-turkey", "--", "python", "manage.py", "upgrade_check")
    assert code == 0
    assert "upgrade_check: done" in said
    assert {stream.split("/")[0] for stream in aws.streams()} == {"setup"}
    aws.never_start = "the task stopped early"
    aws.run("exec", "production-turkey", "--", "python", "manage.py", "upgrade_check")
    assert {stream.split("/")[0] for stream in aws.streams()} == {"setup"}


def test_the_last_lines_are_waited_for_before_a_task_s_log_is_removed(aws):
    """CloudWatch shows a line some seconds after it was written: the task has ended by then."""
    aws.run(*CREATE)
    aws.said["upgrade_check"] = ["the first line", "the last line"]
    aws.late = 1.5
    code, said = aws.run(
        "exec", "production-turkey", "--", "python", "manage.py", "upgrade_check", HERA_ENV_SECONDS_BETWEEN_LOOKS="1"
    )
    assert code == 0
    assert [line.strip() for line in said.splitlines()][-2:] == ["the first line", "the last line"]
    assert {stream.split("/")[0] for stream in aws.streams()} == {"setup"}


def test_what_a_killed_call_left_in_the_log_is_removed_by_the_next(aws):
    aws.run(*CREATE)
    logs = aws.client("logs")
    [group] = [row["logGroupName"] for row in logs.describe_log_groups()["logGroups"]]
    for stream, hours in (("exec/hera/old", 3), ("exec/hera/new", 0), ("job/hera/old", 3)):
        logs.create_log_stream(logGroupName=group, logStreamName=stream)
        at = int((time.time() - 3600 * hours) * 1000)
        logs.put_log_events(
            logGroupName=group, logStreamName=stream, logEvents=[{"timestamp": at, "message": "x"}]
        )  # fmt: skip
    aws.run("exec", "production-turkey", "--", "python", "manage.py", "check")
    kept = aws.streams()
    assert "exec/hera/new" in kept
    assert "job/hera/old" in kept
    assert "exec/hera/old" not in kept


@pytest.mark.parametrize("action", ["DescribeStacks", "GetCallerIdentity"])
def test_an_aws_that_asks_to_slow_down_is_waited_for(aws, action):
    """I14: more often than botocore itself asks again."""
    aws.run(*CREATE)
    aws.slow_down(action, 7)
    code, said = aws.run("deploy", "production-turkey", "--region", REGION, "--yes", "--image", "1.0")
    assert code == 0, said
    assert aws.slowed_down() == 0
    assert "AWS asks to slow down: waiting" in said
    assert "quota" not in said


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("HERA_NONSENSE=1", "HERA has no such setting.\n  docs/settings.md lists them all"),
        ("hera_quiet_hours=22:00-07:00", "HERA_QUIET_HOURS is the nearest"),
        ("QUIET_HOURS=22:00-07:00", "HERA_QUIET_HOURS is the nearest"),
        ("HERA_QUITE_HOURS=22:00-07:00", "HERA_QUIET_HOURS is the nearest"),
        ("HERA_ENVIRONMENT=local", "the environment's name is it"),
        ("HERA_SMS_CHANNEL=console", "give it as --sms"),
        ("HERA_DB_SECRET=x", "the environment makes it itself"),
        ("HERA_MESSAGEBIRD_API_KEY=x", "is a secret"),
        ("HERA_QUIET_HOURS", "has no value"),
        ("quiet hours=1", "HERA has no such setting"),
    ],
)
def test_a_setting_that_is_none_is_refused_by_name(aws, typed, says):
    code, said = aws.run(*CREATE, "--set", typed)
    assert code == 1
    assert says in said
    assert aws.deployments() == []


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("logs", "production-turkey", "--part", "nonsense"), "there is no such part"),
        (("logs", "production-turkey", "--part", "workers"), "worker is the nearest"),
        (("create", "production-turkey", "--sms", "messagebrid"), "messagebird is the nearest"),
        (("create", "production-turkey", "--whatsapp", "aprise"), "apprise is the nearest"),
        (("create", "production-turkey", "--alarm-email", "ops"), "--alarm-email ops is no address"),
        (("create", "production-turkey", "--admin-email", "x@y"), "--admin-email x@y is no address"),
        (("status", "production-turky"), "production-turkey is the nearest"),
        (("create", "production-syria", "--zone", "hera.exmaple.org"), "hera.example.org is the nearest"),
    ],
)
def test_a_word_typed_wrong_is_answered_with_the_nearest(aws, arguments, says):
    if "production-turkey" not in arguments or "logs" in arguments:
        aws.run(*CREATE)
    code, said = aws.run(*arguments, "--region", REGION)
    assert code == 1
    assert says in said


def test_the_lines_of_jobs_and_of_what_an_operator_runs_are_parts_of_their_own(aws):
    aws.run(*CREATE)
    logs = aws.client("logs")
    [group] = [row["logGroupName"] for row in logs.describe_log_groups()["logGroups"]]
    for stream in ("job/hera/1", "exec/hera/2", "jobless/hera/3"):
        logs.create_log_stream(logGroupName=group, logStreamName=stream)
        logs.put_log_events(
            logGroupName=group, logStreamName=stream,
            logEvents=[{"timestamp": int(time.time() * 1000), "message": stream}],
        )  # fmt: skip

    def of(part: str) -> set[str]:
        said = aws.run("logs", "production-turkey", "--part", part, "--json")[1]
        return {json.loads(line)["stream"].split("/")[0] for line in said.splitlines()}

    assert (of("job"), of("exec"), of("setup")) == ({"job"}, {"exec"}, {"setup"})


@pytest.mark.parametrize(
    ("known", "says"),
    [
        ([], "knows no name servers of it"),
        (["ns1.parking.example"], "asks ns1.parking.example for it"),
    ],
)
def test_a_zone_that_the_internet_does_not_find_is_told_before_the_certificate_waits(aws, known, says):
    """I16."""
    aws.name_servers = known
    code, said = aws.run(*CREATE)
    assert code == 1
    assert says in said
    zone = aws.client("route53").list_hosted_zones()["HostedZones"][0]["Id"]
    for server in aws.client("route53").get_hosted_zone(Id=zone)["DelegationSet"]["NameServers"]:
        assert server in said
    assert f"enter for {ZONE} the name servers" in said
    assert aws.deployments() == []
    assert says in aws.run("doctor")[1]
    aws.name_servers = None
    assert aws.run(*CREATE)[0] == 0


def test_without_a_resolver_it_says_so_and_goes_on(aws):
    code, said = aws.run(*CREATE, HERA_ENV_RESOLVERS="http://127.0.0.1:9/resolve")
    assert code == 0
    assert "could not be looked at" in said
