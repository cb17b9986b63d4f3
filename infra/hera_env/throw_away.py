"""Databases made from a backup for an hour, and snapshots: what restoring and rehearsing are made of.

A throw-away database lies in the environment's own network, is reached by its tasks alone, and carries its tag.
"""

from __future__ import annotations

import datetime as dt
import re
import time
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from infra.configuration import STACK_PREFIX
from infra.hera_env import aws_failures, waiting
from infra.hera_env.cloud import SECONDS_BETWEEN_LOOKS
from infra.hera_env.errors import Stop

if TYPE_CHECKING:
    from infra.hera_env.cloud import Cloud
    from infra.hera_env.output import Reporter

_GONE = {"DBInstanceNotFound", "DBInstanceNotFoundFault"}
_NO_SNAPSHOT = {"DBSnapshotNotFound", "DBSnapshotNotFoundFault"}
_TIME = "%Y%m%dt%H%M%S"
_OF_A_MOMENT = re.compile(r"-at-(\d{8}t\d{6})$")
ENVIRONMENT_TAG, SOURCE_TAG = "hera-environment", "hera-throw-away-of"


def of_a_move(environment: str) -> str:
    """What the throw-away database of a move is called."""
    return f"{STACK_PREFIX}{environment}-move"


def name_at(environment: str, moment: dt.datetime) -> str:
    """What the throw-away database of a moment is called, and the snapshot that is taken of it."""
    return f"{STACK_PREFIX}{environment}-at-{moment:{_TIME}}"


def instance(cloud: Cloud, identifier: str) -> dict[str, Any] | None:
    """A database as RDS describes it; None if there is none."""
    try:
        found: dict[str, Any] = cloud.client("rds").describe_db_instances(DBInstanceIdentifier=identifier)[
            "DBInstances"
        ][0]
    except ClientError as error:
        if error.response["Error"].get("Code") in _GONE:
            return None
        raise
    return found


def all_of(cloud: Cloud, environment: str) -> list[str]:
    """The throw-away databases of an environment that are there, by their tags: whatever they were made for."""
    pages = cloud.client("rds").get_paginator("describe_db_instances").paginate()
    return [
        row["DBInstanceIdentifier"]
        for page in pages
        for row in page["DBInstances"]
        if (known := tags(row)).get(ENVIRONMENT_TAG) == environment
        and SOURCE_TAG in known
        and row["DBInstanceStatus"] != "deleting"
    ]


def removal(identifier: str, region: str) -> str:
    """The command that removes a throw-away database."""
    return (
        f"aws rds delete-db-instance --db-instance-identifier {identifier} --skip-final-snapshot"
        f" --delete-automated-backups --region {region}"
    )


def snapshot(cloud: Cloud, identifier: str) -> dict[str, Any] | None:
    """A snapshot as RDS describes it; None if there is none."""
    try:
        found: list[dict[str, Any]] = cloud.client("rds").describe_db_snapshots(DBSnapshotIdentifier=identifier)[
            "DBSnapshots"
        ]
    except ClientError as error:
        if error.response["Error"].get("Code") in _NO_SNAPSHOT:
            return None
        raise
    return found[0] if found else None


def moment_of(row: dict[str, Any]) -> dt.datetime | None:
    """Of when the data of a snapshot are, which may have been taken or copied later; None while it is being made."""
    if found := _OF_A_MOMENT.search(row["DBSnapshotIdentifier"]):
        return dt.datetime.strptime(found[1], _TIME).replace(tzinfo=dt.UTC)
    return row.get("OriginalSnapshotCreateTime") or row.get("SnapshotCreateTime")


def tags(row: dict[str, Any]) -> dict[str, str]:
    """The tags of a database or of a snapshot."""
    return {tag["Key"]: tag["Value"] for tag in row.get("TagList", [])}


def from_snapshot(
    cloud: Cloud, environment: str, identifier: str, source: str, like: dict[str, Any], reporter: Reporter
) -> dict[str, Any]:
    """A throw-away database out of a snapshot, once it answers. One of the same snapshot that is there is taken.

    Args:
        identifier: what it is called.
        source: the snapshot.
        like: the environment's own database, whose network and size it gets.
    """
    known = instance(cloud, identifier)
    if known is not None and tags(known).get(SOURCE_TAG) != source:
        remove(cloud, identifier, reporter)
        known = None
    if known is None:
        cloud.client("rds").restore_db_instance_from_db_snapshot(
            DBInstanceIdentifier=identifier, DBSnapshotIdentifier=source, **_beside(environment, source, like)
        )
    return available(cloud, identifier, reporter)


def at_a_moment(
    cloud: Cloud, environment: str, identifier: str, moment: dt.datetime, like: dict[str, Any], reporter: Reporter
) -> dict[str, Any]:
    """A throw-away database as the environment's own was at a moment, once it answers.

    Args:
        like: the environment's own database; or of one that was removed what its backups say of it.
    """
    source = f"{moment:%Y-%m-%dT%H:%M:%SZ}"
    known = instance(cloud, identifier)
    if known is None:
        whose = (
            {"SourceDBInstanceIdentifier": like["DBInstanceIdentifier"]}
            if "DBInstanceStatus" in like
            else {"SourceDbiResourceId": like["DbiResourceId"]}
        )
        cloud.client("rds").restore_db_instance_to_point_in_time(
            TargetDBInstanceIdentifier=identifier, RestoreTime=moment, **whose, **_beside(environment, source, like)
        )
    return available(cloud, identifier, reporter)


