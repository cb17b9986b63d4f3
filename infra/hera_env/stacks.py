"""Bringing the stack to a configuration through the CDK command, and saying why where that fails."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from infra.hera_env import aws_failures, change_sets, preflight, protection, stack_progress
from infra.hera_env.aws_failures import Where
from infra.hera_env.cloud import SECONDS_BETWEEN_LOOKS
from infra.hera_env.errors import Stop

if TYPE_CHECKING:
    from infra.configuration import Configuration
    from infra.hera_env.cloud import Cloud, StackState
    from infra.hera_env.output import Reporter

_ROOT = Path(__file__).resolve().parents[2]
_BEGUN_WITHIN = dt.timedelta(
    seconds=100 * SECONDS_BETWEEN_LOOKS
)  # five minutes: what was prepared earlier, nobody will


def settle(cloud: Cloud, name: str, reporter: Reporter) -> StackState | None:
    """Wait for what an earlier call began, and clear away what a first attempt left.

    Returns:
        The stack, in a good state; None if there is none.

    Raises:
        Stop: if the stack is in a state that a person has to end.
    """
    state = _after_review(cloud, name, reporter)
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
            reason = aws_failures.of_reason(str(failed.get("ResourceStatusReason", "")), Where(name, cloud.region))
            reporter.note(f"The last attempt failed at {failed['LogicalResourceId']}: {reason.cause}")
        reporter.step("Removing what the last attempt left; no data was ever in it")
        protection.take_off(cloud, name, state)
        cloud.client("cloudformation").delete_stack(StackName=state.name)
        began = dt.datetime.now(dt.UTC)
        state = stack_progress.watch(cloud, name, reporter, f"Removing the remains of {name}", began, lambda: False)
        if state is None:
            return None
    raise _stuck(cloud, name, state)


def _after_review(cloud: Cloud, name: str, reporter: Reporter) -> StackState | None:
    """The stack, once nobody is about to begin it: what another call has just prepared is no remains."""
    told = False
    while True:
        state = cloud.stack(name)
        if state is None or not state.is_in_review or state.created is None:
            return state
        if dt.datetime.now(dt.UTC) - state.created > _BEGUN_WITHIN or not change_sets.are_waiting(cloud, state.name):
            return state
        if not told:
            reporter.note(f"Another call is about to make {name}: waiting for it, five minutes at most.")
            told = True
        time.sleep(SECONDS_BETWEEN_LOOKS)


def bring_to(
    cloud: Cloud, configuration: Configuration, reporter: Reporter, title: str, seen: Configuration | None = None
) -> StackState:
    """Deploy the configuration, showing the progress of each resource.

    Args:
        seen: what the stack has to have still as the change begins; None where nobody looked.

    Raises:
        Overtaken: if somebody else changed the stack meanwhile; nothing was done then.
        Stop: with the first resource that failed, why, and the mend.
    """
    began = dt.datetime.now(dt.UTC)
    name = configuration.name
    first = cloud.stack(name) is None  # a change does not touch all resources: nobody knows how many
    change = _Change(cloud, configuration, seen)
    with tempfile.TemporaryDirectory(prefix="hera-env-") as output, tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen(  # noqa: S603
            [*_cdk("deploy", configuration, output), *change.preparing],
            cwd=_ROOT,
            env=_variables(cloud),
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            state = stack_progress.watch(
                cloud,
                name,
                reporter,
                title,
                began,
                lambda: change.is_being_prepared(process),
                (lambda: _resources_in(Path(output), configuration.stack_name)) if first else (lambda: 0),
            )
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait(30)
            change.forget()
        said.seek(0)
        output_of_cdk = said.read()
    if process.returncode and change_sets.was_overtaken(output_of_cdk):
        raise change_sets.Overtaken(configuration.stack_name)
    if change.is_empty and state is not None and state.is_good:
        reporter.note(f"Nothing changed: {name} is that already.")
        return state
    if change.is_begun and state is not None and state.status in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}:
        return state
    raise _why(cloud, name, state, began, output_of_cdk)


class _Change:
    """What the CDK command prepares and this one executes, if the stack is still what was seen."""

    def __init__(self, cloud: Cloud, configuration: Configuration, seen: Configuration | None) -> None:
        self._cloud, self._seen, self._wanted = cloud, seen, configuration
        self._stack = configuration.stack_name
        self._name = change_sets.new_name()
        self.is_begun = self.is_empty = False

    @property
    def preparing(self) -> list[str]:
        """The options with which the CDK command only prepares."""
        named = ["--method", "prepare-change-set", "--change-set-name", self._name]
        return [*named, "--require-approval", "never", "--progress", "events", "--ci"]

    def is_being_prepared(self, process: subprocess.Popen[str]) -> bool:
        """Whether the CDK command is at work still; once it is not, what it prepared is begun.

        Raises:
            Overtaken: if the stack is not what was seen.
        """
        if process.poll() is None:
            return True
        if process.returncode == 0 and not (self.is_begun or self.is_empty):
            state = self._cloud.stack(self._wanted.name)
            is_seen = state is not None and (self._seen is None or state.configuration == self._seen)
            if state is None or state.is_moving or not (is_seen or state.configuration == self._wanted):
                raise change_sets.Overtaken(self._stack)
            # What somebody else has brought to just this meanwhile is not changed once more.
            self.is_empty = not is_seen or change_sets.is_empty(self._cloud, self._stack, self._name)
            if not self.is_empty:
                change_sets.execute(self._cloud, self._stack, self._name)
                self.is_begun = True
        return False

    def forget(self) -> None:
        """Remove what was prepared and not begun."""
        if not self.is_begun:
            change_sets.forget(self._cloud, self._stack, self._name)


def template(cloud: Cloud, configuration: Configuration) -> str:
    """The template of a configuration, as `bring_to` would hand it to CloudFormation; nothing is changed.

    Raises:
        Stop: if CDK refuses it.
    """
    with tempfile.TemporaryDirectory(prefix="hera-env-") as output:
        ended = subprocess.run(  # noqa: S603
            [*_cdk("synth", configuration, output), "--quiet"],
            cwd=_ROOT,
            env=_variables(cloud),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if ended.returncode:
            raise aws_failures.of_reason(
                f"cdk says: {_last_word(ended.stdout + ended.stderr)}", Where(configuration.name, cloud.region)
            )
        file = Path(output) / f"{configuration.stack_name}.template.json"
        return json.dumps(json.loads(file.read_text(encoding="utf-8")), separators=(",", ":"))


def _cdk(verb: str, configuration: Configuration, output: str) -> list[str]:
    return [
        *preflight.cdk(), verb, configuration.stack_name,
        "--app", f'"{sys.executable}" -m infra.app',
        "--context", f"configuration={configuration.to_json()}",
        "--no-notices", "--output", output,
        "--no-path-metadata", "--no-asset-metadata", "--no-version-reporting",  # or it fits in no request
    ]  # fmt: skip


def _variables(cloud: Cloud) -> dict[str, str]:
    region = {"AWS_REGION": cloud.region, "AWS_DEFAULT_REGION": cloud.region}
    return {**os.environ, **region, "PYTHONPATH": str(_ROOT)}


def _resources_in(folder: Path, stack_name: str) -> int:
    """How many resources the template has that CDK wrote; the stack itself is one more. 0 before it is written."""
    try:
        template = json.loads((folder / f"{stack_name}.template.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return 0
    return len(template["Resources"]) + 1


def _why(cloud: Cloud, name: str, state: StackState | None, began: dt.datetime, said: str) -> Stop:
    failed = aws_failures.first_failure(cloud.events(name, began))
    if failed:
        reason = aws_failures.of_reason(
            str(failed.get("ResourceStatusReason", "it did not say why")), Where(name, cloud.region)
        )
        return Stop(f"{failed['LogicalResourceId']} ({failed['ResourceType']}) failed. {reason.cause}", reason.mend)
    if state is not None and not state.is_good and not state.is_remains:
        return _stuck(cloud, name, state)
    return aws_failures.of_reason(f"cdk says: {_last_word(said)}", Where(name, cloud.region))


def _last_word(said: str) -> str:
    """The line in which CDK says what is wrong."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return next((line for line in reversed(lines) if "rror" in line or "❌" in line), lines[-1] if lines else "nothing")


