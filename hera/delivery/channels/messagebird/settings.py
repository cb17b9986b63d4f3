from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hera.environment import ConfigError, setting
from hera.kinds import Required, Text, Url

if TYPE_CHECKING:
    from hera.environment import Environment


@dataclass(frozen=True)
class Sender:
    """A name or a number that networks take for a sender."""

    default: str

    def read(self, env: Environment, name: str) -> str:
        sender = env.text(name) or self.default
        if not re.fullmatch(r"[A-Za-z0-9 ]{1,11}|\+?\d{5,15}", sender):
            raise ConfigError(f"{name} is {sender!r}: it wants up to 11 letters and digits, or a number.")
        return sender

    @property
    def default_text(self) -> str:
        return f"`{self.default}`"


@dataclass(frozen=True)
class NumberOfSender:
    """A number alone, for networks that take no letters; without one it is what `otherwise` names."""

    otherwise: str
    otherwise_kind: Sender

    def read(self, env: Environment, name: str) -> str:
        number = env.text(name)
        if number and not re.fullmatch(r"\+?\d{5,15}", number):
            raise ConfigError(f"{name} is {number!r}: it wants a number such as +12025550123.")
        return number or self.otherwise_kind.read(env, self.otherwise)

    @property
    def default_text(self) -> str:
        return f"that of `{self.otherwise}`"


_SENDER = Sender("HERA")


@dataclass(frozen=True)
class MessageBirdSettings:
    sender: str = setting(
        "HERA_SMS_SENDER",
        _SENDER,
        "the sender: up to 11 letters and digits, or a number",
        heading="MessageBird: SMS",
    )
    sender_nanp: str = setting(
        "HERA_SMS_SENDER_NANP",
        NumberOfSender("HERA_SMS_SENDER", _SENDER),
        "the sender for US and Canadian numbers, whose networks take no letters",
    )
    api_key: str = setting(
        "HERA_MESSAGEBIRD_API_KEY",
        Required("a live access key from MessageBird"),
        "with the channel `messagebird`: a live access key",
    )
    url: str = setting("HERA_MESSAGEBIRD_URL", Url("https://rest.messagebird.com"), "the vendor's API")
    # Without it, receipts are not taken: anybody could send them.
    signing_key: str = setting(
        "HERA_MESSAGEBIRD_SIGNING_KEY",
        Text(),
        "takes MessageBird's status reports at `/delivery/receipts/messagebird/` (enter that address in their"
        ' dashboard); messages then are "sent" until the report says "delivered"',
        default="none: accepted means delivered",
    )


TABLES = {"sms": MessageBirdSettings}
