"""Removing an environment, and what an earlier one of its name left over; final snapshots are kept."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from infra.hera_env import aws_failures, kept_secrets, protection, records, stack_progress
from infra.hera_env.errors import Stop

if TYPE_CHECKING:
    from infra.hera_env.cloud import Cloud, StackState
    from infra.hera_env.output import Reporter


def destroy(cloud: Cloud, environment: str, stack: StackState, reporter: Reporter) -> dict[str, Any]:
    """Remove the environment. The database leaves a final snapshot.

    Returns:
        The name that was `removed`, its final `snapshots`, and the `secrets` that they are opened with.

    Raises:
        Stop: if something could not be removed, naming it; the same call goes on from there.
    """
    formation = cloud.client("cloudformation")
    if not stack.is_moving:
        protection.take_off(cloud, environment, stack)
        for bucket in cloud.resources(environment, "AWS::S3::Bucket"):
            _empty_bucket(cloud, bucket)
        formation.delete_stack(StackName=stack.name)
    began = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=5)
    # A deleted stack is found by its id alone; events are asked by name while it is there.
    state = stack_progress.watch(cloud, environment, reporter, f"Removing {environment}", began, lambda: False)
    if state is not None:
        failed = aws_failures.first_failure(cloud.events(environment, began))
        reason = str(failed.get("ResourceStatusReason")) if failed else ""
        why = aws_failures.of_reason(reason, aws_failures.Where(environment, cloud.region)) if failed else None
        raise Stop(
            f"{failed['LogicalResourceId'] if failed else state.name} could not be removed."
            f" {why.cause if why else state.status}",
            f"{why.mend if why else 'Mend that.'} Then: ./hera-env destroy {environment} --i-have-a-backup",
        )
    records.forget(cloud, environment)
    kept = kept_secrets.addresses(cloud, environment)
    return {"removed": environment, "snapshots": snapshots(cloud, environment), "secrets": kept}


def about_secrets(cloud: Cloud, kept: list[str]) -> str:
    """What whoever removed an environment has to know of the keys that its data are sealed with."""
    if not kept:
        return (
            "Its keys went with it, as an earlier hera-env had made them: in a backup of it second factors and"
            " the keys of studies stay closed."
        )
    forget = f"aws secretsmanager delete-secret --region {cloud.region} --secret-id"
    return (
        "Its keys are kept, since a backup is not opened without them, for $0.40 a month each. Once no backup is wanted"
        f" any more: {'; '.join(f'{forget} {address}' for address in kept)}"
    )


def remove_left_over(cloud: Cloud, environment: str) -> list[str]:
    """Remove the buckets that an environment of this name left behind; returns their names."""
    buckets = cloud.buckets_tagged(environment)
    for bucket in buckets:
        _empty_bucket(cloud, bucket)
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


def _empty_bucket(cloud: Cloud, bucket: str) -> None:
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
