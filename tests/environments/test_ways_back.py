"""Ways back: a snapshot, any moment, what a deployment would change, and a backup that is rehearsed."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
import time

import pytest
from moto.rds.models import DBInstanceAutomatedBackup

from infra.app import build
from infra.configuration import Configuration
from tests.environments.conftest import NIGHT, REGION, ROOT, ZONE, kill, last_night, push_image

pytestmark = pytest.mark.slow

CREATE = ("create", "production-turkey", "--region", REGION, "--image", "1.0")
RESTORE = ("restore", "production-turkey", "--region", REGION)
PREPARE = ["python", "manage.py", "prepare_database"]
MIGRATE = ["python", "manage.py", "migrate"]
TRIAL = ["python", "-m", "hera.operations.trial_start"]


def _database(aws) -> str:
    return aws.client("rds").describe_db_instances()["DBInstances"][0]["DBInstanceIdentifier"]


def _snapshot(
    aws, name: str = "by-hand", environment: str = "production-turkey", *, encrypted: bool = True, version: str = "18.3"
) -> str:
    """A snapshot of a database of this environment, which is gone since."""
    rds = aws.client("rds")
    rds.create_db_instance(
        DBInstanceIdentifier=f"gone-{name}", Engine="postgres", DBInstanceClass="db.t4g.small", AllocatedStorage=70,
        MasterUsername="hera_admin", MasterUserPassword="of-the-pretended-one", StorageEncrypted=encrypted,
        EngineVersion=version,
    )  # fmt: skip
    tags = [{"Key": "hera-environment", "Value": environment}]
    rds.create_db_snapshot(DBInstanceIdentifier=f"gone-{name}", DBSnapshotIdentifier=name, Tags=tags)
    rds.delete_db_instance(DBInstanceIdentifier=f"gone-{name}", SkipFinalSnapshot=True)
    return name


def _databases(aws) -> list[str]:
    return [row["DBInstanceIdentifier"] for row in aws.client("rds").describe_db_instances()["DBInstances"]]


def _snapshots(aws) -> list[str]:
    return [row["DBSnapshotIdentifier"] for row in aws.client("rds").describe_db_snapshots()["DBSnapshots"]]


def test_a_country_that_begins_with_a_snapshot(aws):
    """I6: what `destroy` keeps can be opened."""
    _snapshot(aws)
    code, said = aws.run(*CREATE, "--from-snapshot", "by-hand")
    assert code == 0, said
    first, last = aws.deployments()
    assert first["snapshot"] == last["snapshot"] == "by-hand"
    assert last["snapshot_gib"] == 70
    assert [command[2] for command in aws.commands] == ["prepare_database", "migrate", TRIAL[2], "invite_admin"], (
        "vaccines and texts are those of the backup"
    )
    assert aws.run(*CREATE)[0] == 0
    push_image(aws, "1.1")
    assert aws.run("deploy", "production-turkey", "--image", "1.1", "--yes")[0] == 0
    assert aws.deployments()[-1]["snapshot"] == "by-hand", "or the next deployment would make an empty database"


def test_a_country_killed_while_it_begins_with_a_snapshot_goes_on_with_it(aws):
    _snapshot(aws)
    process = aws.start(*CREATE, "--from-snapshot", "by-hand", "--json")
    while "Making the database and its user" not in process.stdout.readline():
        pass
    kill(process)
    code, said = aws.run(*CREATE)
    assert code == 0, said
    assert aws.deployments()[-1]["snapshot"] == "by-hand"
    assert "loaddata" not in {command[2] for command in aws.commands}


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (("--from-snapshot", "nothing"), "There is no snapshot nothing"),
        (("--from-snapshot", "of-lebanon"), "is of production-lebanon"),
        (("--from-snapshot", "open"), "is not encrypted"),
        (("--from-snapshot", "of-the-old-one"), "is of PostgreSQL 13.20, and production-turkey runs on 18"),
        (("--from-snapshot", "by-hand", "--at", "2026-11-27T02:15Z"), "one of them"),
        (("--at", "yesterday"), "is no time"),
        (("--at", "2999-01-01T00:00Z"), "lies ahead"),
        (("--at", "2026-11-01T00:00Z"), "No backups of production-turkey are kept"),
    ],
)
def test_a_backup_that_cannot_be_had_is_refused_before_anything_is_made(aws, given, says):
    _snapshot(aws)
    _snapshot(aws, "of-lebanon", "production-lebanon")
    _snapshot(aws, "open", encrypted=False)
    _snapshot(aws, "of-the-old-one", version="13.20")
    code, said = aws.run(*CREATE, *given)
    assert code == 1
    assert says in said
    assert aws.deployments() == []


def test_a_snapshot_of_another_postgresql_is_neither_offered_nor_lets_the_service_be_stopped(aws):
    """A move keeps snapshots of the old environment's PostgreSQL 13, which carry the new one's tag."""
    aws.run(*CREATE)
    _snapshot(aws)
    _snapshot(aws, "of-the-old-one", version="13.20")
    before = len(aws.deployments())
    code, said = aws.run(*RESTORE, "--from-snapshot", "of-the-old-one", "--yes")
    assert code == 1
    assert "is of PostgreSQL 13.20, and production-turkey runs on 18" in said
    assert "of-the-old-one" not in said.partition("newest first")[2]
    assert "--from-snapshot by-hand" in said
    assert len(aws.deployments()) == before


def test_a_restore_keeps_what_was_there_and_stops_the_service_first(aws):
    aws.run(*CREATE)
    before = len(aws.commands), len(aws.deployments())
    code, said = aws.run(*RESTORE, "--from-snapshot", _snapshot(aws), "--yes")
    assert code == 0, said
    stopped, replaced, started = aws.deployments()[before[1] :]
    assert (stopped["running"], stopped.get("snapshot"), stopped["restoring"]) == (False, None, "by-hand")
    assert (replaced["running"], replaced["snapshot"]) == (False, "by-hand")
    assert (started["running"], started.get("restoring")) == (True, None)
    assert aws.commands[before[0] :] == [PREPARE, MIGRATE, TRIAL]
    assert started["before"] in _snapshots(aws)
    assert f"--from-snapshot {started['before']}" in said


def test_a_restored_service_that_does_not_start_is_found_before_it_is_rolled_out(aws):
    """While the country stands still, a circuit breaker would take its 10 to 20 minutes to find it."""
    aws.run(*CREATE)
    aws.exit_codes[TRIAL[2]] = 1
    code, said = aws.run(*RESTORE, "--from-snapshot", _snapshot(aws), "--yes")
    assert code == 1
    assert "The web server does not start" in said
    assert "production-turkey stands still until this goes on" in said
    assert aws.deployments()[-1]["running"] is False
    aws.exit_codes.clear()
    assert aws.run(*RESTORE, "--from-snapshot", "by-hand", "--yes")[0] == 0


def test_the_same_snapshot_can_be_restored_twice(aws):
    """CloudFormation sees no change in a template that names the snapshot that is there already.

    Only who says that it is to be done again does so: the same command may be typed again because its end was not seen.
    """
    aws.run(*CREATE)
    _snapshot(aws)
    assert aws.run(*RESTORE, "--from-snapshot", "by-hand", "--yes")[0] == 0
    deployed = len(aws.deployments())
    code, said = aws.run(*RESTORE, "--from-snapshot", "by-hand", "--yes")
    assert code == 1
    assert "runs with the data of by-hand and what was entered since. Nothing was changed" in said
    assert "./hera-env restore production-turkey --from-snapshot by-hand --again" in said
    assert len(aws.deployments()) == deployed
    assert aws.run(*RESTORE, "--from-snapshot", "by-hand", "--again", "--yes")[0] == 0
    replaced = [row["snapshot"] for row in aws.deployments() if row.get("snapshot")]
    assert len(set(replaced)) == 2
    assert replaced[-1].startswith("hera-production-turkey-again-")


def test_a_restore_killed_after_each_step_goes_on_and_nothing_else_touches_it(aws):
    aws.run(*CREATE)
    _snapshot(aws)
    push_image(aws, "1.1")
    process = aws.start(*RESTORE, "--from-snapshot", "by-hand", "--yes", "--json")
    lines = process.communicate(timeout=90)[0].splitlines()
    steps = sum(json.loads(line)["event"] == "step" for line in lines if line.startswith("{"))
    assert steps >= 6
    for place in range(1, steps):
        name = _snapshot(aws, f"by-hand-{place}")
        process = aws.start(*RESTORE, "--from-snapshot", name, "--yes", "--json")
        seen = 0
        while seen < place:
            seen += json.loads(process.stdout.readline()).get("event") == "step"
        kill(process)
        if aws.deployments()[-1].get("restoring") and place == steps - 1:
            for other in (CREATE, ("deploy", "production-turkey", "--image", "1.1", "--yes")):
                code, said = aws.run(*other)
                assert code == 1, (place, said)
                assert "was stopped half-way" in said
        code, said = aws.run(*RESTORE, "--from-snapshot", name, "--yes")
        assert code == 0, (place, said)
        last = aws.deployments()[-1]
        assert (last["running"], last.get("restoring"), last["snapshot"]) == (True, None, name)
        assert last["before"] in _snapshots(aws)
    assert "loaddata" not in {command[2] for command in aws.commands[5:]}


def test_any_moment_becomes_a_snapshot_by_a_database_that_is_thrown_away(aws):
    aws.run(*CREATE)
    own = _database(aws)
    time.sleep(2)  # a moment at which the database was there already
    moment = dt.datetime.now(dt.UTC).replace(microsecond=0) - dt.timedelta(seconds=1)
    asked = moment.astimezone(dt.timezone(dt.timedelta(hours=3)))
    code, said = aws.run(*RESTORE, "--at", asked.isoformat(), "--yes")
    name = f"hera-production-turkey-at-{moment:%Y%m%dt%H%M%S}"
    assert code == 0, said
    assert aws.deployments()[-1]["snapshot"] == name
    assert name in _snapshots(aws)
    assert name not in _databases(aws)
    assert own


@pytest.fixture
def removed(aws, monkeypatch) -> str:
    """A moment of a country that was removed: what moto keeps of its backups has no tags, so they are written in."""
    rds = aws.client("rds")
    rds.create_db_instance(
        DBInstanceIdentifier="gone", Engine="postgres", DBInstanceClass="db.t4g.small", AllocatedStorage=70,
        MasterUsername="hera_admin", MasterUserPassword="of-the-pretended-one", StorageEncrypted=True,
        BackupRetentionPeriod=14,
    )  # fmt: skip
    rds.delete_db_instance(DBInstanceIdentifier="gone", SkipFinalSnapshot=True, DeleteAutomatedBackups=False)
    tags = [{"Key": "hera-environment", "Value": "production-turkey"}]
    monkeypatch.setattr(DBInstanceAutomatedBackup, "tag_list", tags, raising=False)
    monkeypatch.setattr(DBInstanceAutomatedBackup, "dbi_resource_id", "db-GONE", raising=False)
    return (dt.datetime.now(dt.UTC) - dt.timedelta(seconds=2)).replace(microsecond=0).isoformat()


def test_a_removed_country_s_moment_lies_in_the_default_network_and_that_is_said(aws, removed):
    """moto cannot make a database of such backups; what is said before it is asked to, it can."""
    said = aws.run(*CREATE, "--at", removed)[1]
    assert "The network of production-turkey is gone with it" in said
    assert "not reachable from the internet" in said


def test_without_a_default_network_it_says_how_to_make_one(aws, removed):
    aws.backend("ec2").vpcs.clear()
    code, said = aws.run(*CREATE, "--at", removed)
    assert code == 1
    assert f"aws ec2 create-default-vpc --region {REGION}" in said
    assert aws.deployments() == []


def test_nobody_who_says_yes_nothing_restored(aws):
    aws.run(*CREATE)
    before = len(aws.deployments())
    code, said = aws.run(*RESTORE, "--from-snapshot", _snapshot(aws))
    assert code == 1
    assert "What mothers and staff entered since leaves HERA" in said
    assert "--from-snapshot by-hand --yes" in said
    assert len(aws.deployments()) == before


def test_the_template_of_a_restored_database_asks_for_nothing_that_rds_refuses():
    configuration = Configuration(
        "production-turkey", "hera:1.0", f"production-turkey.{ZONE}", "Z1", ZONE, snapshot="by-hand", snapshot_gib=70
    )
    app, stack = build(configuration)
    [made] = [
        row["Properties"]
        for row in app.synth().get_stack_by_name(stack.stack_name).template["Resources"].values()
        if row["Type"] == "AWS::RDS::DBInstance"
    ]
    assert made["DBSnapshotIdentifier"] == "by-hand"
    assert made["AllocatedStorage"] == "70"
    assert not made.keys() & {"MasterUsername", "MasterUserPassword", "StorageEncrypted", "KmsKeyId", "DBName"}
    assert "EngineVersion" not in made, "of 18 RDS would choose a minor version, and a later one is never taken back"


def test_a_diff_says_what_changes_what_is_replaced_and_what_was_changed_by_hand(aws):
    aws.run(*CREATE)
    push_image(aws, "1.1")
    aws.would_replace(Job="True", SetUp="True")
    aws.change_by_hand("NetworkService", "/SecurityGroupIngress")
    before = len(aws.deployments()), len(aws.commands)
    code, said = aws.run("diff", "production-turkey", "--image", "1.1")
    assert code == 0, said
    assert "production-turkey: hera:1.0 to hera:1.1, tables first" in said
    assert "made anew       2 task definitions" in said
    assert "by hand         Who may talk to whom (NetworkService): another SecurityGroupIngress than deployed" in said
    assert (len(aws.deployments()), len(aws.commands)) == before
    assert aws.client("cloudformation").list_change_sets(StackName="hera-production-turkey")["Summaries"] == []
    same = aws.run("diff", "production-turkey", "--json")[1].splitlines()[-1]
    assert json.loads(same)["changes"] == []


def test_production_is_asked_before_it_is_deployed(aws):
    aws.run(*CREATE)
    push_image(aws, "1.1")
    before = len(aws.deployments()), len(aws.commands)
    code, said = aws.run("deploy", "production-turkey", "--image", "1.1")
    assert code == 1
    assert "hera:1.0 to hera:1.1" in said
    assert "In a script: ./hera-env deploy production-turkey --image 1.1 --yes" in said
    assert (len(aws.deployments()), len(aws.commands)) == before


def test_a_deployment_that_would_empty_the_database_is_refused_whoever_says_yes(aws):
    aws.run(*CREATE)
    push_image(aws, "1.1")
    stack = aws.stack("production-turkey")
    stack.resource_map._resource_json_map["Database"]["Properties"]["AllocatedStorage"] = "20"
    aws.would_replace(Database="True")
    before = len(aws.deployments()), len(aws.commands)
    code, said = aws.run("deploy", "production-turkey", "--image", "1.1", "--yes")
    assert code == 1
    assert "every mother and child would be gone" in said
    assert (len(aws.deployments()), len(aws.commands)) == before


def test_a_rehearsal_restores_looks_and_leaves_nothing(aws):
    aws.run(*CREATE)
    last_night(aws, _database(aws))
    own, before = _databases(aws), len(aws.commands)
    code, said = aws.run("rehearse", "production-turkey")
    assert code == 0, said
    assert "can be restored" in said
    assert aws.commands[before:] == [[*MIGRATE, "--plan"], ["python", "manage.py", "upgrade_check"]]
    assert _databases(aws) == own
    definition = aws.client("ecs").describe_task_definition(taskDefinition="hera-production-turkey-exec")
    [container] = definition["taskDefinition"]["containerDefinitions"]
    assert "@" in {row["name"]: row["value"] for row in container["environment"]}["DATABASE_URL"]
    assert {row["name"] for row in container["secrets"]} == {"PGPASSWORD"}, "it never sees the database that runs"
    facts = json.loads(aws.run("status", "production-turkey", "--json")[1])
    assert facts["backups"]["rehearsed"]["snapshot"] == NIGHT


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        ("exit", "ended with 1"),
        ("empty", "The backup holds no table of HERA"),
        ("none", "has no backup yet"),
    ],
)
def test_a_rehearsal_that_fails_says_so_and_leaves_nothing(aws, broken, says):
    aws.run(*CREATE)
    aws.backend("rds").database_snapshots.clear()
    if broken != "none":
        last_night(aws, _database(aws))
    if broken == "exit":
        aws.exit_codes["upgrade_check"] = 1
    if broken == "empty":
        aws.said["migrate"] = ["Planned operations:", "contenttypes.0001_initial"]
    own = _databases(aws)
    code, said = aws.run("rehearse", "production-turkey")
    assert code == 1
    assert says in said
    assert _databases(aws) == own
    assert json.loads(aws.run("status", "production-turkey", "--json")[1])["backups"]["rehearsed"] is None


def test_a_backup_with_an_older_password_is_not_called_bad(aws):
    """A restore makes another password, and RDS takes the first backup of the new database before that."""
    aws.run(*CREATE)
    last_night(aws, _database(aws))
    own, before = _databases(aws), len(aws.commands)
    for snapshot in aws.backend("rds").database_snapshots.values():
        snapshot.created -= dt.timedelta(hours=1)
    code, said = aws.run("rehearse", "production-turkey")
    assert code == 1
    assert "the password of the database's user was made anew at" in said
    assert "That says nothing against the backup" in said
    assert (_databases(aws), len(aws.commands)) == (own, before)


def test_a_rehearsal_stopped_by_ctrl_c_leaves_nothing(aws):
    aws.run(*CREATE)
    last_night(aws, _database(aws))
    own = _databases(aws)
    aws.held.append([*MIGRATE, "--plan"])
    process = aws.start("rehearse", "production-turkey", "--json")
    while "migrate --plan" not in process.stdout.readline():
        pass
    process.send_signal(2)
    process.communicate(timeout=30)
    assert process.returncode == 130
    assert _databases(aws) == own


def test_status_says_what_is_wrong_first(aws):
    aws.run(*CREATE)
    last_night(aws, _database(aws))
    aws.backend("rds").database_snapshots[NIGHT].created -= dt.timedelta(days=3)
    for name in list(aws.backend("rds").database_snapshots):
        if name != NIGHT:
            del aws.backend("rds").database_snapshots[name]
    aws.client("rds").create_db_instance(
        DBInstanceIdentifier="hera-production-turkey-at-20261127t021500", Engine="postgres",
        DBInstanceClass="db.t4g.small",
        Tags=[
            {"Key": "hera-environment", "Value": "production-turkey"},
            {"Key": "hera-throw-away-of", "Value": "2026-11-27T02:15:00Z"},
        ],
    )  # fmt: skip
    aws.client("cloudwatch").put_metric_alarm(
        AlarmName="hera-production-turkey-Errors", AlarmDescription="HERA: the service answers with 5xx.",
        Namespace="x", MetricName="y", EvaluationPeriods=1, Period=60, Statistic="Sum", Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
    )  # fmt: skip
    aws.client("cloudwatch").set_alarm_state(
        AlarmName="hera-production-turkey-Errors", StateValue="ALARM", StateReason="x"
    )
    first = aws.run("status", "production-turkey")[1].splitlines()[0]
    assert first.startswith("✘ production-turkey is not well: HERA: the service answers with 5xx.")
    assert "no backup for 3 days" in first
    assert "throw-away database hera-production-turkey-at-20261127t021500 is still there" in first
    assert "aws rds delete-db-instance --db-instance-identifier hera-production-turkey-at-20261127t021500" in first


def test_status_answers_in_ten_lines_whether_it_is_well(aws):
    aws.run(*CREATE, "--alarm-email", "ops@example.org")
    last_night(aws, _database(aws))
    aws.client("acm").request_certificate(DomainName=f"production-turkey.{ZONE}", ValidationMethod="DNS")
    code, said = aws.run("status", "production-turkey")
    assert code == 0
    lines = said.splitlines()
    assert len(lines) == 10, said
    assert lines[0] == "✔ production-turkey is well"
    for word in ("image", "tasks", "jobs", "alarms", "backup", "restored", "certificate", "cost"):
        assert any(line.strip().startswith(word) for line in lines), word
    assert "never: ./hera-env rehearse production-turkey" in said
    code, said = aws.run("status", "production-turkey", "--bill")
    assert "this month is not known: Cost Explorer does not know the tag yet: aws ce update-cost-allocation" in said


def test_a_rehearsal_s_task_connects_by_the_address_and_a_password_of_its_own():
    """The address has no password in it: PGPASSWORD, which comes from the environment's secret, is libpq's to read."""
    asked = "import django; django.setup(); from django.db import connection; print(connection.get_connection_params())"
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("HERA_", "PG", "DATABASE_"))}
    address = "postgresql://hera@throw-away.example:5432/hera"
    said = subprocess.run(
        [sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60,
        env={**kept, "DJANGO_SETTINGS_MODULE": "hera.settings", "DATABASE_URL": address, "HERA_ENVIRONMENT": "local"},
    ).stdout  # fmt: skip
    assert "'host': 'throw-away.example'" in said
    assert "password" not in said
