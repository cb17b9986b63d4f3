"""Which provider folders there are, which of them this environment uses, and their settings."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from hera.config import Environment
    from hera.delivery.channels.base import Channel

KINDS = {
    "push": ("console", "onesignal"),
    "sms": ("console", "messagebird", "apprise"),
    "whatsapp": ("console", "apprise", "none"),
}


@dataclass(frozen=True)
class ChannelSettings:
    """For each role the kind chosen, what that kind reads from the environment, and its rate."""

    kinds: dict[str, str]
    by_role: dict[str, Any]
    rates: dict[str, int | None]  # messages a second, of all workers together; None: as fast as it goes

    def kind_for(self, role: str) -> str:
        return self.kinds[role]


def load_settings(env: Environment, *, is_local: bool) -> ChannelSettings:
    """Read which kinds are wanted, and the settings of those kinds.

    Raises:
        ConfigError: if a kind is unknown, or one of its settings is missing or malformed.
    """
    kinds = {
        role: env.one_of(f"HERA_{role.upper()}_CHANNEL", choices, _default(role, is_local=is_local))
        for role, choices in KINDS.items()
    }
    return ChannelSettings(
        kinds=kinds,
        by_role={role: _module(kind, "settings").load(env, role) for role, kind in kinds.items() if kind != "none"},
        rates={role: env.whole_number(f"HERA_{role.upper()}_RATE_LIMIT", 0) or None for role in KINDS},
    )


def _default(role: str, *, is_local: bool) -> str | None:
    if is_local:
        return "console"
    return "none" if role == "whatsapp" else None


def open_channel(role: str, settings: ChannelSettings) -> Channel:
    """The channel of a role (push, sms, whatsapp), of the kind that the settings chose."""
    return cast("Channel", _module(settings.kind_for(role), "channel").open_channel(settings.by_role[role]))


def _module(kind: str, part: str) -> Any:
    return importlib.import_module(f"hera.delivery.channels.{kind}.{part}")
