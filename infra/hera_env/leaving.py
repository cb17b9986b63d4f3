"""A country leaves: its data in an encrypted file, its environment removed, a final snapshot kept."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from infra.hera_env import failures, one_off, watching
from infra.hera_env.stop import Stop

if TYPE_CHECKING:
    from infra.hera_env.cloud import Cloud, StackState
    from infra.hera_env.reporting import Reporter

_UPLOAD_WITHIN_SECONDS = 6 * 3600


def export(
    cloud: Cloud, environment: str, stack: StackState, recipient: str, target: Path, reporter: Reporter
) -> dict[str, Any]:
    """A dump of the whole database, encrypted in the environment for `recipient`, fetched into `target`.

    Raises:
        Stop: if it could not be made or fetched; no half file is left.
    """
    if target.exists():
        raise Stop(f"{target} is there already.", "Name another file with --output.")
    bucket = stack.outputs["ExportsBucket"]
    key = f"{environment}-{dt.datetime.now(dt.UTC):%Y%m%dT%H%M%SZ}.dump.age"
    s3 = cloud.client("s3")
    address = s3.generate_presigned_url(
        "put_object", Params={"Bucket": bucket, "Key": key}, ExpiresIn=_UPLOAD_WITHIN_SECONDS
    )
    reporter.step("Dumping and encrypting in the environment")
    one_off.checked(
        cloud,
        stack,
        ["python", "manage.py", "backup", "/tmp/export"],  # noqa: S108  (in the container)
        reporter,
        named="export",
        environment={"HERA_BACKUP_RECIPIENT": recipient, "HERA_BACKUP_UPLOAD_URL": address},
    )
    reporter.step(f"Fetching it into {target}")
    partial = target.with_suffix(target.suffix + ".part")
    try:
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            s3.download_fileobj(bucket, key, file)
        partial.replace(target)
    except ClientError as error:
        raise Stop(
            f"The export is not in the bucket: {error}.",
            f"See hera-env logs {environment} --since 1h, and run it again.",
        ) from None
    finally:
        partial.unlink(missing_ok=True)
    s3.delete_object(Bucket=bucket, Key=key)
    return {"file": str(target), "bytes": target.stat().st_size}


def destroy(cloud: Cloud, environment: str, stack: StackState, reporter: Reporter) -> dict[str, Any]:
    """Remove the environment. The database leaves a final snapshot.

    Raises:
        Stop: if something could not be removed, naming it; the same call goes on from there.
    """
    formation = cloud.client("cloudformation")
    if not stack.is_moving:
        _unprotect(cloud, environment)
        for bucket in cloud.resources(environment, "AWS::S3::Bucket"):
            empty_bucket(cloud, bucket)
        formation.update_termination_protection(StackName=stack.name, EnableTerminationProtection=False)
        formation.delete_stack(StackName=stack.name)
    began = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=5)
    # A deleted stack is found by its id alone; events are asked by name while it is there.
    state = watching.watch(cloud, environment, reporter, f"Removing {environment}", began, lambda: False)
    if state is not None:
        failed = failures.first_failure(cloud.events(environment, began))
        why = failures.of_reason(str(failed.get("ResourceStatusReason"))) if failed else None
        raise Stop(
            f"{failed['LogicalResourceId'] if failed else state.name} could not be removed."
            f" {why.cause if why else state.status}",
            f"Mend that, and run hera-env destroy {environment} --i-have-a-backup again.",
        )
    return {"removed": environment, "snapshots": snapshots(cloud, environment)}


def remove_left_over(cloud: Cloud, environment: str) -> list[str]:
    """Remove the buckets that an environment of this name left behind; returns their names."""
    answer = cloud.client("resourcegroupstaggingapi").get_resources(
        TagFilters=[{"Key": "hera-environment", "Values": [environment]}], ResourceTypeFilters=["s3"]
    )
    buckets = [row["ResourceARN"].rsplit(":", 1)[-1] for row in answer["ResourceTagMappingList"]]
    for bucket in buckets:
        empty_bucket(cloud, bucket)
        cloud.client("s3").delete_bucket(Bucket=bucket)
    return buckets


def snapshots(cloud: Cloud, environment: str) -> list[str]:
    """Final snapshots of databases of this environment, newest last."""
    pages = cloud.client("rds").get_paginator("describe_db_snapshots").paginate(SnapshotType="manual")
    found = [
        (row.get("SnapshotCreateTime", dt.datetime.min.replace(tzinfo=dt.UTC)), row["DBSnapshotIdentifier"])
        for page in pages
        for row in page["DBSnapshots"]
        if {"Key": "hera-environment", "Value": environment} in row.get("TagList", [])
    ]
    return [name for _made, name in sorted(found)]


def empty_bucket(cloud: Cloud, bucket: str) -> None:
    """Delete all objects of a bucket, a page at a time."""
    s3 = cloud.client("s3")
    try:
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
            keys = [{"Key": row["Key"]} for row in page.get("Contents", [])]
            if keys:
                s3.delete_objects(Bucket=bucket, Delete={"Objects": keys, "Quiet": True})
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchBucket":
            raise


def _unprotect(cloud: Cloud, environment: str) -> None:
    for database in cloud.resources(environment, "AWS::RDS::DBInstance"):
        cloud.client("rds").modify_db_instance(
            DBInstanceIdentifier=database, DeletionProtection=False, ApplyImmediately=True
        )
    for balancer in cloud.resources(environment, "AWS::ElasticLoadBalancingV2::LoadBalancer"):
        cloud.client("elbv2").modify_load_balancer_attributes(
            LoadBalancerArn=balancer, Attributes=[{"Key": "deletion_protection.enabled", "Value": "false"}]
        )
