"""The events of a stack, read as the newest state of each of its resources."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any

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
        """The first word of its logical id: the construct that it belongs to."""
        found = re.match(r"[A-Z][a-z]+", self.logical_id)
        return found[0] if found else self.logical_id

    @property
    def title(self) -> str:
        """What it is, in an operator's words, with its logical id."""
        return title(self.kind, self.logical_id)

    @property
    def is_moving(self) -> bool:
        """Whether CloudFormation is still at work on it."""
        return self.status.endswith("_IN_PROGRESS")

    @property
    def words(self) -> str:
        """Its status in small letters, and the reason if it failed."""
        text = self.status.replace("_", " ").lower()
        return f"{text}: {self.reason}" if self.status.endswith("_FAILED") and self.reason else text

    @property
    def mood(self) -> str:
        """`good`, `bad` or `moving`."""
        if self.status.endswith("_FAILED") or "ROLLBACK" in self.status:
            return "bad"
        return "moving" if self.is_moving else "good"

    @property
    def seconds(self) -> float:
        """How long it took, or has taken so far."""
        until = dt.datetime.now(dt.UTC) if self.is_moving else self.changed
        return max(0.0, (until - self.began).total_seconds())


def title(kind: str, logical_id: str) -> str:
    """What a resource of a type is, in an operator's words, with its logical id."""
    return f"{_TITLES.get(kind, kind.removeprefix('AWS::').replace('::', ' '))} ({logical_id})"


def states(events: list[dict[str, Any]]) -> list[ResourceState]:
    """The newest state of each resource; how long it took counts from its first event.

    Args:
        events: CloudFormation's stack events, oldest first.
    """
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
