"""An environment that AWS Copilot made, as it is found in AWS; its services and jobs stopped, and started again."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from infra.hera_env import aws_failures, known_settings, one_off_tasks, throw_away, waiting
from infra.hera_env.cloud import SECONDS_BETWEEN_LOOKS
from infra.hera_env.errors import Stop

if TYPE_CHECKING:
    from collections.abc import Iterable

    from infra.hera_env.cloud import Cloud
    from infra.hera_env.output import Reporter

_KINDS = {
    "AWS::ECS::Cluster": "clusters",
    "AWS::ECS::Service": "services",
    "AWS::Events::Rule": "rules",
    "AWS::RDS::DBInstance": "databases",
}
_MOST_LOOKS = 200  # ten minutes: a worker ends its batch within two


@dataclass(frozen=True)
class CopilotEnvironment:
    """What of it matters to a move.

    Attributes:
        services: the ARNs of its ECS services: the web service and the worker.
        rules: the names of the rules of EventBridge that start its jobs.
        database: as RDS describes it.
    """

    app: str
    name: str
    cluster: str
    services: tuple[str, ...]
    rules: tuple[str, ...]
    database: dict[str, Any]

    @property
    def key_secret(self) -> str:
        """The secret that the add-on makes for Django's key; an older environment has none."""
        return f"{self.app}/{self.name}/django-key"


def find(cloud: Cloud, app: str, name: str) -> CopilotEnvironment:
    """The environment, found by the tags that Copilot gives to its stacks.

    Raises:
        Stop: if there is none, or it has not one database of RDS.
    """
    stacks = _stacks(cloud, app)
    if name not in stacks:
        near = known_settings.nearest(name, list(stacks))
        raise Stop(
            f"There is no environment {name} of Copilot's application {app} in {cloud.region}; nothing was changed.",
            f"There are: {', '.join(sorted(stacks)) or 'none'}.{f' {near} is the nearest.' if near else ''} Name its"
            " application with --app, its region with --region: copilot app ls",
        )
    found: dict[str, list[str]] = {kind: [] for kind in _KINDS.values()}
    for stack in stacks[name]:
        pages = cloud.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=stack)
        for row in (row for page in pages for row in page["StackResourceSummaries"]):
            if (kind := _KINDS.get(row["ResourceType"])) and row.get("PhysicalResourceId"):
                found[kind].append(row["PhysicalResourceId"])
    databases = [known for one in found["databases"] if (known := throw_away.instance(cloud, one))]
    if len(databases) != 1 or len(found["clusters"]) != 1:
        raise Stop(
            f"{name} has {len(databases)} databases of RDS and {len(found['clusters'])} clusters; one of each can be"
            " moved. Nothing was changed, and the old environment serves on.",
            "A database that is no instance of RDS (Aurora) is moved by hand: manage.py take_over --help",
        )
    return CopilotEnvironment(
        app, name, found["clusters"][0], tuple(sorted(found["services"])), tuple(sorted(found["rules"])), databases[0]
    )


def counts(cloud: Cloud, old: CopilotEnvironment) -> dict[str, int]:
    """How many tasks each service is to run, by its ARN."""
    if not old.services:
        return {}
    rows = cloud.client("ecs").describe_services(cluster=old.cluster, services=list(old.services))["services"]
    return {row["serviceArn"]: int(row["desiredCount"]) for row in rows}


def stop(cloud: Cloud, old: CopilotEnvironment, reporter: Reporter) -> None:
    """Stop all that writes to its database, and wait until none of its tasks runs.

    Raises:
        Stop: if one still runs after ten minutes.
    """
    for rule in old.rules:
        cloud.client("events").disable_rule(Name=rule)
    for service in old.services:
        _scale_by_itself(cloud, service, may=False)
        cloud.client("ecs").update_service(cluster=old.cluster, service=service, desiredCount=0)
    for _look in range(_MOST_LOOKS):
        if not waiting.patiently(lambda: one_off_tasks.running(cloud, old.cluster), reporter):
            return
        time.sleep(SECONDS_BETWEEN_LOOKS)
    raise Stop(
        f"Tasks of {old.name} still run after ten minutes: {_named(at_work(cloud, old))}. They could still write to its"
        " database, so nothing was copied; mothers are not served meanwhile.",
        f"Stop them: aws ecs stop-task --cluster {old.cluster} --region {cloud.region} --task"
        f" {at_work(cloud, old)[0] if at_work(cloud, old) else 'ARN'}; then: {aws_failures.again()}",
    )


def start(cloud: Cloud, old: CopilotEnvironment, wanted: dict[str, int]) -> None:
    """Start what `stop` stopped, with as many tasks as there were.

    Args:
        wanted: what `counts` said before; of a service that is not in it, one.
    """
    for service in old.services:
        cloud.client("ecs").update_service(cluster=old.cluster, service=service, desiredCount=wanted.get(service, 1))
        _scale_by_itself(cloud, service, may=True)
    for rule in old.rules:
        cloud.client("events").enable_rule(Name=rule)


def at_work(cloud: Cloud, old: CopilotEnvironment) -> list[str]:
    """The tasks of its cluster that run."""
    return [str(task["taskArn"]) for task in one_off_tasks.running(cloud, old.cluster)]


def key(cloud: Cloud, old: CopilotEnvironment) -> str | None:
    """Django's secret key, with which second factors of staff are sealed; None where the add-on was an older one."""
    try:
        answer = cloud.client("secretsmanager").get_secret_value(SecretId=old.key_secret)
    except ClientError as error:
        if error.response["Error"].get("Code") == "ResourceNotFoundException":
            return None
        raise
    return str(answer["SecretString"])


def _stacks(cloud: Cloud, app: str) -> dict[str, list[str]]:
    """The stacks of an application, those of add-ons too, by its environments."""
    found: dict[str, list[str]] = {}
    pages = cloud.client("cloudformation").get_paginator("describe_stacks").paginate()
    for row in (row for page in pages for row in page["Stacks"]):
        tags = {tag["Key"]: tag["Value"] for tag in row.get("Tags", [])}
        if tags.get("copilot-application") == app and "copilot-environment" in tags:
            found.setdefault(tags["copilot-environment"], []).append(row["StackName"])
    return found


def _scale_by_itself(cloud: Cloud, service: str, *, may: bool) -> None:
    """Whether scaling may change a service's count: it would bring the tasks back."""
    scaling = cloud.client("application-autoscaling")
    which = {"ServiceNamespace": "ecs", "ResourceId": service.rsplit(":", 1)[-1]}
    known = scaling.describe_scalable_targets(ServiceNamespace="ecs", ResourceIds=[which["ResourceId"]])
    for target in known["ScalableTargets"]:
        scaling.register_scalable_target(
            **which,
            ScalableDimension=target["ScalableDimension"],
            SuspendedState={
                "DynamicScalingInSuspended": not may,
                "DynamicScalingOutSuspended": not may,
                "ScheduledScalingSuspended": not may,
            },
        )


def _named(tasks: Iterable[str]) -> str:
    return ", ".join(task.rsplit("/", 1)[-1] for task in tasks)
