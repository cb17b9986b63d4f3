from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hera.environment import ConfigError, setting

if TYPE_CHECKING:
    from hera.environment import Environment

TO = "{to}"
_EXAMPLE = "twilio://ACCOUNT:TOKEN@+12025550123/{to}"  # pragma: allowlist secret
_SOMEBODY = "+905321234567"


@dataclass(frozen=True)
class AppriseAddress:
    """The address of a gateway in apprise's notation. It holds a password, so no sentence repeats it."""

    default_text = "required"

    def read(self, env: Environment, name: str) -> str:
        import apprise  # noqa: PLC0415  (slow to import, and few countries use it)

        url = env.required(name, f"an apprise address with {TO} in place of the number, such as {_EXAMPLE}")
        if TO not in url:
            raise ConfigError(f"{name} has no {TO}: it wants {TO} where the number belongs, such as {_EXAMPLE}.")
        if apprise.Apprise.instantiate(url.replace(TO, _SOMEBODY), suppress_exceptions=True) is None:
            raise ConfigError(f"{name} is no address that apprise knows: it wants one such as {_EXAMPLE}.")
        return url


@dataclass(frozen=True)
class AppriseSettings:
    url: str  # with {to} where the number belongs


@dataclass(frozen=True)
class ForSms(AppriseSettings):
    url: str = setting(
        "HERA_APPRISE_SMS_URL",
        AppriseAddress(),
        "with the channel `apprise`: the gateway's [apprise address](https://github.com/caronc/apprise/wiki), with"
        f" `{TO}` where the number belongs, such as `{_EXAMPLE}`",
        heading="Any other gateway, through apprise",
    )


@dataclass(frozen=True)
class ForWhatsApp(AppriseSettings):
    url: str = setting(
        "HERA_APPRISE_WHATSAPP_URL", AppriseAddress(), "with the channel `apprise`: the same for WhatsApp"
    )


TABLES = {"sms": ForSms, "whatsapp": ForWhatsApp}
