"""Which provider folders there are, which of them this environment uses, and their settings."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from hera.config import Environment
    from hera.delivery.channels.base import Channel

PUSH_KINDS = ("console", "onesignal")
SMS_KINDS = ("console", "messagebird")


@dataclass(frozen=True)
class ChannelSettings:
    """The kind chosen for each role, and what that kind reads from the environment."""

    push_kind: str
    sms_kind: str
    by_kind: dict[str, Any]

    def kind_for(self, role: str) -> str:
        return self.push_kind if role == "push" else self.sms_kind


def load_settings(env: Environment, *, is_local: bool) -> ChannelSettings:
    """Read which kinds are wanted, and the settings of those kinds.

    Raises:
        ConfigError: if a kind is unknown, or one of its settings is missing or malformed.
    """
    default = "console" if is_local else None
    push = env.one_of("HERA_PUSH_CHANNEL", PUSH_KINDS, default)
    sms = env.one_of("HERA_SMS_CHANNEL", SMS_KINDS, default)
    return ChannelSettings(push, sms, {kind: _module(kind, "settings").load(env) for kind in {push, sms}})


def open_channel(kind: str, settings: ChannelSettings) -> Channel:
    return cast("Channel", _module(kind, "channel").open_channel(settings.by_kind[kind]))


def _module(kind: str, part: str) -> Any:
    return importlib.import_module(f"hera.delivery.channels.{kind}.{part}")
