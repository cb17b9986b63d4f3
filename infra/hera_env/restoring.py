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
from infra.hera_env.change_sets import Overtaken
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


def restore(cloud: Cloud, seen: Configuration, snapshot: dict[str, Any], reporter: Reporter) -> dict[str, Any]:
    """Put the data of a snapshot in the place of an environment's data, which is kept as a snapshot of its own.

    Args:
        seen: what the environment had when its operator was asked. What somebody else deploys from then on is kept;
            data that somebody else has put in place, or is about to, are not replaced.

    Returns:
        The `snapshot`, and the one of `before` that leads back.

    Raises:
        Stop: with cause and mend; the same call goes on from there.
    """
    given = snapshot["DBSnapshotIdentifier"]
    # Making a snapshot of a moment takes long: what was deployed meanwhile is not to be taken back.
    stack, known = _with_the_data_of(seen, cloud, reporter)
    if known.restoring != given:
        if known.restoring and known.is_replaced and given != known.before:
            raise stacks.half_way(known)
        known, stack = _begun(cloud, known, given, reporter)
    if not known.is_replaced:
        with _standing_still(known, reporter):
            known, stack = _put_in(cloud, stack, known, int(snapshot["AllocatedStorage"]), reporter)
    with _standing_still(known, reporter):
        _open(cloud, stack, known, f"Starting {known.name} with the data of {known.snapshot}", reporter)
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
    # Taken off so that CloudFormation could replace it.
    _protect(cloud, stack.outputs["Database"], protected=known.sizes.protected)
    with _standing_still(known, reporter):
        # What was rolled back has made yet another password for the service's user: the tables alone would not do.
        _open(cloud, stack, known, f"Starting {name} with the data that it had", reporter, restoring="", before="")
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
    begun = known.with_changes(running=False, restoring=given, before=before)
    with _standing_still(begun, reporter):
        return begun, _brought(cloud, known, begun, title, reporter)


@contextlib.contextmanager
def _standing_still(known: Configuration, reporter: Reporter) -> Iterator[None]:
    """Whatever ends it within, the operator is told what that means for mothers."""
    try:
        yield
    except _SomebodyElse:  # what holds now is theirs
        raise
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
    # It takes minutes, in which somebody else may have begun to serve the data that are to go.
    stack, known = _with_the_data_of(known, cloud, reporter)
    # CloudFormation removes it once the new one stands; what it held is kept.
    _protect(cloud, database, protected=False)
    put_in = known.with_changes(snapshot=given, snapshot_gib=gib)
    try:
        return put_in, _brought(cloud, known, put_in, f"Putting the data of {given} in its place", reporter)
    except _SomebodyElse:
        _protect(cloud, database, protected=known.sizes.protected)
        raise


def _open(
    cloud: Cloud, stack: StackState, known: Configuration, title: str, reporter: Reporter, **changes: str
) -> None:
    """The database made fit for the service, and the service started, with these changes."""
    provisioning.open_database(cloud, stack, reporter)
    served = known.with_changes(**{"running": True, "restoring": "", **changes})
    served = secret_versions.into(cloud, stack, served)
    trial_start.try_out(cloud, stack, known, served, reporter)
    _brought(cloud, known, served, title, reporter)
    reporter.done("The service, the worker and both jobs run")


def _with_the_data_of(seen: Configuration, cloud: Cloud, reporter: Reporter) -> tuple[StackState, Configuration]:
    """The stack as it is now, if nobody else has put other data in place since, or is about to."""
    stack = stacks.settle(cloud, seen.name, reporter)
    known = stack.configuration if stack else None
    if stack is None or known is None or _data_of(known) != _data_of(seen):
        raise _SomebodyElse(seen, known)
    return stack, known


def _data_of(known: Configuration) -> tuple[str, str, str, str]:
    return known.snapshot, known.restoring, known.before, known.moving


def _brought(cloud: Cloud, known: Configuration, wanted: Configuration, title: str, reporter: Reporter) -> StackState:
    """The stack with this change of what is known to be there, and of nothing else."""
    try:
        return stacks.bring_to(cloud, wanted, reporter, title, known)
    except Overtaken:
        stack = cloud.stack(known.name)
        raise _SomebodyElse(known, stack.configuration if stack else None) from None


def _protect(cloud: Cloud, database: str, *, protected: bool) -> None:
    """Whether the database refuses to be deleted."""
    cloud.client("rds").modify_db_instance(
        DBInstanceIdentifier=database, DeletionProtection=protected, ApplyImmediately=True
    )


class _SomebodyElse(Stop):
    """Another operator came between, with a restore, with its end or with a deployment."""

    def __init__(self, seen: Configuration, now: Configuration | None) -> None:
        name = seen.name
        if now is None:
            what = f"is removing {name}"
        elif now.restoring and now.restoring != seen.restoring:
            what = f"has begun to restore {now.restoring}"
        elif now.restoring or now.moving:
            what = f"is at work on {name}"
        else:
            what = f"has brought {name} to run with {f'the data of {now.snapshot}' if now.snapshot else 'its own data'}"
        super().__init__(
            f"Somebody else {what} meanwhile. Nothing more was done by this call.",
            f"Ask them; how it stands: ./hera-env status {name}",
        )
