from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hera.delivery.channels.webpush import keys
from hera.environment import ConfigError, setting
from hera.kinds import Flag

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

    from hera.environment import Environment


@dataclass(frozen=True)
class VapidKey:
    """A private key on P-256. No sentence repeats it."""

    default_text = "required"

    def read(self, env: Environment, name: str) -> str:
        wants = "a private key; make one with manage.py webpush_keys"
        key = env.required(name, wants)
        if not keys.is_private_key(key):
            raise ConfigError(f"{name} is no key: it wants {wants}.")
        return key


@dataclass(frozen=True)
class Contact:
    """Whom a push service can tell of trouble: a mail address, or a page."""

    default_text = "`https://` and the first of `HERA_ALLOWED_HOSTS`"

    def read(self, env: Environment, name: str) -> str:
        host = next((host for host in env.items("HERA_ALLOWED_HOSTS") if "*" not in host), "hera.invalid")
        contact = env.text(name) or f"https://{host}"
        if not contact.startswith(("mailto:", "https://")):
            raise ConfigError(f"{name} is {contact!r}: it wants mailto: and an address, or https:// and a page.")
        return contact


@dataclass(frozen=True)
class LocalFlag(Flag):
    """A flag that only a local server may set."""

    def read(self, env: Environment, name: str) -> bool:
        is_on = super().read(env, name)
        if is_on and not env.is_local:
            raise ConfigError(f"{name} opens our own network: it wants HERA_ENVIRONMENT to be local.")
        return is_on


@dataclass(frozen=True)
class WebPushSettings:
    private_key: str = setting(
        "HERA_WEB_PUSH_PRIVATE_KEY",
        VapidKey(),
        "with the channel `webpush`: the key by which push services know this environment, made by"
        " `manage.py webpush_keys`. With another one all browsers have to subscribe anew",
        heading="Web push: browsers",
    )
    contact: str = setting(
        "HERA_WEB_PUSH_CONTACT", Contact(), "whom push services can tell of trouble: `mailto:...` or `https://...`"
    )
    any_address: bool = setting(
        "HERA_WEB_PUSH_ANY_ADDRESS",
        LocalFlag(),
        "`true` takes push services inside our own network, and without https; local only",
    )

    @functools.cached_property
    def key(self) -> EllipticCurvePrivateKey:
        return keys.read_private_key(self.private_key)

    @functools.cached_property
    def public_key(self) -> str:
        """What browsers subscribe with."""
        return keys.public_key_of(self.key)


TABLES = {"web_push": WebPushSettings}
