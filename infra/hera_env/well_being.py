"""Whether an environment is well: its backups, its certificate, its bill, and what of all this is wrong."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from infra.configuration import STACK_PREFIX
from infra.hera_env import alarm_recipient, aws_failures, records, rehearsal, throw_away
from infra.sizes import WEB_TASKS, WORKERS

if TYPE_CHECKING:
    from infra.hera_env.cloud import Cloud, StackState

OLDEST_BACKUP = dt.timedelta(hours=26)  # it is made each night
CERTIFICATE_WARNS = dt.timedelta(days=21)  # AWS renews it 60 days before its end
JOB_WITHIN = dt.timedelta(minutes=15)  # the alarm of a late job waits as long
LEAST_TASKS = {"web": WEB_TASKS[0], "worker": WORKERS[0]}
_TAG = "hera-environment"


def backups(cloud: Cloud, stack: StackState) -> dict[str, Any] | None:
    """The last nightly backup, until when any second can be had back, the last backup that was restored, and copies.

    None where the stack has no database, or these credentials may not look.
    """
    database = stack.outputs.get("Database")
    if not database:
        return None
    try:
        own = throw_away.instance(cloud, database) or {}
        newest = rehearsal.newest_backup(cloud, database) or {}
        environment = stack.name.removeprefix(STACK_PREFIX)
        return {
            "last": newest.get("SnapshotCreateTime"),
            "any_second_until": own.get("LatestRestorableTime"),
            "rehearsed": records.read(cloud, environment, records.REHEARSED),
            "left_over": throw_away.all_of(cloud, environment),
        }
    except ClientError:
        return None


def certificate(cloud: Cloud, domain: str) -> dict[str, Any] | None:
    """Until when the domain's certificate holds (`until`) and its `state`; None where there is none to be seen."""
    try:
        pages = cloud.client("acm").get_paginator("list_certificates").paginate()
        rows = [row for page in pages for row in page["CertificateSummaryList"] if row["DomainName"] == domain]
    except ClientError:
        return None
    rows.sort(key=lambda row: (bool(row.get("InUse")), row.get("Status") == "ISSUED", str(row.get("CreatedAt", ""))))
    return {"until": rows[-1].get("NotAfter"), "state": str(rows[-1].get("Status"))} if rows else None


def bill(cloud: Cloud, environment: str, now: dt.datetime) -> dict[str, Any]:
    """The US dollars of this month so far, as Cost Explorer knows them; it takes a cent for the question.

    Returns:
        `dollars`, None where they are not known, and then `why`.
    """
    first = now.date().replace(day=1)
    try:
        answer = cloud.client("ce").get_cost_and_usage(
            TimePeriod={"Start": f"{first}", "End": f"{now.date() + dt.timedelta(days=1)}"},
            Granularity="MONTHLY",
            Metrics=["UnblendedCost"],
            Filter={"Tags": {"Key": _TAG, "Values": [environment]}},
        )
    except ClientError as error:
        return {"dollars": None, "why": aws_failures.of_exception(error).cause}
    amount = sum(float(row["Total"]["UnblendedCost"]["Amount"]) for row in answer["ResultsByTime"])
    if not amount:
        return {
            "dollars": None,
            "why": "Cost Explorer does not know the tag yet: aws ce update-cost-allocation-tags-status"
            f" --cost-allocation-tags-status TagKey={_TAG},Status=Active",
        }
    return {"dollars": round(amount, 2), "why": None}


def wrong(facts: dict[str, Any], now: dt.datetime) -> list[str]:
    """What of an environment's status is wrong, each in a few words; nothing where it is well."""
    found = []
    if not facts["stack"].endswith("_COMPLETE") or facts["stack"].startswith(("ROLLBACK", "DELETE")):
        found.append(f"the stack is {facts['stack'].replace('_', ' ').lower()}")
    if facts["restoring"]:
        found.append("a restore was stopped half-way")
    elif facts["moving"]:
        found.append(f"{facts['moving']} is being moved into it and serves until the cut-over")
    elif not facts["running"]:
        found.append("it does not run yet")
    else:
        found += _wrong_of_tasks(facts["services"]) + _wrong_of_jobs(facts, now)
    found += facts["alarms"] + alarm_recipient.wrong(facts["alarms_reach"], facts["name"])
    return found + _wrong_of_backups(facts, now) + _wrong_of_certificate(facts["certificate"], now)


def _wrong_of_tasks(services: list[dict[str, Any]]) -> list[str]:
    """Too few of what the template wants at least: that none are wanted is no reason why none run."""
    known = {row["service"]: row for row in services}
    found = []
    for name, least in LEAST_TASKS.items():
        row = known.get(name)
        if row is None:
            found.append(f"there is no {name} service")
        elif row["running"] < (wanted := max(row["desired"], least)):
            found.append(f"{row['running']} of {wanted} {name} tasks run")
    return found


def _wrong_of_jobs(facts: dict[str, Any], now: dt.datetime) -> list[str]:
    """Jobs that have not succeeded, once they have had the time to."""
    since = facts["updated"] or facts["created"]
    if since and now - since < JOB_WITHIN:
        return []
    told = " ".join(facts["alarms"])
    return [
        f"the job for {job} has not succeeded for {JOB_WITHIN.seconds // 60} minutes"
        for job, succeeded in facts["jobs"].items()
        if not succeeded and f"the job for {job} has not succeeded" not in told
    ]


def _wrong_of_backups(facts: dict[str, Any], now: dt.datetime) -> list[str]:
    known, created = facts["backups"], facts["created"]
    if known is None:
        return []
    found = []
    since = known["last"] or created
    if since and now - since > OLDEST_BACKUP:
        found.append(f"no backup for {age(since, now)}")
    return found + [
        f"the throw-away database {name} is still there, a copy of all that mothers have told, and costs (where no"
        f" restore, rehearsal or move is at work: {throw_away.removal(name, facts['region'])})"
        for name in known["left_over"]
    ]


def _wrong_of_certificate(known: dict[str, Any] | None, now: dt.datetime) -> list[str]:
    if known is None:
        return []
    if known["state"] not in {"ISSUED", "PENDING_VALIDATION"}:
        return [f"the certificate is {known['state'].replace('_', ' ').lower()}"]
    if known["until"] and known["until"] - now < CERTIFICATE_WARNS:
        return [f"the certificate ends on {known['until']:%d %B %Y}"]
    return []


def age(moment: dt.datetime, now: dt.datetime) -> str:
    """How long ago, in the unit that a person would say."""
    seconds = (now - moment).total_seconds()
    for size, unit in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= 2 * size or (unit == "minute"):
            count = max(0, int(seconds // size))
            return f"{count} {unit}{'' if count == 1 else 's'}"
    raise AssertionError
