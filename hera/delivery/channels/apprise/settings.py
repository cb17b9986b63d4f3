from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hera.config import ConfigError

if TYPE_CHECKING:
    from hera.config import Environment

TO = "{to}"
_EXAMPLE = "twilio://ACCOUNT:TOKEN@+12025550123/{to}"  # pragma: allowlist secret
_SOMEBODY = "+905321234567"


@dataclass(frozen=True)
class AppriseSettings:
    url: str  # with {to} where the number belongs


def load(env: Environment, role: str) -> AppriseSettings:
    """Read the address of a gateway in apprise's notation.

    Raises:
        ConfigError
    """
    import apprise  # noqa: PLC0415  (slow to import, and few countries use it)

    name = f"HERA_APPRISE_{role.upper()}_URL"
    url = env.required(name, f"an apprise address with {TO} in place of the number, such as {_EXAMPLE}")
    # The address holds a password, so the sentence does not repeat it.
    if TO not in url:
        raise ConfigError(f"{name} has no {TO}: it wants {TO} where the number belongs, such as {_EXAMPLE}.")
    if apprise.Apprise.instantiate(url.replace(TO, _SOMEBODY), suppress_exceptions=True) is None:
        raise ConfigError(f"{name} is no address that apprise knows: it wants one such as {_EXAMPLE}.")
    return AppriseSettings(url)
