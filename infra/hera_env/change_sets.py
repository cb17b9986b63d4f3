"""A change of a stack, prepared first and executed as it was prepared: of two operators at once, one wins.

CloudFormation holds it: executing a change set removes all others of its stack, and none that was prepared before the
stack changed can be executed.
"""

from __future__ import annotations

import contextlib
import secrets
import time
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from infra.configuration import STACK_PREFIX
from infra.hera_env import aws_failures
from infra.hera_env.cloud import SECONDS_BETWEEN_LOOKS
from infra.hera_env.errors import Stop

if TYPE_CHECKING:
    from collections.abc import Iterator

    from infra.hera_env.cloud import Cloud

_NOTHING = ("didn't contain changes", "No updates are to be performed")
_PASSED_BY = ("ChangeSetNotFound", "InvalidChangeSetStatus")  # as codes, and within the names of exceptions
_LOOKS_AT_MOST = 20


class Overtaken(Stop):
    """Somebody else changed the stack between: nothing of what was prepared was done."""

    def __init__(self, stack_name: str) -> None:
        super().__init__(
            f"While this was prepared, somebody else changed {stack_name.removeprefix(STACK_PREFIX)}. Theirs is there;"
            " this change was not begun.",
            f"It looks again at what is there: {aws_failures.again()}",
        )


def new_name() -> str:
    """A name that no other call gives."""
    return f"hera-env-{secrets.token_hex(4)}"


def says_nothing_changes(reason: str) -> bool:
    """Whether CloudFormation refused a change set because there is nothing to change."""
    return any(words in reason for words in _NOTHING)


def is_empty(cloud: Cloud, stack_name: str, name: str) -> bool:
    """Whether a change set that was prepared changes nothing.

    Raises:
        Overtaken: if it is gone, since another one was executed.
    """
    with _or_overtaken(stack_name):
        found = cloud.client("cloudformation").describe_change_set(StackName=stack_name, ChangeSetName=name)
    return found["Status"] == "FAILED" and says_nothing_changes(str(found.get("StatusReason", "")))


def execute(cloud: Cloud, stack_name: str, name: str) -> None:
    """Begin what was prepared.

    Raises:
        Overtaken: if the stack has changed since.
    """
    with _or_overtaken(stack_name):
        cloud.client("cloudformation").execute_change_set(StackName=stack_name, ChangeSetName=name)
    for _ in range(_LOOKS_AT_MOST):  # a new stack stays in review for a moment
        state = cloud.stack(stack_name.removeprefix(STACK_PREFIX))
        if state is None or not state.is_in_review:
            return
        time.sleep(SECONDS_BETWEEN_LOOKS)


def forget(cloud: Cloud, stack_name: str, name: str) -> None:
    """Remove one that is not to be executed, if it is there; one that is left harms nothing."""
    with contextlib.suppress(BotoCoreError, ClientError):
        cloud.client("cloudformation").delete_change_set(StackName=stack_name, ChangeSetName=name)


def are_waiting(cloud: Cloud, stack_name: str) -> bool:
    """Whether somebody has prepared a change of the stack."""
    pages = cloud.client("cloudformation").get_paginator("list_change_sets").paginate(StackName=stack_name)
    return any(row.get("StackName") == stack_name for page in pages for row in page["Summaries"])


def was_overtaken(said: str) -> bool:
    """Whether the CDK command could not prepare it because somebody else is changing the stack."""
    return "_IN_PROGRESS state and can not be updated" in said or any(code in said for code in _PASSED_BY)


@contextlib.contextmanager
def _or_overtaken(stack_name: str) -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        told = error.response["Error"]
        if was_overtaken(f"{told.get('Code')}: {told.get('Message')}"):
            raise Overtaken(stack_name) from error
        raise
