"""A command of the service as a task of its own: its lines are shown, its exit code is ours.

There is no shell into a running container: that takes a right on every session of the account, and a hand in a
container that serves mothers. A task of its own has the same image, settings and database, and ends.

A task is known by what it runs (image, command, variables), so that a call that was stopped finds its own again, and
never takes another version's for it.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from infra.configuration import STACK_PREFIX
from infra.hera_env import aws_failures, waiting
from infra.hera_env.aws_failures import Where
from infra.hera_env.cloud import SECONDS_BETWEEN_LOOKS
from infra.hera_env.errors import Stop
from infra.sizes import CONTAINER

if TYPE_CHECKING:
    from collections.abc import Mapping

    from infra.hera_env.cloud import Cloud, StackState
    from infra.hera_env.output import Reporter

_OURS = "hera-env/"
_STALE = dt.timedelta(hours=1)
_LOOKS_IN_VAIN = 3  # after its end, nine seconds in all: CloudWatch shows a line some seconds after it was written
_KEPT_OF_A_DEFINITION = (
    "executionRoleArn", "taskRoleArn", "networkMode", "volumes", "requiresCompatibilities", "cpu", "memory",
)  # fmt: skip


@dataclass(frozen=True)
class Ended:
    """A task that has ended: its exit code, and the lines that it wrote."""

    exit_code: int
    lines: list[str]


@dataclass(frozen=True)
class Work:
    """What a task runs.

    Attributes:
        named: what kind of work it is: work of one kind never runs twice at a time. At most 17 characters.
        definition: the output of the stack that names its task definition.
        image: another image than that of the definition.
        settings: settings that differ from those of the definition; "" for none.
        secrets: secrets that differ from those of the definition: Secrets Manager's address by name, "" for none.
        environment: variables for this run alone.
        part: what `hera-env logs --part` calls it.
        private: what it writes may name people or open something: it is removed from the log once it has been read.
    """

    named: str
    command: list[str]
    definition: str = "JobTask"
    image: str | None = None
    settings: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    part: str = "setup"
    private: bool = False

    def mark(self, image: str) -> str:
        """What such a task carries as `startedBy`: 36 characters at most, the end of which is a digest of it all."""
        whole = [image, self.command, dict(self.settings), dict(self.secrets), dict(self.environment)]
        digest = hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()
        return f"{_OURS}{self.named}-{digest[:8]}"


def run(cloud: Cloud, stack: StackState, work: Work, reporter: Reporter, *, quiet: bool = False) -> Ended:
    """Run it and wait for its end. The same that runs already is waited for instead.

    Other work of its kind that runs, another version's migrations for one, is waited for first.

    Raises:
        Stop: if the task could not start.
    """
    out = stack.outputs
    ecs = cloud.client("ecs")
    definition = ecs.describe_task_definition(taskDefinition=out[work.definition])["taskDefinition"]
    mark = work.mark(work.image or definition["containerDefinitions"][0]["image"])
    same, others = None, []
    working = running(cloud, out["Cluster"])
    for task in working:
        if task.get("startedBy") == mark:
            same = str(task["taskArn"])
        elif str(task.get("startedBy", "")).startswith(f"{_OURS}{work.named}-"):
            others.append(str(task["taskArn"]))
    if same:
        reporter.note("It runs already, from an earlier call: waiting for its end.")
        return _ended(cloud, stack, same, work, reporter, quiet=quiet)
    for other in others:
        reporter.note(f"Another {work.named} runs, from an earlier call: waiting for its end before this one begins.")
        with contextlib.suppress(Stop):  # how it ended is no matter of this call
            _follow(cloud, stack, other, _stream(work, other), reporter, quiet=True)
    if work.private:
        _forget_stale(cloud, out["LogGroup"], work.part, [str(task["taskArn"]) for task in working])
    arn = _start(cloud, stack, work, _definition_for(ecs, stack.name, definition, work), mark)
    return _ended(cloud, stack, arn, work, reporter, quiet=quiet)


def checked(cloud: Cloud, stack: StackState, work: Work, reporter: Reporter, *, quiet: bool = False) -> Ended:
    """The same; a command that fails stops everything.

    Raises:
        Stop: if it ended with an error, with its last line.
    """
    ended = run(cloud, stack, work, reporter, quiet=quiet)
    if ended.exit_code:
        last = next((line for line in reversed(ended.lines) if line.strip()), "it wrote nothing")
        name = stack.name.removeprefix(STACK_PREFIX)
        whole = "" if work.private else f"All of it: ./hera-env logs {name} --since 1h --part {work.part}. "
        raise Stop(
            f"{' '.join(work.command)} ended with {ended.exit_code}: {last}",
            f"{whole}Nothing that ran before was changed. Once it is mended: {aws_failures.again()}",
        )
    return ended


def running(cloud: Cloud, cluster: str) -> list[dict[str, Any]]:
    """The tasks of the cluster that run or are about to."""
    ecs = cloud.client("ecs")
    pages = ecs.get_paginator("list_tasks").paginate(cluster=cluster, desiredStatus="RUNNING")
    found: list[dict[str, Any]] = []
    for page in pages:
        if page["taskArns"]:
            found += ecs.describe_tasks(cluster=cluster, tasks=page["taskArns"])["tasks"]
    return found


def _definition_for(ecs: Any, stack_name: str, known: dict[str, Any], work: Work) -> str:
    """A task definition for this run: the known one, logging into the work's part, with what differs."""
    containers = [_container_for(container, work) for container in known["containerDefinitions"]]
    if containers == known["containerDefinitions"]:
        return str(known["taskDefinitionArn"])
    kept = {key: known[key] for key in _KEPT_OF_A_DEFINITION if known.get(key)}
    family = f"{stack_name}-{work.part}"
    answer = ecs.register_task_definition(family=family, containerDefinitions=containers, **kept)
    return str(answer["taskDefinition"]["taskDefinitionArn"])


