"""A rehearsal: last night's backup becomes a database for some minutes, and the version that runs looks at it.

A backup that nobody has restored is a hope. What was rehearsed, and when, is kept beside the environment.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from infra.configuration import STACK_PREFIX
from infra.hera_env import aws_failures, one_off_tasks, records, throw_away
from infra.hera_env.errors import Stop
from infra.hera_env.one_off_tasks import Work

if TYPE_CHECKING:
    from infra.hera_env.cloud import Cloud, StackState
    from infra.hera_env.output import Reporter

CHECKS = (["python", "manage.py", "migrate", "--plan"], ["python", "manage.py", "upgrade_check"])
_FIRST_MIGRATION = "contenttypes.0001_initial"  # planned only where there is no table at all


def rehearse(cloud: Cloud, stack: StackState, reporter: Reporter) -> dict[str, Any]:
    """Restore the newest backup into a throw-away database, look at it, and remove it.

    Returns:
        The `snapshot`, of when it is (`taken`), and `minutes`: how long a way back would take at least.

    Raises:
        Stop: if there is no backup, or none since the password was made anew; if it cannot be restored, or what is in
            it is not HERA's.
    """
    environment = stack.name.removeprefix(STACK_PREFIX)
    own = throw_away.instance(cloud, stack.outputs["Database"])
    newest = newest_backup(cloud, stack.outputs["Database"])
    if own is None or newest is None:
        raise Stop(
            f"{environment} has no backup yet: what mothers entered could not be had back.",
            "RDS makes the first within a day of `create`. Whether it is to: aws rds describe-db-instances"
            f" --db-instance-identifier {stack.outputs['Database']} --region {cloud.region} --query"
            " 'DBInstances[].BackupRetentionPeriod'",
        )
    _can_sign_in(cloud, stack, newest)
    began = dt.datetime.now(dt.UTC)
    source, identifier = newest["DBSnapshotIdentifier"], name_of(environment)
    reporter.step(f"Restoring {source} into the throw-away database {identifier}")
    try:
        made = throw_away.from_snapshot(cloud, environment, identifier, source, own, reporter)
        ready = dt.datetime.now(dt.UTC)
        reporter.done("It answers")
        for command in CHECKS:
            reporter.step(" ".join(command[1:]))
            _look(cloud, stack, made, command, reporter)
    finally:
        # Also after Ctrl-C: it costs by the hour, and holds all that a mother has told.
        throw_away.remove(cloud, identifier, reporter, wait=False)
    facts = {
        "snapshot": source,
        "taken": f"{newest['SnapshotCreateTime']:%Y-%m-%dT%H:%MZ}",
        "rehearsed": f"{ready:%Y-%m-%dT%H:%MZ}",
        "minutes": round((ready - began).total_seconds() / 60),
    }
    records.write(cloud, environment, records.REHEARSED, facts)
    return facts


def name_of(environment: str) -> str:
    """What the throw-away database of a rehearsal is called."""
    return f"{STACK_PREFIX}{environment}-rehearsal"


def newest_backup(cloud: Cloud, database: str) -> dict[str, Any] | None:
    """The newest whole nightly backup; None if there is none."""
    pages = cloud.client("rds").get_paginator("describe_db_snapshots")
    rows = [
        row
        for page in pages.paginate(DBInstanceIdentifier=database, SnapshotType="automated")
        for row in page["DBSnapshots"]
        if row["Status"] == "available"
    ]
    return max(rows, key=lambda row: row["SnapshotCreateTime"], default=None)


def _can_sign_in(cloud: Cloud, stack: StackState, newest: dict[str, Any]) -> None:
    """Refuse a backup that has an older password in it than that of today: it would look as if it were broken.

    Raises:
        Stop: if the password was made anew since.
    """
    secret = cloud.client("secretsmanager").describe_secret(SecretId=stack.outputs["DatabaseSecret"])
    taken, renewed = newest["SnapshotCreateTime"], secret["LastChangedDate"]
    if taken < renewed:
        raise Stop(
            f"The newest backup is of {taken:%Y-%m-%d %H:%M} UTC; the password of the database's user was made anew at"
            f" {renewed.astimezone(dt.UTC):%Y-%m-%d %H:%M} UTC, as a restore does, and does not open it. That says"
            " nothing against the backup; mothers are served as before.",
            f"RDS makes the next within a day; then: {aws_failures.again()}",
        )


def _look(cloud: Cloud, stack: StackState, made: dict[str, Any], command: list[str], reporter: Reporter) -> None:
    """Run a command of the running version that only reads, on the throw-away database."""
    where = made["Endpoint"]
    work = Work(
        "rehearse",
        command,
        # The password is that of the environment's own user, which the backup has in it.
        settings={"DATABASE_URL": f"postgresql://hera@{where['Address']}:{where['Port']}/hera"},
        secrets={"HERA_DB_SECRET": "", "PGPASSWORD": f"{stack.outputs['DatabaseSecret']}:password::"},
        part="exec",
        private=True,
    )
    ended = one_off_tasks.checked(cloud, stack, work, reporter)
    if any(_FIRST_MIGRATION in line for line in ended.lines):
        raise Stop(
            "The backup holds no table of HERA: nobody could be had back from it.",
            f"Save what runs at once: age-keygen -o {stack.name}.key && ./hera-env export"
            f' {stack.name.removeprefix(STACK_PREFIX)} --recipient "$(age-keygen -y {stack.name}.key)"',
        )
