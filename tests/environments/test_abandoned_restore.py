"""Out of a restore whose database could not be made: as before, or with another backup."""

from __future__ import annotations

import pytest

from tests.environments.conftest import REGION, kill, push_image

pytestmark = pytest.mark.slow

NAME = "production-turkey"
CREATE = ("create", NAME, "--region", REGION, "--image", "1.0")
RESTORE = ("restore", NAME, "--region", REGION)
ABANDON = (*RESTORE, "--abandon")
NO_CAPACITY = "Cannot create a database: InsufficientDBInstanceCapacity"


def own(aws) -> dict:
    """The one database that there is."""
    [database] = aws.client("rds").describe_db_instances()["DBInstances"]
    return database


def snapshot(aws, name: str) -> str:
    aws.client("rds").create_db_snapshot(
        DBInstanceIdentifier=own(aws)["DBInstanceIdentifier"], DBSnapshotIdentifier=name,
        Tags=[{"Key": "hera-environment", "Value": NAME}],
    )  # fmt: skip
    return name


@pytest.fixture
def half_way(aws):
    """A country that stands still, since CloudFormation has rolled back the database of the backup."""
    assert aws.run(*CREATE)[0] == 0
    aws.client("rds").modify_db_instance(
        DBInstanceIdentifier=own(aws)["DBInstanceIdentifier"], DeletionProtection=True, ApplyImmediately=True
    )
    for name in ("by-hand", "other"):
        snapshot(aws, name)
    aws.cannot_restore("by-hand", NO_CAPACITY)
    code, said = aws.run(*RESTORE, "--from-snapshot", "by-hand", "--yes")
    assert code == 1, said
    assert f"Or, with the data that it had: ./hera-env restore {NAME} --abandon" in said
    aws.commands.clear()
    return aws


def test_it_serves_again_with_the_data_that_it_had(half_way):
    aws, database = half_way, own(half_way)
    assert database["DeletionProtection"] is False
    push_image(aws, "1.1")
    code, said = aws.run("deploy", NAME, "--image", "1.1", "--yes")
    assert code == 1
    assert f"./hera-env restore {NAME} --abandon" in said
    before = aws.deployments()[-1]["before"]
    code, said = aws.run(*ABANDON)
    assert code == 0, said
    ran = [command[2] for command in aws.commands]
    assert ran == ["prepare_database", "migrate", "hera.operations.trial_start"], "its password is another"
    assert (own(aws)["DBInstanceIdentifier"], own(aws)["DeletionProtection"]) == (
        database["DBInstanceIdentifier"],
        True,
    )
    last = aws.deployments()[-1]
    assert (last["running"], last.get("restoring"), last.get("before"), last.get("snapshot")) == (True, *[None] * 3)
    assert f"The snapshot {before}, which was taken on the way, is kept" in said
    assert aws.run("deploy", NAME, "--image", "1.1", "--yes")[0] == 0


def test_another_backup_may_be_named_instead(half_way):
    aws, database = half_way, own(half_way)["DBInstanceIdentifier"]
    before = aws.deployments()[-1]["before"]
    code, said = aws.run(*RESTORE, "--from-snapshot", "other")
    assert code == 1
    assert "What mothers and staff entered since leaves HERA" in said
    code, said = aws.run(*RESTORE, "--from-snapshot", "other", "--yes")
    assert code == 0, said
    last = aws.deployments()[-1]
    assert (last["running"], last.get("restoring"), last["snapshot"], last["before"]) == (True, None, "other", before)
    assert own(aws)["DBInstanceIdentifier"] != database


def test_the_same_backup_may_be_tried_again(half_way):
    code, said = half_way.run(*RESTORE, "--from-snapshot", "by-hand", "--yes")
    assert code == 0, said
    assert half_way.deployments()[-1]["snapshot"] == "by-hand"


def test_what_cannot_be_abandoned_is_told_apart(aws):
    assert aws.run(*CREATE)[0] == 0
    deployed = len(aws.deployments())
    for given, says in (
        (ABANDON, f"No restore of {NAME} is half-way"),
        ((*ABANDON, "--from-snapshot", "by-hand"), "--abandon goes back to no backup"),
    ):
        code, said = aws.run(*given)
        assert code == 1
        assert says in said
    assert len(aws.deployments()) == deployed


def test_from_a_backup_that_the_version_cannot_use_the_way_leads_back(aws):
    """Its data are in place, and what runs does not start with them: what was there before is a snapshot by then."""
    assert aws.run(*CREATE)[0] == 0
    snapshot(aws, "by-hand")
    aws.exit_codes["migrate"] = 1
    assert aws.run(*RESTORE, "--from-snapshot", "by-hand", "--yes")[0] == 1
    aws.exit_codes.clear()
    before = aws.deployments()[-1]["before"]
    code, said = aws.run(*ABANDON)
    assert code == 1
    back = f"./hera-env restore {NAME} --from-snapshot {before} --yes"
    assert f"Back to it: {back}" in said
    code, said = aws.run(*back.split()[1:], "--region", REGION)
    assert code == 0, said
    last = aws.deployments()[-1]
    assert (last["running"], last.get("restoring"), last["snapshot"]) == (True, None, before)
    assert last["before"] != before


def test_a_backup_that_is_in_place_is_gone_on_with_also_when_its_snapshot_is_gone(aws):
    assert aws.run(*CREATE)[0] == 0
    snapshot(aws, "by-hand")
    snapshot(aws, "other")
    aws.held.append(["python", "manage.py", "prepare_database"])
    process = aws.start(*RESTORE, "--from-snapshot", "by-hand", "--yes", "--json")
    while "Making the database and its user" not in (line := process.stdout.readline()):
        assert line
    kill(process)
    aws.held.clear()
    code, said = aws.run(*ABANDON)
    assert code == 1
    assert "The data of by-hand are in place already" in said
    code, said = aws.run(*RESTORE, "--from-snapshot", "other", "--yes")
    assert code == 1
    assert "was stopped half-way" in said
    assert "--abandon" not in said
    aws.client("rds").delete_db_snapshot(DBSnapshotIdentifier="by-hand")
    code, said = aws.run(*RESTORE, "--from-snapshot", "by-hand", "--yes")
    assert code == 0, said
