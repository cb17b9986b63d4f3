"""The status of an environment in ten lines: whether it is well, what runs, what is behind, what it costs."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from infra.hera_env import costs, signed_image, well_being

if TYPE_CHECKING:
    from infra.hera_env.cloud import Cloud, StackState


def facts_of(cloud: Cloud, stack: StackState, *, with_bill: bool = False) -> dict[str, Any]:
    """Its stack, services, jobs, alarms, version, backups, certificate, and price in US dollars a month.

    Args:
        with_bill: ask Cost Explorer what this month has cost so far: a cent each time.
    """
    configuration = stack.configuration
    if configuration is None:
        return {"name": stack.name, "region": cloud.region, "stack": stack.status}
    now = dt.datetime.now(dt.UTC)
    facts: dict[str, Any] = {
        "name": configuration.name,
        "region": cloud.region,
        "stack": stack.status,
        "running": configuration.running,
        "restoring": configuration.restoring,
        "moving": configuration.moving,
        "created": stack.created,
        "url": stack.outputs.get("Url"),
        **_images(cloud, configuration.image),
        "services": _services(cloud, stack),
        "jobs": _jobs(cloud, configuration.name),
        "alarms": _alarms(cloud, stack),
        "backups": well_being.backups(cloud, stack),
        "certificate": well_being.certificate(cloud, configuration.domain),
        "dollars_a_month": round(costs.total(configuration)),
        "bill": well_being.bill(cloud, configuration.name, now) if with_bill else None,
    }
    facts["wrong"] = well_being.wrong(facts, now)
    facts["well"] = not facts["wrong"]
    return facts


def as_text(facts: dict[str, Any], now: dt.datetime | None = None) -> str:
    """What `facts_of` found, for a person: ten lines."""
    if "url" not in facts:
        return f"✘ {facts['name']} is not complete  {facts['region']}  {facts['stack'].replace('_', ' ').lower()}"
    now = now or dt.datetime.now(dt.UTC)
    name = facts["name"]
    verdict = f"✔ {name} is well" if facts["well"] else f"✘ {name} is not well: {'; '.join(facts['wrong'])}"
    running = ", ".join(f"{row['service']} {row['running']} of {row['desired']}" for row in facts["services"])
    jobs = ", ".join(f"{job} {succeeded}" for job, succeeded in facts["jobs"].items())
    lines = [
        f"{facts['url']}  {facts['region']}, {facts['stack'].replace('_', ' ').lower()}",
        f"image        {facts['image']}{_behind(facts)}",
        f"tasks        {running or 'none run'}",
        f"jobs         {jobs} successful runs in the last 15 minutes",
        f"alarms       {len(facts['alarms']) or 'none'}",
        *_of_backups(facts, now),
        f"certificate  {_of_certificate(facts['certificate'])}",
        f"cost         {_of_money(facts)}",
    ]
    return "\n".join([verdict, *(f"  {line}" for line in lines)])


def _behind(facts: dict[str, Any]) -> str:
    newest, runs = facts["newest_image"], facts["image"].rsplit(":", maxsplit=1)[-1]
    return f", behind {newest}: ./hera-env diff {facts['name']} --image {newest}" if newest not in {None, runs} else ""


def _of_backups(facts: dict[str, Any], now: dt.datetime) -> list[str]:
    known = facts["backups"]
    if known is None:
        return ["backup       not known: these credentials may not look"]
    last, until, rehearsed = known["last"], known["any_second_until"], known["rehearsed"]
    made = f"{last:%Y-%m-%d %H:%M} UTC, {well_being.age(last, now)} ago" if last else "none yet"
    second = f"; any second until {until:%Y-%m-%d %H:%M} UTC" if until else ""
    if rehearsed:
        at = dt.datetime.fromisoformat(rehearsed["rehearsed"])
        tried = f"that of {rehearsed['taken']}, {well_being.age(at, now)} ago, in {rehearsed['minutes']} minutes"
    else:
        tried = f"never: ./hera-env rehearse {facts['name']}"
    return [f"backup       {made}{second}", f"restored     {tried}"]


def _of_certificate(known: dict[str, Any] | None) -> str:
    if known is None:
        return "not known"
    if not known["until"]:
        return str(known["state"]).replace("_", " ").lower()
    return f"until {known['until']:%Y-%m-%d}; AWS renews it"


def _of_money(facts: dict[str, Any]) -> str:
    table = f"about ${facts['dollars_a_month']} a month by the table"
    asked = facts["bill"]
    if asked is None:
        return f"{table}; what this month cost: ./hera-env status {facts['name']} --bill (AWS takes a cent)"
    if asked["dollars"] is None:
        return f"{table}; this month is not known: {asked['why']}"
    return f"${asked['dollars']:.0f} this month so far; {table}"


def _services(cloud: Cloud, stack: StackState) -> list[dict[str, Any]]:
    out = stack.outputs
    names = {"web": out.get("WebService"), "worker": out.get("WorkerService")}
    known = {name: service for name, service in names.items() if service}
    if not known:
        return []
    try:
        answer = cloud.client("ecs").describe_services(cluster=out["Cluster"], services=list(known.values()))
    except ClientError:
        return []
    found = {row["serviceName"]: row for row in answer["services"]}
    return [
        {"service": name, "running": found[service]["runningCount"], "desired": found[service]["desiredCount"]}
        for name, service in known.items()
        if service in found
    ]


def _jobs(cloud: Cloud, environment: str) -> dict[str, int]:
    now = dt.datetime.now(dt.UTC)
    watch = cloud.client("cloudwatch")
    counts = {}
    for job in ("notifications", "surveys"):
        points = watch.get_metric_statistics(
            Namespace=f"HERA/{environment}",
            MetricName=f"{job}_succeeded",
            StartTime=now - dt.timedelta(minutes=15),
            EndTime=now,
            Period=900,
            Statistics=["Sum"],
        )["Datapoints"]
        counts[job] = int(sum(point["Sum"] for point in points))
    return counts


def _alarms(cloud: Cloud, stack: StackState) -> list[str]:
    pages = cloud.client("cloudwatch").get_paginator("describe_alarms").paginate(StateValue="ALARM")
    return [
        str(row.get("AlarmDescription") or row["AlarmName"])
        for page in pages
        for row in page["MetricAlarms"]
        if row["AlarmName"].startswith(stack.name)
    ]


def _images(cloud: Cloud, image: str) -> dict[str, str | None]:
    """What runs, by its tag where it has one, and the tag of the newest in its repository."""
    repository = image.partition("/")[2].split("@")[0].rsplit(":", 1)[0]
    try:
        pages = cloud.client("ecr").get_paginator("describe_images").paginate(repositoryName=repository)
        images = [row for page in pages for row in page["imageDetails"] if row.get("imageTags")]
    except ClientError:
        return {"image": signed_image.shown(image), "newest_image": None}
    newest = max(images, key=lambda row: row["imagePushedAt"], default=None)
    tags = {
        f"{repository}@{row['imageDigest']}": f"{repository.rsplit('/', 1)[-1]}:{row['imageTags'][0]}" for row in images
    }
    return {
        "image": tags.get(image.partition("/")[2], signed_image.shown(image)),
        "newest_image": str(newest["imageTags"][0]) if newest else None,
    }
