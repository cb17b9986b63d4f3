"""The progress of a stack, as states of its resources, until it stands still."""

from __future__ import annotations

import datetime as dt
import os
import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from infra.hera_env.cloud import Cloud, StackState
    from infra.hera_env.reporting import Reporter

SECONDS_BETWEEN_LOOKS = float(os.environ.get("HERA_ENV_SECONDS_BETWEEN_LOOKS", "3"))
_TITLES = {
    "AWS::CloudFormation::Stack": "The environment",
    "AWS::EC2::VPC": "A network of its own",
    "AWS::EC2::NatGateway": "A way out for the tasks, none in",
    "AWS::EC2::EIP": "An address for that way out",
    "AWS::EC2::SecurityGroup": "Who may talk to whom",
    "AWS::RDS::DBInstance": "The PostgreSQL database",
    "AWS::SecretsManager::Secret": "A secret",
    "AWS::Logs::LogGroup": "The log, kept 90 days",
    "AWS::CertificateManager::Certificate": "The certificate of the domain",
    "AWS::ElasticLoadBalancingV2::LoadBalancer": "The load balancer",
    "AWS::Route53::RecordSet": "The name in the domain",
    "AWS::ECS::Cluster": "A cluster for the tasks",
    "AWS::ECS::Service": "A service that keeps its tasks running",
    "AWS::ECS::TaskDefinition": "How a task is run",
    "AWS::Scheduler::Schedule": "A job on its schedule",
    "AWS::CloudWatch::Alarm": "An alarm",
    "AWS::S3::Bucket": "A place for exports",
}


@dataclass
class ResourceState:
    """One resource and its newest state."""

    logical_id: str
    kind: str
    status: str
    reason: str
    began: dt.datetime
    changed: dt.datetime

    @property
    def group(self) -> str:
        found = re.match(r"[A-Z][a-z]+", self.logical_id)
        return found[0] if found else self.logical_id

    @property
    def title(self) -> str:
        return f"{_TITLES.get(self.kind, self.kind.removeprefix('AWS::').replace('::', ' '))} ({self.logical_id})"

    @property
    def is_moving(self) -> bool:
        return self.status.endswith("_IN_PROGRESS")

    @property
    def words(self) -> str:
        text = self.status.replace("_", " ").lower()
        return f"{text}: {self.reason}" if self.status.endswith("_FAILED") and self.reason else text

    @property
    def mood(self) -> str:
        if self.status.endswith("_FAILED") or "ROLLBACK" in self.status:
            return "bad"
        return "moving" if self.is_moving else "good"

    @property
    def seconds(self) -> float:
        until = dt.datetime.now(dt.UTC) if self.is_moving else self.changed
        return max(0.0, (until - self.began).total_seconds())


def states(events: list[dict[str, Any]]) -> list[ResourceState]:
    """The newest state of each resource; how long it took counts from its first event."""
    found: dict[str, ResourceState] = {}
    for event in events:
        name, status, moment = event["LogicalResourceId"], event["ResourceStatus"], event["Timestamp"]
        reason = event.get("ResourceStatusReason", "")
        known = found.get(name)
        if known is None:
            found[name] = ResourceState(name, event["ResourceType"], status, reason, moment, moment)
        else:
            known.status, known.changed, known.reason = status, moment, reason or known.reason
    return list(found.values())


def watch(
    cloud: Cloud,
    environment: str,
    reporter: Reporter,
    title: str,
    since: dt.datetime,
    still_working: Callable[[], bool],
) -> StackState | None:
    """Show the stack's events since then, until `still_working` says no and the stack stands still."""
    with reporter.resources(title) as show:
        while True:
            working = still_working()
            state = cloud.stack(environment)
            show(states(cloud.events(environment, since)))
            if not working and (state is None or not state.is_moving):
                return state
            time.sleep(SECONDS_BETWEEN_LOOKS)
