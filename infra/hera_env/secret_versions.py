"""Which versions of its secrets an environment's tasks were started with.

ECS gives a task its secrets as it starts it, and never again. So the template carries a digest of their versions: a
changed key or password is a change of the tasks, which are made anew, one after the other, and taken back if they do
not get healthy.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from infra.configuration import Configuration
    from infra.hera_env.cloud import Cloud, StackState

_SECRETS = ("ProvidersSecret", "DatabaseSecret", "DjangoKey")  # what the stack's outputs call them
_SHOWN = 12


def into(cloud: Cloud, stack: StackState, configuration: Configuration) -> Configuration:
    """The configuration with the versions that the secrets have now; no value is read."""
    names = [stack.outputs[name] for name in _SECRETS]
    versions = [_current(cloud, name) for name in names]
    digest = hashlib.sha256("\n".join([*names, *versions]).encode()).hexdigest()
    return configuration.with_changes(secrets_version=digest[:_SHOWN])


def _current(cloud: Cloud, secret: str) -> str:
    """The version that a task would be given now; empty before there is one."""
    stages = cloud.client("secretsmanager").describe_secret(SecretId=secret).get("VersionIdsToStages", {})
    return next((version for version, named in stages.items() if "AWSCURRENT" in named), "")
