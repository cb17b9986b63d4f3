"""The arguments and options that several commands take, and how what was typed is read."""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated

import typer

from infra.configuration import SECRETS_OF_CHANNEL
from infra.hera_env.errors import Stop

Name = Annotated[str, typer.Argument(help="staging-COUNTRY or production-COUNTRY, such as production-turkey")]
Region = Annotated[str | None, typer.Option(help="AWS region; without it, that of your profile, or where it is found")]
AsJson = Annotated[bool, typer.Option("--json", help="one JSON object a line, for scripts")]
Set = Annotated[list[str], typer.Option("--set", help="a setting of the service, NAME=VALUE; again for more")]
Push = Annotated[str | None, typer.Option(help=f"how notifications go out: {', '.join(SECRETS_OF_CHANNEL['push'])}")]
Sms = Annotated[str | None, typer.Option(help=f"how codes go out: {', '.join(SECRETS_OF_CHANNEL['sms'])}")]
Email = Annotated[str | None, typer.Option(help="who is told of alarms")]

_SPAN = re.compile(r"(\d+)([mhd])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def settings_in(given: list[str]) -> dict[str, str]:
    """The settings that `--set` named.

    Args:
        given: each as NAME=VALUE.

    Raises:
        Stop: if one is no setting of the service, or is a secret.
    """
    pairs = [item.partition("=") for item in given]
    for name, equals, _value in pairs:
        if not equals or not re.fullmatch(r"HERA_[A-Z_]+|SENTRY_DSN", name):
            raise Stop(f"--set {name} is no setting.", "Give it as NAME=VALUE with a name of docs/settings.md.")
        if any(name in names for kinds in SECRETS_OF_CHANNEL.values() for names in kinds.values()):
            raise Stop(f"{name} is a secret.", f"Give it in the environment of this command: {name}=... hera-env ...")
    return {name: value for name, _equals, value in pairs}


def span_in(text: str) -> dt.timedelta:
    """The span of time that `--since` named, such as 30m, 2h or 1d.

    Raises:
        Stop: if it is none.
    """
    found = _SPAN.fullmatch(text)
    if found is None:
        raise Stop(f"--since {text} is no span of time.", "Give it as 30m, 2h or 1d.")
    return dt.timedelta(**{_UNITS[found[2]]: int(found[1])})
