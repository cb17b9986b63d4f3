from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hera.config import ConfigError

if TYPE_CHECKING:
    from hera.config import Environment


@dataclass(frozen=True)
class MessageBirdSettings:
    api_key: str
    url: str
    sender: str
    signing_key: str  # without it, receipts are not taken: anybody could send them
    sender_nanp: str  # for US and Canadian numbers, whose networks take no letters


def load(env: Environment, _role: str) -> MessageBirdSettings:
    """Read MessageBird's settings.

    Raises:
        ConfigError
    """
    sender = env.text("HERA_SMS_SENDER") or "HERA"
    if not re.fullmatch(r"[A-Za-z0-9 ]{1,11}|\+?\d{5,15}", sender):
        raise ConfigError(f"HERA_SMS_SENDER is {sender!r}: it wants up to 11 letters and digits, or a number.")
    sender_nanp = env.text("HERA_SMS_SENDER_NANP") or sender
    if env.text("HERA_SMS_SENDER_NANP") and not re.fullmatch(r"\+?\d{5,15}", sender_nanp):
        raise ConfigError(f"HERA_SMS_SENDER_NANP is {sender_nanp!r}: it wants a number such as +12025550123.")
    return MessageBirdSettings(
        api_key=env.required("HERA_MESSAGEBIRD_API_KEY", "a live access key from MessageBird"),
        url=env.url("HERA_MESSAGEBIRD_URL", "https://rest.messagebird.com"),
        sender=sender,
        signing_key=env.text("HERA_MESSAGEBIRD_SIGNING_KEY"),
        sender_nanp=sender_nanp,
    )
