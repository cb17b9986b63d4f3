"""A command of the service as a task of its own: its lines are shown, its exit code is ours.

There is no shell into a running container: that takes a right on every session of the account, and a hand in a
container that serves mothers. A task of its own has the same image, settings and database, and ends.
"""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from infra.hera_env import aws_failures
from infra.hera_env.cloud import SECONDS_BETWEEN_LOOKS
from infra.hera_env.errors import Stop
from infra.sizes import CONTAINER

if TYPE_CHECKING:
    from infra.hera_env.cloud import Cloud, StackState
    from infra.hera_env.output import Reporter

_OURS = "hera-env"


@dataclass(frozen=True)
class Ended:
    """A task that has ended: its exit code, and the lines that it wrote."""

    exit_code: int
    lines: list[str]


def run(
    cloud: Cloud,
    stack: StackState,
    command: list[str],
    reporter: Reporter,
    *,
    named: str,
    definition: str | None = None,
    environment: dict[str, str] | None = None,
    quiet: bool = False,
) -> Ended:
    """Run a command and wait for its end. One of the same name that runs already is waited for instead.

    Args:
        named: what the task is called, so that a second call finds it: at most 27 characters.
        definition: the task definition; without one, that of the jobs.
        environment: variables for this run alone.

    Raises:
        Stop: if the task could not start.
    """
    out = stack.outputs
    ecs = cloud.client("ecs")
    started_by = f"{_OURS}/{named}"
    running = ecs.list_tasks(cluster=out["Cluster"], startedBy=started_by, desiredStatus="RUNNING")["taskArns"]
    if running:
        reporter.note("It runs already, from an earlier call: waiting for its end.")
        arn = running[0]
    else:
        arn = _start(ecs, out, command, definition or out["JobTask"], started_by, environment or {})
    return _follow(cloud, out, arn, reporter, quiet=quiet)


def checked(cloud: Cloud, stack: StackState, command: list[str], reporter: Reporter, **options: Any) -> Ended:
    """The same; a command that fails stops everything.

    Raises:
        Stop: if it ended with an error, with its last line.
    """
    ended = run(cloud, stack, command, reporter, **options)
    if ended.exit_code:
        last = next((line for line in reversed(ended.lines) if line.strip()), "it wrote nothing")
        raise Stop(
            f"{' '.join(command)} ended with {ended.exit_code}: {last}",
            "Mend what it names (hera-env logs shows all of it), and run the same command again: nothing that ran"
            " before was changed.",
        )
    return ended


def _start(
    ecs: Any, out: dict[str, str], command: list[str], definition: str, started_by: str, environment: dict[str, str]
) -> str:
    answer = ecs.run_task(
        cluster=out["Cluster"],
        taskDefinition=definition,
        launchType="FARGATE",
        count=1,
        startedBy=started_by,
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
                    "command": command,
                    "environment": [{"name": name, "value": value} for name, value in environment.items()],
                }
            ]
        },
    )
    if answer.get("failures"):
        raise aws_failures.of_reason(str(answer["failures"][0].get("reason", "the task could not start")))
    return str(answer["tasks"][0]["taskArn"])


def _follow(cloud: Cloud, out: dict[str, str], arn: str, reporter: Reporter, *, quiet: bool) -> Ended:
    began = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=1)
    task_id = arn.rsplit("/", 1)[-1]
    lines: list[str] = []
    while True:
        task = cloud.client("ecs").describe_tasks(cluster=out["Cluster"], tasks=[arn])["tasks"][0]
        over = task["lastStatus"] == "STOPPED"
        new = _lines(cloud, out["LogGroup"], began, task_id)[len(lines) :]
        lines += new
        if not quiet:
            for line in new:
                reporter.line(line)
        if over:
            break
        time.sleep(SECONDS_BETWEEN_LOOKS)
    container: dict[str, Any] = next((known for known in task["containers"] if known.get("name") == CONTAINER), {})
    if container.get("exitCode") is None:
        raise aws_failures.of_reason(container.get("reason") or task.get("stoppedReason") or "the task stopped early")
    return Ended(int(container["exitCode"]), lines)


def _lines(cloud: Cloud, group: str, since: dt.datetime, task_id: str) -> list[str]:
    try:
        return [line for _at, stream, line in cloud.log_lines(group, since) if stream.endswith(task_id)]
    except ClientError as error:
        if error.response["Error"].get("Code") == "ResourceNotFoundException":
            return []  # nothing was logged yet
        raise
