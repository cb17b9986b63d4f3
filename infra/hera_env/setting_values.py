"""What the values of settings have to be: read as the service reads them when it starts, before AWS is asked.

A value that the service refuses would stop each new task of it, half an hour later.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hera.delivery.channels import registry
from hera.environment import ConfigError, Environment, settings_of
from infra.hera_env import known_settings
from infra.hera_env.errors import Stop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from hera.environment import Setting
    from infra.configuration import Configuration

_NAME = "HERA_ENVIRONMENT"
_LONGEST_SHOWN = 60


class _Watched(dict[str, str]):
    """Variables that remember which of them were asked for."""

    def __init__(self, variables: dict[str, str]) -> None:
        super().__init__(variables)
        self.asked: set[str] = set()

    def get(self, name: str, default: str = "") -> str:  # type: ignore[override]
        self.asked.add(name)
        return super().get(name, default)


def check_typed(environment: str, settings: dict[str, str]) -> None:
    """Refuse a value that is wrong whatever else the environment has.

    Args:
        environment: its name.
        settings: what --set named.

    Raises:
        Stop: naming the setting, and what it wants.
    """
    for row in known_settings.rows():
        _read(row, environment, settings, lambda asked: asked <= settings.keys())


def check(wanted: Configuration, typed: dict[str, str] | None = None) -> None:
    """Refuse what the service would not start with: values that do not fit each other as well.

    Args:
        typed: what --set named. What has nothing to do with it is not looked at, so that a way back to a version before
            is open; None looks at all.

    Raises:
        Stop: naming the setting, and what it wants.
    """
    for row in _used(wanted):
        _read(row, wanted.name, wanted.settings, lambda asked: typed is None or not asked.isdisjoint(typed))


def _used(wanted: Configuration) -> Iterator[Setting]:
    """The settings that this environment's service reads: of its providers, and of no others."""
    chosen = {"push": wanted.push, "sms": wanted.sms, "whatsapp": wanted.whatsapp, "web_push": wanted.web_push}
    others = {
        row.name
        for role, kinds in registry.KINDS.items()
        for kind in kinds
        if kind not in {"none", chosen[role]}
        for row in _of_provider(kind, role)
    }
    mine = {row.name for role, kind in chosen.items() if kind != "none" for row in _of_provider(kind, role)}
    for row in known_settings.rows():
        if row.name in mine or row.name not in others:
            yield row


def _of_provider(kind: str, role: str) -> list[Setting]:
    table = registry.table(kind, role)
    return [row for _field, row in settings_of(table)] if table else []


def _read(row: Setting, environment: str, settings: dict[str, str], is_ours: Callable[[set[str]], bool]) -> None:
    """Have the service's own kind read it; `is_ours` says of the names it asked for whether its refusal counts."""
    if row.name in known_settings.OWN or known_settings.is_secret(row.name):
        return
    variables = _Watched({**settings, _NAME: environment})
    try:
        row.kind.read(Environment(variables, is_local=False), row.name)
    except ConfigError as wrong:
        if is_ours(variables.asked - {_NAME}):
            says, value = str(wrong), settings.get(row.name, "")
            if len(value) > _LONGEST_SHOWN:
                says = says.replace(value, f"{value[:_LONGEST_SHOWN]}…")
            raise Stop(
                f"The service would not start with that: {says}",
                f"Nothing was changed. What it takes: grep {row.name} docs/settings.md",
            ) from None
