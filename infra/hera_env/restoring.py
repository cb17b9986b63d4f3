"""Going back to a backup: a snapshot, or any moment of the last 14 days.

CloudFormation puts a database out of the snapshot in the place of the one that is there; the template then names the
snapshot for ever, or it would put an empty one there (ADR 21). Each step may be repeated; all state is in AWS.
"""

from __future__ import annotations

import contextlib
import datetime as dt
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from infra.configuration import STACK_PREFIX
from infra.hera_env import backups, provisioning, stacks, throw_away
from infra.hera_env.errors import Stop

if TYPE_CHECKING:
    from collections.abc import Iterator

    from infra.configuration import Configuration
    from infra.hera_env.cloud import Cloud, StackState
    from infra.hera_env.output import Reporter


def beginning_with(
    cloud: Cloud, wanted: Configuration, from_snapshot: str | None, at: str | None, reporter: Reporter, *, dry_run: bool
) -> Configuration:
    """The configuration of an environment that begins with the data of a backup; a dry run only looks for it."""
    moment = backups.one_of(wanted.name, from_snapshot, at)
    there = cloud.stack(wanted.name)
    if there is not None and there.configuration is not None:
        if from_snapshot and there.configuration.snapshot == from_snapshot:
            return wanted
        given = f"--from-snapshot {from_snapshot}" if from_snapshot else f"--at {at}"
        raise Stop(
            f"{wanted.name} is there already, with data of its own.",
            f"To put that of the backup in its place: ./hera-env restore {wanted.name} {given}",
        )
    if dry_run:
        found = backups.look(cloud, wanted.name, from_snapshot, moment)
    else:
        found = backups.source(cloud, wanted.name, from_snapshot, moment, reporter)
    return wanted.with_changes(snapshot=found["DBSnapshotIdentifier"], snapshot_gib=int(found["AllocatedStorage"]))


def restore(
    cloud: Cloud, stack: StackState, known: Configuration, snapshot: dict[str, Any], reporter: Reporter
) -> dict[str, Any]:
    """Put the data of a snapshot in the place of an environment's data, which is kept as a snapshot of its own.

    Returns:
        The `snapshot`, and the one of `before` that leads back.

    Raises:
        Stop: with cause and mend; the same call goes on from there.
    """
    name, given = known.name, snapshot["DBSnapshotIdentifier"]
    # Making a snapshot of a moment takes long: what was deployed meanwhile is not to be taken back.
    settled = stacks.settle(cloud, name, reporter)
    if settled is not None and settled.configuration is not None:
        stack, known = settled, settled.configuration
    if known.restoring and known.restoring != given:
        raise stacks.half_way(known)
    before = known.before
    if not known.restoring:
        now = f"{dt.datetime.now(dt.UTC):%Y%m%dt%H%M%S}"
        before = f"{STACK_PREFIX}{name}-before-{now}"
        if known.snapshot == given:  # CloudFormation would see no change, and restore nothing
            given = throw_away.copy_snapshot(cloud, given, f"{STACK_PREFIX}{name}-again-{now}", reporter)
        reporter.step("Stopping the service: from here on mothers see nothing new, and no message goes out")
        known = known.with_changes(running=False, restoring=given, before=before)
        with _standing_still(name, given, reporter):
            stack = stacks.bring_to(cloud, known, reporter, f"Stopping {name}")
    with _standing_still(name, given, reporter):
        _put_in(cloud, stack, known, given, int(snapshot["AllocatedStorage"]), reporter)
    reporter.done("The service, the worker and both jobs run")
    return {"snapshot": given, "before": before}


@contextlib.contextmanager
def _standing_still(name: str, given: str, reporter: Reporter) -> Iterator[None]:
    """Whatever ends it within, the operator is told what that means for mothers."""
    try:
        yield
    except (KeyboardInterrupt, Stop, BotoCoreError, ClientError):
        reporter.note(
            f"{name} stands still until this goes on: mothers see nothing new, and no message reaches them. It goes on"
            f" with: ./hera-env restore {name} --from-snapshot {given} --yes"
        )
        raise


def _put_in(cloud: Cloud, stack: StackState, known: Configuration, given: str, gib: int, reporter: Reporter) -> None:
    """Keep what is there as a snapshot, put the data of another in its place, and start the service."""
    name, before = known.name, known.before
    if known.snapshot != given:
        database = stack.outputs["Database"]
        reporter.step(f"Keeping what is there now as {before}")
        throw_away.take_snapshot(cloud, name, database, before, reporter)
        # CloudFormation removes it once the new one stands; what it held is kept.
        cloud.client("rds").modify_db_instance(
            DBInstanceIdentifier=database, DeletionProtection=False, ApplyImmediately=True
        )
        known = known.with_changes(snapshot=given, snapshot_gib=gib)
        stack = stacks.bring_to(cloud, known, reporter, f"Putting the data of {given} in its place")
    provisioning.open_database(cloud, stack, reporter)
    stacks.bring_to(
        cloud, known.with_changes(running=True, restoring=""), reporter, f"Starting {name} with the data of {given}"
    )
