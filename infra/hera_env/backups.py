"""Finding what can be gone back to: a snapshot, or any moment of the last 14 days, of which a snapshot is made.

What cannot be had is refused here, before anything is made and before the service is stopped.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from infra.hera_env import aws_failures, moments, throw_away
from infra.hera_env.errors import Stop
from infra.sizes import POSTGRES_MAJOR

if TYPE_CHECKING:
    from infra.hera_env.cloud import Cloud
    from infra.hera_env.output import Reporter

_SHOWN = 5
_AN_HOUR = dt.timedelta(hours=1)


def moment_in(text: str, now: dt.datetime) -> dt.datetime:
    """The moment that `--at` named, in UTC to the second.

    Args:
        text: such as 2026-11-27T02:15Z or 2026-11-27T05:15+03:00; without a zone, it is UTC.

    Raises:
        Stop: if it is none, or lies ahead.
    """
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        raise Stop(
            f"--at {text} is no time.", f"Such as, an hour back (UTC): {moments.again_at(now - _AN_HOUR)}"
        ) from None
    try:
        moment = (moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)).astimezone(dt.UTC).replace(microsecond=0)
    except OverflowError:
        raise Stop(
            f"--at {text}: there was no HERA then.", f"Such as, an hour back (UTC): {moments.again_at(now - _AN_HOUR)}"
        ) from None
    if moment >= now:
        raise Stop(
            f"--at {text} lies ahead: now is {now:%Y-%m-%dT%H:%MZ}. Without a zone, a time is taken as UTC (Z).",
            f"An hour back: {moments.again_at(now - _AN_HOUR)}",
        )
    return moment


def look(cloud: Cloud, environment: str, given: str | None, moment: dt.datetime | None) -> dict[str, Any]:
    """What would be gone back to, before anything is made: the snapshot, or that which would be made of a moment.

    Args:
        given: the snapshot that was named.
        moment: the moment that was named; exactly one of both is.

    Raises:
        Stop: if there is none, it is another country's or another PostgreSQL's, or is not encrypted.
    """
    if moment is None:
        assert given is not None
        return _known(cloud, environment, given)
    name = throw_away.name_at(environment, moment)
    if (known := throw_away.snapshot(cloud, name)) and known["Status"] == "available":
        return known
    whose = _backed_up(cloud, environment, moment)
    return {"DBSnapshotIdentifier": name, "AllocatedStorage": whose.get("AllocatedStorage", 0)}


def source(
    cloud: Cloud, environment: str, given: str | None, moment: dt.datetime | None, reporter: Reporter
) -> dict[str, Any]:
    """The snapshot to go back to; for a moment, one is made.

    Args:
        given: the snapshot that was named.
        moment: the moment that was named; exactly one of both is.

    Raises:
        Stop: if there is none, it is another country's or another PostgreSQL's, or is not encrypted.
    """
    if moment is not None:
        given = _of_moment(cloud, environment, moment, reporter)
    assert given is not None
    return _known(cloud, environment, given)


def _known(cloud: Cloud, environment: str, given: str) -> dict[str, Any]:
    found = throw_away.snapshot(cloud, given)
    if found is None:
        raise Stop(f"There is no snapshot {given} in {cloud.region}.", _those_of(cloud, environment))
    _check(cloud, environment, found)
    return found


def _those_of(cloud: Cloud, environment: str) -> str:
    """The snapshots that there are, and the command that takes the newest."""
    there = _snapshots(cloud, environment)
    if not there:
        return f"{environment} has none. What else there is: aws rds describe-db-snapshots --region {cloud.region}"
    return (
        f"Those of {environment}, newest first: {', '.join(there)}."
        f" With the newest: {aws_failures.again(at=None, from_snapshot=there[0])}"
    )


def one_of(name: str, from_snapshot: str | None, at: str | None) -> dt.datetime | None:
    """The moment of --at; None where a snapshot is named.

    Raises:
        Stop: if neither or both are named.
    """
    now = dt.datetime.now(dt.UTC)
    if bool(from_snapshot) == bool(at):
        raise Stop(
            "Restoring wants --from-snapshot or --at, one of them.",
            f"An hour back: ./hera-env restore {name} --at {now - dt.timedelta(hours=1):%Y-%m-%dT%H:%MZ}",
        )
    return moment_in(at, now) if at else None


def _check(cloud: Cloud, environment: str, found: dict[str, Any]) -> None:
    name = found["DBSnapshotIdentifier"]
    whose = throw_away.tags(found).get(throw_away.ENVIRONMENT_TAG, environment)
    if whose != environment:
        raise Stop(
            f"The snapshot {name} is of {whose}: the data of two environments never mix.",
            _those_of(cloud, environment),
        )
    if found.get("Engine") != "postgres":
        raise Stop(
            f"The snapshot {name} is of {found.get('Engine')}: HERA runs on postgres.", _those_of(cloud, environment)
        )
    if _major(found) != POSTGRES_MAJOR:
        raise Stop(
            f"The snapshot {name} is of PostgreSQL {found.get('EngineVersion')}, and {environment} runs on"
            f" {POSTGRES_MAJOR}: AWS would not put it in. Nothing was stopped or changed.",
            _those_of(cloud, environment),
        )
    if found.get("Status") != "available":
        raise Stop(f"The snapshot {name} is {found.get('Status')}.", f"In some minutes: {aws_failures.again()}")
    if not found.get("Encrypted"):
        copy = f"{name.removeprefix('rds:')}-encrypted"
        raise Stop(
            f"The snapshot {name} is not encrypted.",
            f"Encrypt a copy: aws rds copy-db-snapshot --source-db-snapshot-identifier {name}"
            f" --target-db-snapshot-identifier {copy} --kms-key-id alias/aws/rds --copy-tags --region {cloud.region};"
            f" and take it: --from-snapshot {copy}",
        )


def _of_moment(cloud: Cloud, environment: str, moment: dt.datetime, reporter: Reporter) -> str:
    """A snapshot of the environment's database as it was at a moment: made, or there from a call that was stopped."""
    name = throw_away.name_at(environment, moment)
    if (known := throw_away.snapshot(cloud, name)) and known["Status"] == "available":
        return name
    whose = _backed_up(cloud, environment, moment)
    if "DBSubnetGroup" not in whose:
        _default_network(cloud, environment, reporter)
    reporter.step(f"Making a database as it was at {moment:%Y-%m-%d %H:%M:%S} UTC, to take a snapshot of")
    throw_away.at_a_moment(cloud, environment, name, moment, whose, reporter)
    reporter.step(f"Taking the snapshot {name}")
    throw_away.take_snapshot(cloud, environment, name, name, reporter)
    throw_away.remove(cloud, name, reporter, wait=False)
    return name


