"""What has to be known of an environment beyond its stack: kept beside it in AWS, never on the operator's machine."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from infra.configuration import STACK_PREFIX

if TYPE_CHECKING:
    from infra.hera_env.cloud import Cloud

REHEARSED, MOVE = "rehearsed", "move"
_WHAT = {
    REHEARSED: "The last backup that hera-env rehearse restored",
    MOVE: "What hera-env move has stopped and done",
}


def read(cloud: Cloud, environment: str, what: str) -> dict[str, Any] | None:
    """The record; None if nothing was written down."""
    try:
        found = cloud.client("ssm").get_parameter(Name=_name(environment, what))
    except ClientError as error:
        if error.response["Error"].get("Code") == "ParameterNotFound":
            return None
        raise
    facts: dict[str, Any] = json.loads(found["Parameter"]["Value"])
    return facts


def write(cloud: Cloud, environment: str, what: str, facts: dict[str, Any]) -> None:
    """Write the record down, in the place of an earlier one."""
    cloud.client("ssm").put_parameter(
        Name=_name(environment, what), Value=json.dumps(facts), Type="String", Overwrite=True, Description=_WHAT[what]
    )


def forget(cloud: Cloud, environment: str, *which: str) -> None:
    """Remove these records, or all of an environment that goes."""
    for what in which or _WHAT:
        with contextlib.suppress(ClientError):
            cloud.client("ssm").delete_parameter(Name=_name(environment, what))


def _name(environment: str, what: str) -> str:
    return f"/{STACK_PREFIX.rstrip('-')}/{environment}/{what}"
