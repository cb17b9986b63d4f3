"""Which provider folders there are, which of them this environment uses, and their settings."""

from __future__ import annotations

import importlib
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, cast

from hera.environment import read, setting
from hera.kinds import OneOf, WholeNumber

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    from hera.delivery.channels.base import Channel
    from hera.environment import Environment

KINDS = {
    "push": ("console", "onesignal"),
    "sms": ("console", "messagebird", "apprise"),
    "whatsapp": ("console", "apprise", "none"),
    "web_push": ("webpush", "none"),
}


@dataclass(frozen=True)
class ChosenKinds:
    """The provider of each role. WhatsApp and web push may be left out: without the others nobody signs in or is
    reminded."""

    push: str = setting(
        "HERA_PUSH_CHANNEL",
        OneOf(KINDS["push"], None, local="console"),
        "push goes through `console` or `onesignal`",
        heading="Providers of messages",
    )
    sms: str = setting(
        "HERA_SMS_CHANNEL",
        OneOf(KINDS["sms"], None, local="console"),
        "SMS goes through `console`, `messagebird` or `apprise`",
    )
    whatsapp: str = setting(
        "HERA_WHATSAPP_CHANNEL",
        OneOf(KINDS["whatsapp"], "none", local="console"),
        "WhatsApp goes through `apprise`, `console` or `none`",
    )
    web_push: str = setting(
        "HERA_WEB_PUSH_CHANNEL",
        OneOf(KINDS["web_push"], "none"),
        "push to browsers goes through `webpush`, or `none`; `make up` makes a key of its own",
    )


@dataclass(frozen=True)
class Rates:
    """How fast each role may send."""

    push: int = setting(
        "HERA_PUSH_RATE_LIMIT", WholeNumber(0), "push messages a second, of all workers together; 0 for no limit"
    )
    sms: int = setting("HERA_SMS_RATE_LIMIT", WholeNumber(0), "the same for SMS")
    whatsapp: int = setting("HERA_WHATSAPP_RATE_LIMIT", WholeNumber(0), "the same for WhatsApp")
    web_push: int = setting("HERA_WEB_PUSH_RATE_LIMIT", WholeNumber(0), "the same for web push")


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
    env = env.treated_as(is_local=is_local)
    kinds: dict[str, str] = asdict(read(ChosenKinds, env))
    return ChannelSettings(
        kinds=kinds,
        by_role={role: _settings(kind, role, env) for role, kind in kinds.items() if kind != "none"},
        rates={role: rate or None for role, rate in asdict(read(Rates, env)).items()},
    )


def tables() -> list[type[DataclassInstance]]:
    """The tables of settings of the choice, of the rates and of every provider folder."""
    folders = dict.fromkeys(kind for kinds in KINDS.values() for kind in kinds if kind != "none")
    return [ChosenKinds, Rates, *(each for kind in folders for each in _tables(kind).values())]


def table(kind: str, role: str) -> type[DataclassInstance] | None:
    """The table of settings of a provider in a role; None where it has none."""
    return _tables(kind).get(role)


def open_channel(role: str, settings: ChannelSettings) -> Channel:
    """The channel of a role (push, sms, whatsapp, web_push), of the kind that the settings chose."""
    return cast("Channel", _module(settings.kind_for(role), "channel").open_channel(settings.by_role[role]))


def _settings(kind: str, role: str, env: Environment) -> Any:
    chosen = table(kind, role)
    return read(chosen, env) if chosen else None


def _tables(kind: str) -> dict[str, type[DataclassInstance]]:
    """A provider's tables by role. The console has none."""
    return cast("dict[str, type[DataclassInstance]]", _module(kind, "settings").TABLES)


def _module(kind: str, part: str) -> Any:
    return importlib.import_module(f"hera.delivery.channels.{kind}.{part}")
