"""The keys of the push and SMS providers, and what is made here: they go to Secrets Manager and nowhere else."""

from __future__ import annotations

import getpass
import json
import os
from typing import TYPE_CHECKING

from hera.delivery.channels.webpush import keys
from infra.hera_env import aws_failures, options
from infra.hera_env.errors import Stop

if TYPE_CHECKING:
    from collections.abc import Mapping

    from infra.configuration import Configuration
    from infra.hera_env.cloud import Cloud, StackState
    from infra.hera_env.output import Reporter


# No provider gives these: they are made once, for this environment.
_MADE = {"HERA_WEB_PUSH_PRIVATE_KEY": keys.new_private_key}


def collect(
    cloud: Cloud, stack: StackState | None, configuration: Configuration, kept: Mapping[str, str] | None = None
) -> dict[str, str]:
    """The keys that are given in the command's environment, those that are made here, and those that are missing, asked
    for on the terminal.

    Args:
        stack: as far as it is made; what is stored in it already is not asked for.
        kept: those of an earlier environment, whose data this one begins with.

    Raises:
        Stop: if one is missing and there is nobody to ask.
    """
    stored = _stored(cloud, stack)
    given = {name: os.environ[name] for name in configuration.provider_secrets if os.environ.get(name)}
    earlier = kept or {}
    given |= {name: earlier[name] for name in _wanted(configuration, stored, given) if earlier.get(name)}
    given |= {name: make() for name, make in _MADE.items() if name in _wanted(configuration, stored, given)}
    missing = _wanted(configuration, stored, given)
    if missing and not options.somebody_is_here():
        raise Stop(
            f"The keys of the providers are not known: {', '.join(missing)}. Without them no message reaches a mother;"
            " nothing was made or changed.",
            f"Run it on a terminal, where it asks for them: {aws_failures.again()}. In a script, export"
            f" {' and '.join(missing)} before it. They go to Secrets Manager and nowhere else.",
        )
    for name in missing:
        while not given.get(name):
            given[name] = options.asked(f"{name} (not shown): ", getpass.getpass)
    return given


def _wanted(configuration: Configuration, stored: dict[str, str], given: dict[str, str]) -> list[str]:
    return [name for name in configuration.provider_secrets if not stored.get(name) and name not in given]


def store(cloud: Cloud, stack: StackState, given: dict[str, str], reporter: Reporter) -> bool:
    """Store what `collect` gave, beside what is stored already; whether anything of it was new."""
    stored = _stored(cloud, stack)
    if all(stored.get(name) == value for name, value in given.items()):
        return False
    cloud.client("secretsmanager").put_secret_value(
        SecretId=stack.outputs["ProvidersSecret"], SecretString=json.dumps({**stored, **given})
    )
    reporter.done(f"Stored: {', '.join(sorted(given))}")
    return True


def _stored(cloud: Cloud, stack: StackState | None) -> dict[str, str]:
    arn = stack.outputs.get("ProvidersSecret") if stack else None
    if arn is None:
        return {}
    answer = cloud.client("secretsmanager").get_secret_value(SecretId=arn)
    found: dict[str, str] = json.loads(answer.get("SecretString") or "{}")
    return found
