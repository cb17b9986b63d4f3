"""Reading what was typed: settings and spans of time."""

from __future__ import annotations

import datetime as dt
import re

from infra.configuration import SECRETS_OF_CHANNEL
from infra.hera_env.stop import Stop

_SPAN = re.compile(r"(\d+)([mhd])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def settings_in(given: list[str]) -> dict[str, str]:
    pairs = [item.partition("=") for item in given]
    for name, equals, _value in pairs:
        if not equals or not re.fullmatch(r"HERA_[A-Z_]+|SENTRY_DSN", name):
            raise Stop(f"--set {name} is no setting.", "Give it as NAME=VALUE with a name of docs/settings.md.")
        if any(name in names for kinds in SECRETS_OF_CHANNEL.values() for names in kinds.values()):
            raise Stop(f"{name} is a secret.", f"Give it in the environment of this command: {name}=... hera-env ...")
    return {name: value for name, _equals, value in pairs}


def span_in(text: str) -> dt.timedelta:
    found = _SPAN.fullmatch(text)
    if found is None:
        raise Stop(f"--since {text} is no span of time.", "Give it as 30m, 2h or 1d.")
    return dt.timedelta(**{_UNITS[found[2]]: int(found[1])})