def _backed_up(cloud: Cloud, environment: str, moment: dt.datetime) -> dict[str, Any]:
    """The database that a moment can be had from."""
    whose = moments.whose(cloud, environment, moment)
    if whose is None:
        raise Stop(
            f"No backups of {environment} are kept in {cloud.region} that a moment could be taken from.",
            _those_of(cloud, environment),
        )
    return whose


def _default_network(cloud: Cloud, environment: str, reporter: Reporter) -> None:
    """Say where the database of a removed environment will lie, whose own network is gone.

    Raises:
        Stop: if there is no such place.
    """
    answer = cloud.client("ec2").describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])
    if not answer["Vpcs"]:
        raise Stop(
            f"The network of {environment} is gone with it, and {cloud.region} has no default network, in which the"
            " database of its backups could lie until a snapshot of it is taken. Nothing was made.",
            f"Make one, which costs nothing: aws ec2 create-default-vpc --region {cloud.region}; then:"
            f" {aws_failures.again()}",
        )
    reporter.note(
        f"The network of {environment} is gone with it: until a snapshot of it is taken, the database of its backups"
        f" lies in the default network of {cloud.region}, not reachable from the internet."
    )


def _major(row: dict[str, Any]) -> str:
    return str(row.get("EngineVersion", "")).partition(".")[0]


def _snapshots(cloud: Cloud, environment: str) -> list[str]:
    """The newest snapshots of an environment that it can be brought back from, made by hand or at night."""
    pages = cloud.client("rds").get_paginator("describe_db_snapshots").paginate()
    rows = [
        row
        for page in pages
        for row in page["DBSnapshots"]
        if throw_away.tags(row).get(throw_away.ENVIRONMENT_TAG) == environment
        and row.get("SnapshotCreateTime")
        and (row.get("Engine"), _major(row)) == ("postgres", POSTGRES_MAJOR)  # a move leaves some of an older one
    ]
    rows.sort(key=lambda row: row["SnapshotCreateTime"], reverse=True)
    return [row["DBSnapshotIdentifier"] for row in rows[:_SHOWN]]