def _stuck(cloud: Cloud, name: str, state: StackState) -> Stop:
    see = f"See what holds it: ./hera-env events {name}"
    again = f"{see}; then: ./hera-env destroy {name} --i-have-a-backup"
    mends = {
        "UPDATE_ROLLBACK_FAILED": (
            "What ran before the change runs on. Free it: aws cloudformation continue-update-rollback --stack-name"
            f" {state.name} --region {cloud.region}; then: {aws_failures.again()}"
        ),
        "DELETE_FAILED": again,
    }
    return Stop(f"The stack is in the state {state.status}.", mends.get(state.status, see))


def half_way(known: Configuration) -> Stop:
    """What every other command says while a restore or a move is half-way."""
    if known.moving:
        return Stop(
            f"{known.moving} is being moved into {known.name}, which holds a copy of the same mothers: started now, it"
            " would remind them a second time. Nothing was changed.",
            f"To let it serve them: ./hera-env move {known.name} --from {known.moving} --cut-over",
        )
    return Stop(
        f"A restore of {known.name} was stopped half-way; it does not serve mothers.",
        f"This goes on where it stopped: ./hera-env restore {known.name} --from-snapshot {known.restoring} --yes"
        + ("" if known.is_replaced else f" Or, with the data that it had: ./hera-env restore {known.name} --abandon"),
    )
