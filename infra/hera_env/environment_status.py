"""The status of an environment: what runs, what is behind, what is wrong, and what it costs."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from infra.hera_env import costs

if TYPE_CHECKING:
    from infra.hera_env.cloud import Cloud, StackState


def facts_of(cloud: Cloud, stack: StackState) -> dict[str, Any]:
    """Its stack, services, jobs, alarms, version, and price in US dollars a month."""
    configuration = stack.configuration
    if configuration is None:
        return {"name": stack.name, "region": cloud.region, "stack": stack.status}
    return {
        "name": configuration.name,
        "region": cloud.region,
        "stack": stack.status,
        "url": stack.outputs.get("Url"),
        "image": configuration.image.rsplit("/", 1)[-1],
        "newest_image": _newest_image(cloud, configuration.image),
        "services": _services(cloud, stack),
        "jobs": _jobs(cloud, configuration.name),
        "alarms": _alarms(cloud, stack),
        "dollars_a_month": round(costs.total(configuration)),
    }


def as_text(facts: dict[str, Any]) -> str:
    """What `facts_of` found, for a person."""
    lines = [f"{facts['name']}  {facts['region']}  {facts['stack'].replace('_', ' ').lower()}"]
    if "url" not in facts:
        return lines[0]
    behind = (
        f", behind {facts['newest_image']}"
        if facts["newest_image"] not in {None, facts["image"].rsplit(":")[-1]}
        else ""
    )
    lines += [f"  {facts['url']}", f"  image {facts['image']}{behind}"]
    lines += [f"  {row['service']}: {row['running']} of {row['desired']} tasks run" for row in facts["services"]]
    lines += [
        f"  {job}: {succeeded} successful runs in the last 15 minutes" for job, succeeded in facts["jobs"].items()
    ]
    lines += [f"  ALARM {alarm}" for alarm in facts["alarms"]] or ["  no alarm"]
    lines.append(f"  about ${facts['dollars_a_month']} a month")
    return "\n".join(lines)


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


def _newest_image(cloud: Cloud, image: str) -> str | None:
    repository = image.partition("/")[2].split("@")[0].rsplit(":", 1)[0]
    try:
        pages = cloud.client("ecr").get_paginator("describe_images").paginate(repositoryName=repository)
        images = [row for page in pages for row in page["imageDetails"] if row.get("imageTags")]
    except ClientError:
        return None
    newest = max(images, key=lambda row: row["imagePushedAt"], default=None)
    return str(newest["imageTags"][0]) if newest else None
