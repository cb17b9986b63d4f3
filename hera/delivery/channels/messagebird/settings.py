from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hera.environment import ConfigError, setting
from hera.kinds import Countries, Required, Text, Url

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


NANP = "+1"
_NANP_COUNTRIES = {"US", "CA"}
NO_LETTERS = "networks of +1 numbers take no letters for a sender: set HERA_SMS_SENDER_NANP to a number"


def is_number(sender: str) -> bool:
    """Whether a sender is a number, which all networks take."""
    return re.fullmatch(r"\+?\d{5,15}", sender) is not None


@dataclass(frozen=True)
class NumberOfSender:
    """A number alone, for networks that take no letters; without one it is what `otherwise` names.

    Letters stop the start only where such countries are named in `countries`: an environment that names none goes on.
    """

    otherwise: str
    otherwise_kind: Sender
    countries: str = "HERA_OTP_ALLOWED_COUNTRIES"

    def read(self, env: Environment, name: str) -> str:
        number = env.text(name)
        if number and not is_number(number):
            raise ConfigError(f"{name} is {number!r}: it wants a number such as +12025550123.")
        sender = number or self.otherwise_kind.read(env, self.otherwise)
        if not is_number(sender) and (served := _NANP_COUNTRIES & Countries().read(env, self.countries)):
            raise ConfigError(
                f"{name} is not set, and {self.countries} has {', '.join(sorted(served))}, whose networks take no"
                f" letters for a sender: it wants a number such as +12025550123."
            )
        return sender

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
        "the sender for +1 numbers, whose networks take no letters: a number; required where"
        " `HERA_OTP_ALLOWED_COUNTRIES` has `US` or `CA`; elsewhere nothing is sent to such numbers without it",
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
        "takes MessageBird's status reports at `/delivery/receipts/messagebird/`, and what people write back to a"
        " number of yours at `/delivery/replies/messagebird/` (enter both addresses in their dashboard); messages then"
        ' are "sent" until the report says "delivered"',
        default="none: accepted means delivered",
    )


TABLES = {"sms": MessageBirdSettings}
