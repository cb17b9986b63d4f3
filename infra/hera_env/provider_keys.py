"""The keys of the push and SMS providers: they go to Secrets Manager and nowhere else."""

from __future__ import annotations

import getpass
import json
import os
import sys
from typing import TYPE_CHECKING

from infra.hera_env.errors import Stop

if TYPE_CHECKING:
    from infra.configuration import Configuration
    from infra.hera_env.cloud import Cloud, StackState
    from infra.hera_env.output import Reporter


def store(cloud: Cloud, stack: StackState, configuration: Configuration, reporter: Reporter) -> None:
    """Store the keys that are given in the command's environment, and ask for those that are missing.

    Raises:
        Stop: if one is missing and there is nobody to ask.
    """
    secrets = cloud.client("secretsmanager")
    arn = stack.outputs["ProvidersSecret"]
    stored: dict[str, str] = json.loads(secrets.get_secret_value(SecretId=arn).get("SecretString") or "{}")
    given = {name: os.environ[name] for name in configuration.provider_secrets if os.environ.get(name)}
    missing = [name for name in configuration.provider_secrets if not stored.get(name) and name not in given]
    if missing and not sys.stdin.isatty():
        raise Stop(
            f"The keys of the providers are not known: {', '.join(missing)}.",
            f"Set them in the environment of this command ({missing[0]}=... hera-env ...), or run it on a terminal,"
            " where it asks. They go to Secrets Manager and nowhere else.",
        )
    given.update({name: getpass.getpass(f"{name} (not shown): ").strip() for name in missing})
    if any(stored.get(name) != value for name, value in given.items()):
        secrets.put_secret_value(SecretId=arn, SecretString=json.dumps({**stored, **given}))
        reporter.done(f"Stored: {', '.join(sorted(given))}")
