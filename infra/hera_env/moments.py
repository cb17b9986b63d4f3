"""Whose continuous backups a moment can be had from: the database that runs, or one that was there before it.

A restore replaces the database; what RDS has backed up of the one before it is kept for its 14 days all the same, as is
that of a country that was removed (`DeleteAutomatedBackups` is false in the template).
"""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any

from infra.configuration import STACK_PREFIX
from infra.hera_env import aws_failures, throw_away
from infra.hera_env.errors import Stop

if TYPE_CHECKING:
    from infra.hera_env.cloud import Cloud

_PLACE = ("DBSubnetGroup", "VpcSecurityGroups", "DBParameterGroups", "DBInstanceClass")
_ALMOST_A_SECOND = dt.timedelta(microseconds=999_999)


def whose(cloud: Cloud, environment: str, moment: dt.datetime) -> dict[str, Any] | None:
    """The database whose backups hold a moment, as RDS describes it; of one that is gone, what its backups say of it.

    Returns:
        One that is gone has the place of the one that runs, if any does. None if no backups are kept at all.

    Raises:
        Stop: if they do not reach to that moment, with the nearest one that can be had.
    """
    stack = cloud.stack(environment)
    own = throw_away.instance(cloud, stack.outputs.get("Database", "none")) if stack else None
    if own is not None and _holds(own, moment):
        return own
    gone = sorted(_gone(cloud, environment), key=_latest, reverse=True)
    if found := next((row for row in gone if _holds(row, moment)), None):
        return {**found, **{key: own[key] for key in _PLACE if key in own}} if own else found
    known = [own, *gone] if own else gone
    ends = [end for row in known for end in _window(row) if end]
    if not ends:
        return None
    nearest = min(ends, key=lambda end: abs(end - moment))
    raise Stop(
        f"Of {moment:%Y-%m-%d %H:%M:%S} UTC there is no backup.",
        f"The nearest moment that can be had: {again_at(nearest)}",
    )


def again_at(moment: dt.datetime) -> str:
    """The command that is running, for another moment; to the second, which RDS tells apart."""
    return aws_failures.again(at=f"{moment.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%SZ}")


def _gone(cloud: Cloud, environment: str) -> list[dict[str, Any]]:
    """What is kept of databases of the environment that are no more."""
    pages = cloud.client("rds").get_paginator("describe_db_instance_automated_backups").paginate()
    return [
        row
        for page in pages
        for row in page["DBInstanceAutomatedBackups"]
        if row["Status"] == "retained" and _is_of(row, environment)
    ]


def _is_of(row: dict[str, Any], environment: str) -> bool:
    """Whether backups are of the environment: by their tag, else by the name that CloudFormation gave the database.

    RDS does not hand a database's tags on to its backups. CloudFormation cuts names that are too long for RDS: such a
    one could be another's, and is left out.
    """
    tag = throw_away.tags(row).get(throw_away.ENVIRONMENT_TAG)
    if tag is not None:
        return tag == environment
    named = rf"{re.escape(STACK_PREFIX + environment)}-databaseinstance-[a-z0-9]+"
    return re.fullmatch(named, row["DBInstanceIdentifier"]) is not None


def _holds(row: dict[str, Any], moment: dt.datetime) -> bool:
    earliest, latest = _window(row)
    return (earliest is None or earliest <= moment) and (latest is None or moment <= latest)


def _window(row: dict[str, Any]) -> tuple[dt.datetime | None, dt.datetime | None]:
    """The first and the last whole second of which there are backups."""
    known = row.get("RestoreWindow", {})
    earliest = known.get("EarliestTime") or row.get("InstanceCreateTime")
    latest = row.get("LatestRestorableTime") or known.get("LatestTime")
    return (
        (earliest + _ALMOST_A_SECOND).replace(microsecond=0) if earliest else None,
        latest.replace(microsecond=0) if latest else None,
    )


def _latest(row: dict[str, Any]) -> str:
    return str(row.get("RestoreWindow", {}).get("LatestTime", ""))
