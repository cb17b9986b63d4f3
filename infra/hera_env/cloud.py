"""AWS as the command sees it: the account, the stack, its events, and what is in it. All state is there."""

from __future__ import annotations

import datetime as dt
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from infra.configuration import STACK_PREFIX, Configuration
from infra.hera_env import aws_failures, known_settings
from infra.hera_env.errors import Stop

if TYPE_CHECKING:
    from collections.abc import Iterator

SECONDS_BETWEEN_LOOKS = float(os.environ.get("HERA_ENV_SECONDS_BETWEEN_LOOKS", "3"))  # at what AWS is doing
_THROTTLED_TIMES, _TELL_AFTER = 12, 3  # about four minutes in all
_QUICK = Config(connect_timeout=5, read_timeout=30, retries={"max_attempts": 4, "mode": "standard"})


@dataclass(frozen=True)
class StackState:
    """A stack as CloudFormation describes it."""

    name: str
    status: str
    outputs: dict[str, str] = field(default_factory=dict)
    created: dt.datetime | None = None
    updated: dt.datetime | None = None

    @property
    def configuration(self) -> Configuration | None:
        """What it was deployed with; None before the first deployment is complete."""
        text = self.outputs.get("Configuration")
        return Configuration.from_json(text) if text else None

    @property
    def is_moving(self) -> bool:
        """Whether CloudFormation is at work on it."""
        return self.status.endswith("_IN_PROGRESS") and not self.is_in_review

    @property
    def is_in_review(self) -> bool:
        """Whether it is only prepared: nothing of it is made."""
        return self.status == "REVIEW_IN_PROGRESS"

    @property
    def is_good(self) -> bool:
        """Whether it may be used and changed; after a change that was rolled back as well."""
        return self.status in {"CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "IMPORT_COMPLETE"}

    @property
    def is_remains(self) -> bool:
        """What a first attempt that failed leaves behind: no table was ever in it."""
        # A change that fails has states of its own (UPDATE_...): these are of stacks that never stood.
        return self.status in {"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "REVIEW_IN_PROGRESS", "CREATE_FAILED"}


class Cloud:
    """One region of one account."""

    def __init__(self, region: str) -> None:
        self.region = region
        self._session: Any = boto3.Session(region_name=region)
        self._clients: dict[str, Any] = {}

    def client(self, service: str) -> Any:
        """A client of a service, made once."""
        if service not in self._clients:
            made = self._clients[service] = self._session.client(service, config=_QUICK)
            made.meta.events.register_first(
                f"needs-retry.{made.meta.service_model.endpoint_prefix}", _wait_if_throttled
            )
            made.meta.events.register_first(
                f"needs-retry.{made.meta.service_model.service_id.hyphenize()}", _wait_if_throttled
            )
        return self._clients[service]

    @cached_property
    def account(self) -> str:
        """The account's number."""
        return str(self.client("sts").get_caller_identity()["Account"])

    def clock_error(self) -> dt.timedelta:
        """By how much this machine's clock is ahead of AWS's."""
        answer = self.client("sts").get_caller_identity()["ResponseMetadata"]["HTTPHeaders"].get("date")
        now = dt.datetime.now(dt.UTC)
        return now - _http_date(answer) if answer else dt.timedelta()

    def stack(self, environment: str) -> StackState | None:
        """The environment's stack; None if there is none."""
        return self._stack(STACK_PREFIX + environment)

    def _stack(self, name: str) -> StackState | None:
        try:
            found = self.client("cloudformation").describe_stacks(StackName=name)["Stacks"]
        except ClientError as error:
            if "does not exist" in error.response["Error"].get("Message", ""):
                return None
            raise
        return _state(found[0]) if found else None

    def environments(self) -> list[StackState]:
        """All environments in this region."""
        pages = self.client("cloudformation").get_paginator("describe_stacks").paginate()
        stacks = [_state(stack) for page in pages for stack in page["Stacks"]]
        return [
            stack
            for stack in stacks
            if stack.name.startswith((STACK_PREFIX + "staging-", STACK_PREFIX + "production-"))
        ]

    def events(self, environment: str, since: dt.datetime | None = None) -> list[dict[str, Any]]:
        """The stack's events, oldest first."""
        pages = (
            self.client("cloudformation")
            .get_paginator("describe_stack_events")
            .paginate(StackName=STACK_PREFIX + environment)
        )
        found: list[dict[str, Any]] = []
        try:
            for page in pages:
                new = [event for event in page["StackEvents"] if since is None or event["Timestamp"] >= since]
                found += new
                if len(new) < len(page["StackEvents"]):
                    break
        except ClientError as error:
            if "does not exist" not in error.response["Error"].get("Message", ""):
                raise
        return found[::-1]

    def resources(self, environment: str, kind: str) -> list[str]:
        """Physical ids of the stack's resources of one type."""
        pages = (
            self.client("cloudformation")
            .get_paginator("list_stack_resources")
            .paginate(StackName=STACK_PREFIX + environment)
        )
        return [
            row["PhysicalResourceId"]
            for page in pages
            for row in page["StackResourceSummaries"]
            if row["ResourceType"] == kind and row.get("PhysicalResourceId")
        ]

    def buckets_tagged(self, environment: str) -> list[str]:
        """The buckets that carry the environment's tag, also when its stack is gone."""
        answer = self.client("resourcegroupstaggingapi").get_resources(
            TagFilters=[{"Key": "hera-environment", "Values": [environment]}], ResourceTypeFilters=["s3"]
        )
        return [row["ResourceARN"].rsplit(":", 1)[-1] for row in answer["ResourceTagMappingList"]]

    def log_lines(
        self, group: str, since: dt.datetime, prefix: str | None = None
    ) -> Iterator[tuple[dt.datetime, str, str]]:
        """(time, stream, line) since then, oldest first."""
        asked: dict[str, Any] = {"logGroupName": group, "startTime": int(since.timestamp() * 1000), "interleaved": True}
        if prefix:
            asked["logStreamNamePrefix"] = prefix
        for page in self.client("logs").get_paginator("filter_log_events").paginate(**asked):
            for event in page["events"]:
                if not event["logStreamName"].startswith(prefix or ""):
                    continue
                moment = dt.datetime.fromtimestamp(event["timestamp"] / 1000, dt.UTC)
                yield moment, event["logStreamName"], event["message"].rstrip()


def _wait_if_throttled(response: Any, attempts: int, **_more: Any) -> float | None:
    """How long to wait before asking again where AWS asks to slow down; None for all other answers, and in the end.

    Botocore itself gives up after some seconds; an account whose jobs and people use the same quotas takes longer.
    """
    if response is None or attempts > _THROTTLED_TIMES:
        return None
    told = response[1].get("Error", {}) if isinstance(response[1], dict) else {}
    if not aws_failures.is_throttling(told.get("Code", ""), told.get("Message", "")):
        return None
    if attempts == _TELL_AFTER:
        sys.stderr.write("  AWS asks to slow down: waiting\n")
    return float(SECONDS_BETWEEN_LOOKS * min(2 ** (attempts - 1), 10))


def regions(session_region: str | None) -> list[str]:
    """The regions that this account may use, the session's own first."""
    first = session_region or "eu-west-1"
    answer = boto3.client("ec2", region_name=first, config=_QUICK).describe_regions()
    enabled = sorted(row["RegionName"] for row in answer["Regions"])
    return [first, *(region for region in enabled if region != first)]


def default_region() -> str | None:
    """The region of the environment variables or of the profile; None if neither names one."""
    return boto3.Session().region_name


def find(environment: str, region: str | None) -> tuple[Cloud, StackState]:
    """The environment wherever it is: in `region`, or in the default one, or in any other.

    Raises:
        Stop: if there is none of that name.
    """
    for candidates in ([region],) if region else ([default_region()], regions(default_region())):
        clouds = [Cloud(name) for name in candidates if name]
        with ThreadPoolExecutor(max_workers=16) as pool:
            found = zip(clouds, pool.map(lambda cloud: cloud.stack(environment), clouds), strict=True)
            for cloud, state in found:
                if state is not None:
                    return cloud, state
    where = f"in {region}" if region else "in any region of this account"
    names = [state.name.removeprefix(STACK_PREFIX) for place in clouds for state in place.environments()]
    near = known_settings.nearest(environment, names)
    raise Stop(
        f"There is no environment {environment} {where}.{f' {near} is the nearest.' if near else ''}",
        "This lists those that are: ./hera-env status",
    )


class _Outputs(dict[str, str]):
    """A stack's outputs. While it is being made, or where that failed, it has none."""

    def __init__(self, stack_name: str, known: dict[str, str]) -> None:
        super().__init__(known)
        self._environment = stack_name.removeprefix(STACK_PREFIX)

    def __missing__(self, name: str) -> str:
        raise Stop(
            f"{self._environment} is not complete: it has no {name} yet.",
            f"See what it is at: ./hera-env events {self._environment}; this goes on where it stopped:"
            f" ./hera-env create {self._environment}",
        )


def _state(stack: dict[str, Any]) -> StackState:
    return StackState(
        name=stack["StackName"],
        status=stack["StackStatus"],
        outputs=_Outputs(
            stack["StackName"], {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}
        ),
        created=stack.get("CreationTime"),
        updated=stack.get("LastUpdatedTime"),
    )


def _http_date(text: str) -> dt.datetime:
    return parsedate_to_datetime(text).astimezone(dt.UTC)
