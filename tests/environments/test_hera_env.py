"""hera-env against a pretended AWS: from nothing to a running country, killed at each step, and each known failure."""

from __future__ import annotations

import hashlib
import json
import re
import time

import pytest

from tests.environments.conftest import (
    ACCOUNT,
    AGE_KEY,
    KEYS,
    LINK,
    REGION,
    ZONE,
    export_arrives,
    kill,
    push_image,
)

pytestmark = pytest.mark.slow

CREATE = ("create", "production-turkey", "--region", REGION, "--image", "1.0")
TRIAL = ["python", "-m", "hera.operations.trial_start"]
STEPS = [
    ["python", "manage.py", "prepare_database"],
    ["python", "manage.py", "migrate"],
    ["python", "manage.py", "loaddata", "vaccines_and_doses", "events", "survey_templates"],
    ["python", "manage.py", "loaddata", "vaccination_reminders", "pregnancy_surveys", "after_birth_reminders"],
    TRIAL,
    [
        "python",
        "manage.py",
        "invite_admin",
        f"admin@{ZONE}",
        "--if-none",
        "--base",
        f"https://production-turkey.{ZONE}",
    ],
]


def stored_keys(aws) -> dict[str, str]:
    stored = aws.client("secretsmanager").list_secrets()["SecretList"][0]
    found: dict[str, str] = json.loads(
        aws.client("secretsmanager").get_secret_value(SecretId=stored["ARN"])["SecretString"]
    )
    return found


def test_from_nothing_to_an_open_country(aws):
    code, said = aws.run(*CREATE)
    assert code == 0, said
    *steps, invited = aws.commands
    assert [*steps, invited[:-2]] == STEPS
    first, last = aws.deployments()
    assert (first["running"], last["running"]) == (False, True)
    assert last["domain"] == f"production-turkey.{ZONE}"
    assert last["settings"] == {
        "HERA_OTP_ALLOWED_COUNTRIES": "TR", "HERA_DEFAULT_TIMEZONE": "Europe/Istanbul", "HERA_DEFAULT_LANGUAGE": "tr",
    }  # fmt: skip
    opens = re.search(re.escape(LINK[:-1]) + "~([A-Za-z0-9_-]{40,})/", said)
    assert invited[-2:] == ["--other-half", hashlib.sha256(opens[1].encode()).hexdigest()]
    assert opens[1] not in str(aws.commands), "S24: what the task is told and prints opens nothing"
    assert "✔ production-turkey is open" in said
    keys = stored_keys(aws)
    made = keys.pop("HERA_WEB_PUSH_PRIVATE_KEY")
    assert len(made) == 43
    assert made not in said
    assert keys == KEYS
    for secret in KEYS.values():
        assert f" {secret}" not in said.replace("app/", "")


def test_a_second_call_makes_nothing_new(aws):
    assert aws.run(*CREATE)[0] == 0
    before, keys = len(aws.deployments()), stored_keys(aws)
    code, said = aws.run(*CREATE)
    assert code == 0
    assert stored_keys(aws) == keys, "browsers hang on the key"
    assert "The infrastructure is there" in said
    assert len(aws.deployments()) == before
    [asked] = aws.commands[len(STEPS) :]  # whether there is an administrator
    assert asked[:-2] == STEPS[-1]


@pytest.mark.parametrize("parity", [0, 1])
def test_killed_after_each_step_and_run_again(aws, parity):
    """After each step's beginning in turn, and each one's end: kill -9, then again to the end."""
    said = [json.loads(line) for line in aws.run(*CREATE, "--json")[1].splitlines() if line.startswith("{")]
    ends = [place for place, line in enumerate(said, 1) if line["event"] in {"step", "done"}]
    assert len(ends) >= 10
    aws.client("cloudformation").delete_stack(StackName="hera-production-turkey")
    for place in ends[parity:-1:2]:
        name = f"staging-turkey-{place}"
        process = aws.start("create", name, "--region", REGION, "--image", "1.0", "--json")
        for _ in range(place):
            process.stdout.readline()
        kill(process)
        began = len(aws.commands)
        code, again = aws.run("create", name, "--region", REGION, "--image", "1.0")
        assert code == 0, (place, again)
        assert aws.status(name) in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}
        mine = [deployed for deployed in aws.deployments() if deployed["name"] == name]
        assert mine[-1]["running"] is True
        assert aws.commands[began:][-1][2] == "invite_admin"
        aws.client("cloudformation").delete_stack(StackName=f"hera-{name}")  # or the quota of networks is reached