def _container_for(container: dict[str, Any], work: Work) -> dict[str, Any]:
    changed = {**container, "image": work.image or container["image"]}
    log = container.get("logConfiguration")
    if log:
        options = {**log.get("options", {}), "awslogs-stream-prefix": work.part}
        changed["logConfiguration"] = {**log, "options": options}
    if work.settings:
        variables = {row["name"]: row["value"] for row in container.get("environment", [])}
        variables.update(work.settings)
        changed["environment"] = [{"name": name, "value": value} for name, value in sorted(variables.items()) if value]
    if work.secrets:
        secrets = {row["name"]: row["valueFrom"] for row in container.get("secrets", [])}
        secrets.update(work.secrets)
        changed["secrets"] = [{"name": name, "valueFrom": known} for name, known in secrets.items() if known]
    return changed


def _start(cloud: Cloud, stack: StackState, work: Work, definition: str, mark: str) -> str:
    out = stack.outputs
    answer = cloud.client("ecs").run_task(
        cluster=out["Cluster"],
        taskDefinition=definition,
        launchType="FARGATE",
        count=1,
        startedBy=mark,
        networkConfiguration={
            "awsvpcConfiguration": {
                "subnets": out["TaskSubnets"].split(","),
                "securityGroups": [out["TaskSecurityGroup"]],
                "assignPublicIp": "DISABLED",
            }
        },
        overrides={
            "containerOverrides": [
                {
                    "name": CONTAINER,
                    "command": work.command,
                    "environment": [{"name": name, "value": value} for name, value in work.environment.items()],
                }
            ]
        },
    )
    if answer.get("failures"):
        reason = str(answer["failures"][0].get("reason", "the task could not start"))
        raise aws_failures.of_reason(reason, _where(cloud, stack))
    return str(answer["tasks"][0]["taskArn"])


