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
from infra.hera_env import backups, provisioning, secret_versions, stacks, throw_away, trial_start
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
    if known.restoring != given:
        if known.restoring and known.is_replaced and given != known.before:
            raise stacks.half_way(known)
        known, stack = _begun(cloud, known, given, reporter)
    if not known.is_replaced:
        with _standing_still(known, reporter):
            known, stack = _put_in(cloud, stack, known, int(snapshot["AllocatedStorage"]), reporter)
    with _standing_still(known, reporter):
        _open(cloud, stack, known, f"Starting {name} with the data of {known.snapshot}", reporter)
    return {"snapshot": known.snapshot, "before": known.before}


def abandon(cloud: Cloud, stack: StackState, known: Configuration, reporter: Reporter) -> dict[str, Any]:
    """Serve again with the data that there was, where CloudFormation could not make the database of the backup.

    Returns:
        `kept`, the snapshot that was taken on the way; None if none was.

    Raises:
        Stop: if no restore is half-way, or its data are in place already: they would be served, not those before.
    """
    name, before = known.name, known.before
    if not known.restoring:
        raise Stop(
            f"No restore of {name} is half-way: there is nothing to abandon, and nothing was changed.",
            f"Whether mothers are served: ./hera-env status {name}",
        )
    if known.is_replaced:
        raise Stop(
            f"The data of {known.restoring} are in place already, and {name} stands still. What was there before is in"
            f" the snapshot {before}.",
            f"Back to it: ./hera-env restore {name} --from-snapshot {before} --yes",
        )
    cloud.client("rds").modify_db_instance(
        DBInstanceIdentifier=stack.outputs["Database"],
        DeletionProtection=known.sizes.protected,  # taken off so that CloudFormation could replace it
        ApplyImmediately=True,
    )
    with _standing_still(known, reporter):
        # What was rolled back has made yet another password for the service's user: the tables alone would not do.
        served = known.with_changes(restoring="", before="")
        _open(cloud, stack, served, f"Starting {name} with the data that it had", reporter)
    return {"kept": before if throw_away.snapshot(cloud, before) else None}


def _begun(cloud: Cloud, known: Configuration, given: str, reporter: Reporter) -> tuple[Configuration, StackState]:
    """The service stopped, and the snapshot written down; another in the place of one that could not be put in."""
    name, now = known.name, f"{dt.datetime.now(dt.UTC):%Y%m%dt%H%M%S}"
    # What an earlier attempt kept is what there is: nothing was entered since the service stands still.
    is_untouched = known.restoring and not known.is_replaced
    before = known.before if is_untouched else f"{STACK_PREFIX}{name}-before-{now}"
    if known.snapshot == given:  # CloudFormation would see no change, and restore nothing
        given = throw_away.copy_snapshot(cloud, given, f"{STACK_PREFIX}{name}-again-{now}", reporter)
    title = f"Taking {given} instead of {known.restoring}"
    if known.running:
        title = f"Stopping {name}"
        reporter.step("Stopping the service: from here on mothers see nothing new, and no message goes out")
    known = known.with_changes(running=False, restoring=given, before=before)
    with _standing_still(known, reporter):
        return known, stacks.bring_to(cloud, known, reporter, title)


@contextlib.contextmanager
def _standing_still(known: Configuration, reporter: Reporter) -> Iterator[None]:
    """Whatever ends it within, the operator is told what that means for mothers."""
    try:
        yield
    except (KeyboardInterrupt, Stop, BotoCoreError, ClientError):
        name = known.name
        out = "" if known.is_replaced else f" Or, with the data that it had: ./hera-env restore {name} --abandon"
        reporter.note(
            f"{name} stands still until this goes on: mothers see nothing new, and no message reaches them. It goes on"
            f" with: ./hera-env restore {name} --from-snapshot {known.restoring} --yes{out}"
        )
        raise


def _put_in(
    cloud: Cloud, stack: StackState, known: Configuration, gib: int, reporter: Reporter
) -> tuple[Configuration, StackState]:
    """Keep what is there as a snapshot, and put the data of another in its place."""
    given, database = known.restoring, stack.outputs["Database"]
    reporter.step(f"Keeping what is there now as {known.before}")
    throw_away.take_snapshot(cloud, known.name, database, known.before, reporter)
    # CloudFormation removes it once the new one stands; what it held is kept.
    cloud.client("rds").modify_db_instance(
        DBInstanceIdentifier=database, DeletionProtection=False, ApplyImmediately=True
    )
    known = known.with_changes(snapshot=given, snapshot_gib=gib)
    return known, stacks.bring_to(cloud, known, reporter, f"Putting the data of {given} in its place")


def _open(cloud: Cloud, stack: StackState, known: Configuration, title: str, reporter: Reporter) -> None:
    """The database made fit for the service, and the service started."""
    provisioning.open_database(cloud, stack, reporter)
    served = secret_versions.into(cloud, stack, known.with_changes(running=True, restoring=""))
    trial_start.try_out(cloud, stack, known, served, reporter)
    stacks.bring_to(cloud, served, reporter, title)
    reporter.done("The service, the worker and both jobs run")