def test_a_country_whose_service_does_not_start_is_not_rolled_out(aws):
    aws.exit_codes["hera.operations.trial_start"] = 1
    aws.said["hera.operations.trial_start"] = ["HERA cannot start. HERA_ONESIGNAL_APP_ID is empty."]
    code, said = aws.run(*CREATE)
    assert code == 1
    assert "The web server does not start: HERA cannot start. HERA_ONESIGNAL_APP_ID is empty." in said
    assert "production-turkey serves nobody yet" in said
    assert [row["running"] for row in aws.deployments()] == [False]
    aws.exit_codes.clear()
    assert aws.run(*CREATE)[0] == 0


def test_interrupted_and_run_again(aws):
    process = aws.start(*CREATE, "--json")
    process.stdout.readline()
    process.send_signal(2)
    said, _ = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "To go on: ./hera-env create production-turkey" in said
    assert aws.run(*CREATE)[0] == 0


def test_a_dry_run_prints_steps_and_costs_and_makes_nothing(aws):
    code, said = aws.run(*CREATE, "--dry-run", "--json")
    facts = json.loads(said.splitlines()[-1])
    assert code == 0
    assert len(facts["steps"]) == 11
    assert 150 < facts["dollars_a_month"] < 400
    assert aws.stack("production-turkey") is None
    assert aws.commands == []
    assert "$" in aws.run(*CREATE, "--dry-run")[1]


@pytest.mark.parametrize(
    "name",
    ["turkey", "production", "Production-Turkey", "production-türkiye", "production--x", "production-" + "x" * 40],
)
def test_a_name_that_does_not_fit_is_refused(aws, name):
    code, said = aws.run("create", name, "--region", REGION)
    assert code == 1
    assert "it wants staging-<country> or production-<country>" in said
    assert aws.deployments() == []


def test_an_unknown_region(aws):
    code, said = aws.run("create", "production-turkey", "--region", "eu-nowhere-9")
    assert code == 1
    assert "has no region 'eu-nowhere-9'" in said
    assert REGION in said


def test_no_credentials(aws):
    code, said = aws.run(*CREATE, AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY="", AWS_PROFILE="")
    assert code == 1
    assert "There are no AWS credentials here" in said or "The config profile" in said
    assert "Traceback" not in said


def test_several_zones_are_a_question(aws):
    aws.client("route53").create_hosted_zone(Name="other.example.org", CallerReference="2")
    code, said = aws.run(*CREATE)
    assert code == 1
    assert "--zone hera.example.org" in said
    assert aws.run(*CREATE, "--zone", ZONE)[0] == 0


def test_an_image_that_is_not_there(aws):
    code, said = aws.run("create", "production-turkey", "--region", REGION, "--image", "9.9")
    assert code == 1
    assert f"There is no image {ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/hera:9.9" in said
    assert "docker push" in said
    assert aws.deployments() == []


def test_keys_that_nobody_gave(aws):
    code, said = aws.run(*CREATE, HERA_ONESIGNAL_API_KEY="")
    assert code == 1
    assert "HERA_ONESIGNAL_API_KEY" in said
    assert "In a script, export HERA_ONESIGNAL_API_KEY" in said
    assert aws.deployments() == [], "asked for before 20 minutes of infrastructure"
    assert aws.run(*CREATE)[0] == 0


