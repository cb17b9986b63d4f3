"""Bringing the stack to a configuration through the CDK command, and saying why where that fails."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from infra.hera_env import aws_failures, preflight, stack_progress
from infra.hera_env.errors import Stop

if TYPE_CHECKING:
    from infra.configuration import Configuration
    from infra.hera_env.cloud import Cloud, StackState
    from infra.hera_env.output import Reporter

_ROOT = Path(__file__).resolve().parents[2]


def settle(cloud: Cloud, name: str, reporter: Reporter) -> StackState | None:
    """Wait for what an earlier call began, and clear away what a first attempt left.

    Returns:
        The stack, in a good state; None if there is none.

    Raises:
        Stop: if the stack is in a state that a person has to end.
    """
    state = cloud.stack(name)
    if state is not None and state.is_moving:
        began = state.updated or state.created or dt.datetime.now(dt.UTC)
        state = stack_progress.watch(
            cloud, name, reporter, f"An earlier call is at work on {name}", began, lambda: False
        )
    if state is None or state.is_good:
        return state
    if state.is_remains:
        failed = aws_failures.first_failure(cloud.events(name))
        if failed:
            reason = aws_failures.of_reason(str(failed.get("ResourceStatusReason", "")))
            reporter.note(f"The last attempt failed at {failed['LogicalResourceId']}: {reason.cause}")
        reporter.step("Removing what the last attempt left; no data was ever in it")
        cloud.client("cloudformation").update_termination_protection(
            StackName=state.name, EnableTerminationProtection=False
        )
        cloud.client("cloudformation").delete_stack(StackName=state.name)
        began = dt.datetime.now(dt.UTC)
        state = stack_progress.watch(cloud, name, reporter, f"Removing the remains of {name}", began, lambda: False)
        if state is None:
            return None
    raise _stuck(name, state)


def bring_to(cloud: Cloud, configuration: Configuration, reporter: Reporter, title: str) -> StackState:
    """Deploy the configuration, showing the progress of each resource.

    Raises:
        Stop: with the first resource that failed, why, and the mend.
    """
    began = dt.datetime.now(dt.UTC)
    with tempfile.TemporaryDirectory(prefix="hera-env-") as output, tempfile.TemporaryFile("w+") as said:
        command = [
            *preflight.cdk(), "deploy", configuration.stack_name,
            "--app", f'"{sys.executable}" -m infra.app',
            "--context", f"configuration={configuration.to_json()}",
            "--require-approval", "never", "--progress", "events", "--no-notices", "--ci", "--output", output,
            "--no-path-metadata", "--no-asset-metadata", "--no-version-reporting",  # or it fits in no request
        ]  # fmt: skip
        environment = {**os.environ, "AWS_REGION": cloud.region, "AWS_DEFAULT_REGION": cloud.region}
        environment["PYTHONPATH"] = str(_ROOT)
        process = subprocess.Popen(  # noqa: S603
            command,
            cwd=_ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            state = stack_progress.watch(
                cloud, configuration.name, reporter, title, began, lambda: process.poll() is None
            )
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait(30)
        said.seek(0)
        output_of_cdk = said.read()
    if process.returncode == 0 and state is not None and state.is_good:
        return state
    raise _why(cloud, configuration.name, state, began, output_of_cdk)


def _why(cloud: Cloud, name: str, state: StackState | None, began: dt.datetime, said: str) -> Stop:
    failed = aws_failures.first_failure(cloud.events(name, began))
    if failed:
        reason = aws_failures.of_reason(str(failed.get("ResourceStatusReason", "it did not say why")))
        return Stop(f"{failed['LogicalResourceId']} ({failed['ResourceType']}) failed. {reason.cause}", reason.mend)
    if state is not None and not state.is_good and not state.is_remains:
        return _stuck(name, state)
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    told = next((line for line in reversed(lines) if "rror" in line or "❌" in line), lines[-1] if lines else "nothing")
    return aws_failures.of_reason(f"cdk says: {told}")


def _stuck(name: str, state: StackState) -> Stop:
    again = f"hera-env events {name} names what holds it; then hera-env destroy {name} --i-have-a-backup."
    mends = {
        "UPDATE_ROLLBACK_FAILED": f"aws cloudformation continue-update-rollback --stack-name {state.name}, then again.",
        "DELETE_FAILED": again,
        "ROLLBACK_FAILED": again,
    }
    return Stop(f"The stack is in the state {state.status}.", mends.get(state.status, f"See hera-env events {name}."))