def available(cloud: Cloud, identifier: str, reporter: Reporter) -> dict[str, Any]:
    """The database, once it answers.

    Raises:
        Stop: if it never will.
    """
    while True:
        known = waiting.patiently(lambda: instance(cloud, identifier), reporter)
        state = known["DBInstanceStatus"] if known else "gone"
        if known is not None and state == "available":
            return known
        if state in {"gone", "failed", "deleting", "incompatible-restore", "incompatible-parameters", "storage-full"}:
            raise Stop(
                f"The database {identifier} out of the backup is {state}.",
                f"What runs was not touched. Once more: {aws_failures.again()}",
            )
        time.sleep(SECONDS_BETWEEN_LOOKS)


def take_snapshot(cloud: Cloud, environment: str, database: str, identifier: str, reporter: Reporter) -> str:
    """A snapshot of a database, once it is whole; one of this name that is there is taken. Returns its name.

    Raises:
        Stop: if it failed.
    """
    if snapshot(cloud, identifier) is None:
        cloud.client("rds").create_db_snapshot(
            DBInstanceIdentifier=database,
            DBSnapshotIdentifier=identifier,
            Tags=[{"Key": ENVIRONMENT_TAG, "Value": environment}],
        )
    return _whole(cloud, identifier, reporter)


def copy_snapshot(cloud: Cloud, source: str, identifier: str, reporter: Reporter, *, key: str | None = None) -> str:
    """The same snapshot under another name, once it is whole. Returns that name.

    Args:
        key: what it is encrypted with, where the source is not.

    Raises:
        Stop: if it failed.
    """
    if snapshot(cloud, identifier) is None:
        encrypted = {"KmsKeyId": key} if key else {}
        cloud.client("rds").copy_db_snapshot(
            SourceDBSnapshotIdentifier=source, TargetDBSnapshotIdentifier=identifier, CopyTags=True, **encrypted
        )
    return _whole(cloud, identifier, reporter)


def forget_snapshot(cloud: Cloud, identifier: str) -> None:
    """Remove a snapshot, if it is there."""
    try:
        cloud.client("rds").delete_db_snapshot(DBSnapshotIdentifier=identifier)
    except ClientError as error:
        if error.response["Error"].get("Code") not in _NO_SNAPSHOT:
            raise


def remove(cloud: Cloud, identifier: str, reporter: Reporter, *, wait: bool = True) -> None:
    """Remove a throw-away database; whether it is one was its name's to say."""
    rds = cloud.client("rds")
    try:
        rds.delete_db_instance(DBInstanceIdentifier=identifier, SkipFinalSnapshot=True, DeleteAutomatedBackups=True)
    except ClientError as error:
        code = error.response["Error"].get("Code")
        if code in _GONE:
            return
        if code != "InvalidDBInstanceState":  # it is being removed already, or is not whole yet
            raise
        reporter.note(
            f"The throw-away database {identifier} is still being made, and costs until it is removed:"
            f" {removal(identifier, cloud.region)}"
        )
    while wait and waiting.patiently(lambda: instance(cloud, identifier), reporter) is not None:
        time.sleep(SECONDS_BETWEEN_LOOKS)


def _beside(environment: str, source: str, like: dict[str, Any]) -> dict[str, Any]:
    """What every throw-away database has: closed, alone in its zone, in the network of the one that it is like."""
    network: dict[str, Any] = {}
    if "DBSubnetGroup" in like:
        network["DBSubnetGroupName"] = like["DBSubnetGroup"]["DBSubnetGroupName"]
        network["VpcSecurityGroupIds"] = [row["VpcSecurityGroupId"] for row in like.get("VpcSecurityGroups", [])]
    if like.get("DBInstanceClass"):
        network["DBInstanceClass"] = like["DBInstanceClass"]
    if like.get("DBParameterGroups"):
        network["DBParameterGroupName"] = like["DBParameterGroups"][0]["DBParameterGroupName"]
    return {
        "PubliclyAccessible": False,
        "MultiAZ": False,
        "DeletionProtection": False,
        "Tags": [{"Key": ENVIRONMENT_TAG, "Value": environment}, {"Key": SOURCE_TAG, "Value": source}],
        **network,
    }


def _whole(cloud: Cloud, identifier: str, reporter: Reporter) -> str:
    while True:
        known = waiting.patiently(lambda: snapshot(cloud, identifier), reporter)
        state = known["Status"] if known else "gone"
        if state == "available":
            return identifier
        if state in {"gone", "failed"}:
            raise Stop(
                f"The snapshot {identifier} is {state}.",
                f"What runs was not touched. Once more: {aws_failures.again()}",
            )
        time.sleep(SECONDS_BETWEEN_LOOKS)