def _ended(cloud: Cloud, stack: StackState, arn: str, work: Work, reporter: Reporter, *, quiet: bool) -> Ended:
    """Its end; what it wrote is forgotten then, where it is private."""
    stream = _stream(work, arn)
    try:
        ended = _follow(cloud, stack, arn, stream, reporter, quiet=quiet)
    except Stop:
        if work.private:
            _forget(cloud, stack, stream, reporter)
        raise
    if work.private:
        _forget(cloud, stack, stream, reporter)
    return ended


def _stream(work: Work, arn: str) -> str:
    """Where in the log the task writes."""
    return f"{work.part}/{CONTAINER}/{arn.rsplit('/', 1)[-1]}"


def _follow(cloud: Cloud, stack: StackState, arn: str, stream: str, reporter: Reporter, *, quiet: bool) -> Ended:
    """Its end, and all its lines: those too that CloudWatch shows only after it."""
    out = stack.outputs
    lines: list[str] = []
    in_vain = 0

    def look() -> dict[str, Any]:
        found: dict[str, Any] = cloud.client("ecs").describe_tasks(cluster=out["Cluster"], tasks=[arn])["tasks"][0]
        return found

    while True:
        task = waiting.patiently(look, reporter)
        over = task["lastStatus"] == "STOPPED"
        new = waiting.patiently(lambda: _lines(cloud, out["LogGroup"], stream), reporter)[len(lines) :]
        lines += new
        if not quiet:
            for line in new:
                reporter.line(line)
        in_vain = in_vain + 1 if over and not new else 0
        if in_vain == _LOOKS_IN_VAIN:
            break
        time.sleep(SECONDS_BETWEEN_LOOKS)
    container: dict[str, Any] = next((known for known in task["containers"] if known.get("name") == CONTAINER), {})
    if container.get("exitCode") is None:
        reason = container.get("reason") or task.get("stoppedReason") or "the task stopped early"
        raise aws_failures.of_reason(reason, _where(cloud, stack))
    return Ended(int(container["exitCode"]), lines)


def _where(cloud: Cloud, stack: StackState) -> Where:
    return Where(stack.name.removeprefix(STACK_PREFIX), cloud.region)


def _lines(cloud: Cloud, group: str, stream: str) -> list[str]:
    pages = cloud.client("logs").get_paginator("filter_log_events")
    try:
        return [
            event["message"].rstrip()
            for page in pages.paginate(logGroupName=group, logStreamNames=[stream])
            for event in page["events"]
        ]
    except ClientError as error:
        if error.response["Error"].get("Code") == "ResourceNotFoundException":
            return []  # nothing was logged yet
        raise


def _forget(cloud: Cloud, stack: StackState, stream: str, reporter: Reporter) -> None:
    """Remove a stream from the log; a role that may not is told of."""
    group = stack.outputs["LogGroup"]
    try:
        cloud.client("logs").delete_log_stream(logGroupName=group, logStreamName=stream)
    except ClientError as error:
        if error.response["Error"].get("Code") != "ResourceNotFoundException":  # it wrote nothing
            reporter.note(
                "What it wrote stays in the log for 90 days, since your role may not remove it. Let somebody run: aws"
                f" logs delete-log-stream --log-group-name {group} --log-stream-name {stream} --region {cloud.region}"
            )


def _forget_stale(cloud: Cloud, group: str, part: str, running: list[str]) -> None:
    """Remove what calls that were killed have left of private tasks that ended long ago."""
    logs = cloud.client("logs")
    before = (dt.datetime.now(dt.UTC) - _STALE).timestamp() * 1000
    with contextlib.suppress(ClientError):  # of this run's own stream the operator is told
        pages = logs.get_paginator("describe_log_streams").paginate(logGroupName=group, logStreamNamePrefix=f"{part}/")
        for row in [row for page in pages for row in page["logStreams"]]:
            at_work = any(arn.endswith(row["logStreamName"].rsplit("/", 1)[-1]) for arn in running)
            if not at_work and row.get("lastEventTimestamp", row.get("creationTime", 0)) < before:
                logs.delete_log_stream(logGroupName=group, logStreamName=row["logStreamName"])