def test_a_left_over_bucket_is_found_before_anything_is_made(aws):
    s3 = aws.client("s3")
    s3.create_bucket(Bucket="left-over", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_bucket_tagging(
        Bucket="left-over", Tagging={"TagSet": [{"Key": "hera-environment", "Value": "production-turkey"}]}
    )
    s3.put_object(Bucket="left-over", Key="x", Body=b"x")
    code, said = aws.run(*CREATE)
    assert code == 1
    assert "A bucket of an earlier production-turkey is left over: left-over" in said
    assert aws.deployments() == []
    assert aws.run("destroy", "production-turkey", "--region", REGION, "--i-have-a-backup")[0] == 0
    assert aws.run(*CREATE)[0] == 0


def test_no_address_left_for_the_way_out(aws):
    ec2 = aws.client("ec2")
    for _ in range(4):
        ec2.allocate_address(Domain="vpc")
    code, said = aws.run(*CREATE)
    assert code == 1
    assert "addresses for NAT gateways" in said
    assert "L-0263D0A3" in said
    assert aws.deployments() == []


@pytest.mark.parametrize("status", ["ROLLBACK_COMPLETE", "ROLLBACK_FAILED"])
def test_a_resource_that_fails_is_named_with_cause_and_mend_and_the_next_call_goes_on(aws, status):
    """Also where the first attempt could not be rolled back: its database was protected by an earlier hera-env."""
    aws.fail_next_deployment(status, "NetworkVpc", "The maximum number of VPCs has been reached.")
    code, said = aws.run(*CREATE)
    assert code == 1
    assert "NetworkVpc (AWS::EC2::VPC) failed. This account may have no more networks" in said
    assert "L-F678F1CE" in said
    assert aws.status("production-turkey") == status
    [database] = aws.backend("rds").databases.values()
    database.deletion_protection = True
    code, said = aws.run(*CREATE)
    assert code == 0, said
    assert "The last attempt failed at NetworkVpc" in said
    assert "Removing what the last attempt left" in said


@pytest.mark.parametrize("status", ["UPDATE_ROLLBACK_FAILED", "DELETE_FAILED"])
def test_a_stack_that_is_stuck_says_which_command_frees_it(aws, status):
    aws.run(*CREATE)
    aws.stack("production-turkey").status = status
    code, said = aws.run(*CREATE)
    assert code == 1
    assert f"The stack is in the state {status}" in said
    assert "continue-update-rollback" in said or "--i-have-a-backup" in said


def test_what_an_earlier_call_began_is_waited_for(aws):
    aws.run(*CREATE)
    stack = aws.stack("production-turkey")
    stack.status = "UPDATE_IN_PROGRESS"
    process = aws.start(*CREATE, "--json")
    assert "An earlier call is at work" in process.stdout.readline()
    stack.status = "UPDATE_COMPLETE"
    process.communicate(timeout=30)
    assert process.returncode == 0


def test_a_migration_that_fails_stops_before_anything_runs(aws):
    aws.exit_codes["migrate"] = 1
    aws.said["migrate"] = ["Applying events.0031...", "django.db.utils.DataError: value too long"]
    code, said = aws.run(*CREATE)
    assert code == 1
    assert "value too long" in said
    assert aws.deployments()[-1]["running"] is False
    aws.exit_codes.clear()
    assert aws.run(*CREATE)[0] == 0
    assert aws.deployments()[-1]["running"] is True


@pytest.mark.parametrize(
    ("reason", "cause"),
    [
        ("CannotPullContainerError: manifest unknown", "The image cannot be fetched"),
        ("ResourceInitializationError: unable to pull secrets or registry auth", "they cannot fetch their secrets"),
    ],
)
def test_a_task_that_cannot_start(aws, reason, cause):
    aws.never_start = reason
    code, said = aws.run(*CREATE)
    assert code == 1
    assert cause in said


def test_a_new_version_migrates_with_the_new_image_before_it_rolls(aws):
    aws.run(*CREATE)
    push_image(aws, "1.1")
    before = len(aws.commands)
    code, said = aws.run(
        "deploy", "production-turkey", "--yes", "--image", "1.1", "--set", "HERA_QUIET_HOURS=22:00-07:00"
    )
    assert code == 0, said
    assert aws.commands[before:] == [["python", "manage.py", "migrate"], TRIAL]
    assert [image.rsplit(":")[-1] for image in aws.images[before:]] == ["1.1", "1.1"]
    last = aws.deployments()[-1]
    assert last["image"].endswith("hera:1.1")
    assert last["settings"]["HERA_QUIET_HOURS"] == "22:00-07:00"
    assert last["settings"]["HERA_DEFAULT_TIMEZONE"] == "Europe/Istanbul"  # what was there stays


def test_a_new_version_whose_migration_fails_leaves_the_old_one_alone(aws):
    aws.run(*CREATE)
    push_image(aws, "1.1")
    before = len(aws.deployments())
    aws.exit_codes["migrate"] = 1
    assert aws.run("deploy", "production-turkey", "--yes", "--image", "1.1")[0] == 1
    assert len(aws.deployments()) == before


def test_a_new_version_that_does_not_start_is_not_rolled(aws):
    aws.run(*CREATE)
    push_image(aws, "1.1")
    before = len(aws.deployments())
    aws.exit_codes["hera.operations.trial_start"] = 1
    aws.said["hera.operations.trial_start"] = ["...", "Migrations are missing: run manage.py migrate."]
    code, said = aws.run("deploy", "production-turkey", "--yes", "--image", "1.1")
    assert code == 1
    assert "The new version does not start: Migrations are missing: run manage.py migrate." in said
    assert "The one before runs on" in said
    assert len(aws.deployments()) == before


def test_a_trial_has_the_settings_and_keys_that_the_new_tasks_will_have(aws):
    aws.run(*CREATE, "--set", "HERA_QUIET_HOURS=22:00-07:00")
    code, said = aws.run(
        "deploy", "production-turkey", "--yes", "--sms", "apprise", "--set", "HERA_QUIET_HOURS=",
        HERA_APPRISE_SMS_URL="json://sms.example.org",
    )  # fmt: skip
    assert code == 0, said
    assert aws.commands[-1] == TRIAL
    newest = aws.client("ecs").describe_task_definition(taskDefinition="hera-production-turkey-setup")["taskDefinition"]
    [container] = newest["containerDefinitions"]
    variables = {row["name"]: row["value"] for row in container["environment"]}
    assert variables["HERA_SMS_CHANNEL"] == "apprise"
    assert "HERA_QUIET_HOURS" not in variables
    secrets = {row["name"]: row["valueFrom"] for row in container["secrets"]}
    assert secrets["HERA_APPRISE_SMS_URL"].endswith(":HERA_APPRISE_SMS_URL::")
    assert "HERA_MESSAGEBIRD_API_KEY" not in secrets


def test_a_new_version_that_does_not_get_healthy_is_rolled_back_and_says_so(aws):
    aws.run(*CREATE)
    push_image(aws, "1.1")
    aws.fail_next_deployment("UPDATE_ROLLBACK_COMPLETE", "Cluster", "ECS Deployment Circuit Breaker was triggered")
    code, said = aws.run("deploy", "production-turkey", "--yes", "--image", "1.1")
    assert code == 1
    assert "do not get healthy" in said
    assert "hera-env logs" in said


def test_a_changed_key_reaches_the_tasks_that_run_after_a_trial(aws):
    aws.run(*CREATE)
    first = aws.deployments()[-1]["secrets_version"]
    code, said = aws.run("deploy", "production-turkey", "--yes", HERA_ONESIGNAL_API_KEY="of this month")
    assert code == 0, said
    assert "with the keys and passwords that are stored now" in said
    assert aws.deployments()[-1]["secrets_version"] != first
    assert aws.commands[-1] == TRIAL
    assert stored_keys(aws)["HERA_ONESIGNAL_API_KEY"] == "of this month"


def test_a_renewed_password_reaches_them_too_and_a_diff_says_so(aws):
    """It is put into the secret by hand: nothing else of the environment has changed."""
    aws.run(*CREATE)
    assert aws.run("deploy", "production-turkey", "--yes")[0] == 0
    before, commands = aws.deployments()[-1]["secrets_version"], len(aws.commands)
    assert "task definitions" not in aws.run("diff", "production-turkey")[1]
    aws.client("secretsmanager").put_secret_value(SecretId="production-turkey-database", SecretString="{}")
    assert "task definitions" in aws.run("diff", "production-turkey")[1]
    code, said = aws.run("deploy", "production-turkey", "--yes")
    assert code == 0, said
    assert aws.deployments()[-1]["secrets_version"] != before
    assert aws.commands[commands:] == [TRIAL]


def test_create_says_that_a_key_does_not_reach_what_runs(aws):
    aws.run(*CREATE)
    code, said = aws.run(*CREATE, HERA_ONESIGNAL_API_KEY="of this month")
    assert code == 0
    assert "until: ./hera-env deploy production-turkey" in said
    assert "until: ./hera-env" not in aws.run(*CREATE, HERA_ONESIGNAL_API_KEY="of this month")[1]


def test_a_secret_is_no_setting(aws):
    aws.run(*CREATE)
    code, said = aws.run("deploy", "production-turkey", "--yes", "--set", "HERA_ONESIGNAL_API_KEY=x")
    assert code == 1
    assert "is a secret" in said


def test_status_finds_environments_in_any_region_and_says_what_is_behind(aws):
    aws.run(*CREATE)
    time.sleep(1.1)
    push_image(aws, "2.0")
    code, said = aws.run("status", "production-turkey", "--json", AWS_DEFAULT_REGION="us-east-1")
    facts = json.loads(said)
    assert code == 0
    assert facts["region"] == REGION
    assert facts["image"] == "hera:1.0"
    assert facts["newest_image"] == "2.0"
    assert facts["dollars_a_month"] > 100
    assert "production-turkey" in aws.run("status", "--region", REGION)[1]


def test_a_command_in_a_task_of_its_own_gives_its_lines_and_its_exit_code(aws):
    aws.run(*CREATE)
    aws.said["upgrade_check"] = ["all is well"]
    code, said = aws.run("exec", "production-turkey", "--", "python", "manage.py", "upgrade_check", "--quick")
    assert code == 0
    assert "all is well" in said
    assert aws.commands[-1] == ["python", "manage.py", "upgrade_check", "--quick"]
    aws.exit_codes["upgrade_check"] = 3
    assert aws.run("exec", "production-turkey", "--", "python", "manage.py", "upgrade_check")[0] == 3


def test_events_and_logs(aws):
    aws.run(*CREATE)
    said = aws.run("events", "production-turkey")[1]
    assert re.search(r"Cluster\s+CREATE_COMPLETE", said)
    assert "loaddata: done" in aws.run("logs", "production-turkey", "--since", "5m")[1]
    assert "is no span of time" in aws.run("logs", "production-turkey", "--since", "soon")[1]


def test_an_export_arrives_as_a_file_and_leaves_nothing_in_the_bucket(aws):
    aws.run(*CREATE)
    sent = export_arrives(aws)
    code, said = aws.run("export", "production-turkey", "--recipient", AGE_KEY)
    assert code == 0, said
    assert sent == [AGE_KEY]
    file = aws.folder / "production-turkey.dump.age"
    assert file.read_bytes() == b"encrypted"
    assert file.stat().st_mode & 0o077 == 0
    bucket = aws.client("s3").list_buckets()["Buckets"][0]["Name"]
    assert "Contents" not in aws.client("s3").list_objects_v2(Bucket=bucket)
    assert "is there already" in aws.run("export", "production-turkey", "--recipient", AGE_KEY)[1]


@pytest.mark.parametrize(
    ("told", "says"), [("job=backup", "does not tell the checksum"), (f"sha256={'0' * 64}", "is not what the")]
)
def test_an_export_that_the_log_does_not_vouch_for_is_not_kept(aws, told, says):
    aws.run(*CREATE)
    export_arrives(aws, told=told)
    code, said = aws.run("export", "production-turkey", "--recipient", AGE_KEY)
    assert code == 1
    assert says in said
    assert list(aws.folder.glob("*.dump.age*")) == []


def test_nothing_is_destroyed_without_a_backup(aws):
    aws.run(*CREATE)
    code, said = aws.run("destroy", "production-turkey")
    assert code == 1
    assert "./hera-env export production-turkey --recipient" in said
    assert aws.status("production-turkey") is not None
    bucket = aws.client("s3").list_buckets()["Buckets"][0]["Name"]
    aws.client("s3").put_object(Bucket=bucket, Key="old-export", Body=b"x")
    code, said = aws.run("destroy", "production-turkey", "--i-have-a-backup")
    assert code == 0, said
    assert aws.client("s3").list_buckets()["Buckets"] == []
    assert "There is no environment production-turkey" in aws.run("status", "production-turkey")[1]


def test_a_doctor_names_what_is_wrong(aws):
    code, said = aws.run("doctor")
    assert code == 0, said
    assert said.count("✔") == 5
    zone = aws.client("route53").list_hosted_zones()["HostedZones"][0]["Id"]
    aws.client("route53").delete_hosted_zone(Id=zone)
    code, said = aws.run("doctor", "production-turkey")
    assert code == 1
    assert "no public hosted zone" in said
    assert "There is no environment production-turkey" in said
