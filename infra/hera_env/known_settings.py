"""The settings of the service, from its own tables, and those that an operator may give here.

The command runs where the service is not installed: the tables want nothing but Python, and a test holds them so.
"""

from __future__ import annotations

import difflib
from functools import cache
from typing import TYPE_CHECKING

from hera.config import Config
from hera.delivery.channels import registry
from hera.environment import Setting, settings_of
from infra.configuration import SECRETS_OF_CHANNEL
from infra.hera_env.errors import Stop

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

_PREFIX = "HERA_"
_MADE_HERE = "the environment makes it itself"
# What the stack gives to each task. Given once more, it would be another database, another name, no encryption.
OWN = {
    "HERA_ENVIRONMENT": "the environment's name is it",
    "HERA_ALLOWED_HOSTS": "the environment's domain is it",
    "HERA_PUSH_CHANNEL": "give it as --push",
    "HERA_SMS_CHANNEL": "give it as --sms",
    "HERA_WHATSAPP_CHANNEL": "give it as --whatsapp",
    "HERA_WEB_PUSH_CHANNEL": "give it as --web-push",
    "HERA_PUBLIC_URL": "the environment's domain is it",
    "HERA_DJANGO_SECRET_KEY": _MADE_HERE,
    "HERA_DB_SECRET": _MADE_HERE,
    "HERA_DB_ADMIN_SECRET": _MADE_HERE,
    "DATABASE_URL": _MADE_HERE,
    "PGSSLMODE": _MADE_HERE,
    "HERA_DATA_DIR": "it is for local alone",
    "HERA_LOCAL_CLOCK": "it is for local alone",
    "HERA_BIND": "the image says it",
    "HERA_BACKUP_UPLOAD_URL": "hera-env export gives it",
    "HERA_BACKUP_SIGNATURE_UPLOAD_URL": "hera-env export gives it",
}


@cache
def rows() -> tuple[Setting, ...]:
    """All settings of this version of the service."""
    tables: list[type[DataclassInstance]] = [Config, *registry.tables()]
    return tuple(row for table in tables for _field, row in settings_of(table))


@cache
def names() -> frozenset[str]:
    """Their names."""
    return frozenset(variable.name for row in rows() for variable in (row, *row.beside))


def is_secret(name: str) -> bool:
    """Whether a setting is a provider's key, which Secrets Manager keeps."""
    return any(name in keys for kinds in SECRETS_OF_CHANNEL.values() for keys in kinds.values())


def nearest(typed: str, known: frozenset[str] | list[str] | tuple[str, ...]) -> str | None:
    """The name that was probably meant, however it was written; None if none is near.

    What all settings begin with makes none of them near to another.
    """
    bare = {name.upper().removeprefix(_PREFIX): name for name in sorted(known)}
    found = difflib.get_close_matches(typed.upper().removeprefix(_PREFIX), bare, n=1)
    return bare[found[0]] if found else None


def in_arguments(given: list[str]) -> dict[str, str]:
    """The settings that `--set` named.

    Args:
        given: each as NAME=VALUE; an empty value takes the setting away.

    Raises:
        Stop: if one is no setting of the service, is a secret, or is not the operator's to say.
    """
    pairs = [item.partition("=") for item in given]
    for name, equals, _value in pairs:
        _check(name, equals)
    return {name: value for name, _equals, value in pairs}


def _check(name: str, equals: str) -> None:
    if is_secret(name):
        raise Stop(
            f"{name} is a secret: in --set it would be read by all who may see the stack.",
            f"Give it in the environment of this command: read -rs {name}; export {name}; then the same command"
            " without this --set.",
        )
    if name in OWN:
        raise Stop(f"--set {name} is not taken: {OWN[name]}.", f"Leave --set {name} away, and run it again.")
    if name not in names():
        near = nearest(name, names())
        raise Stop(
            f"--set {name}: HERA has no such setting.{f' {near} is the nearest.' if near else ''}",
            "docs/settings.md lists them all: grep -o '`HERA_[A-Z0-9_]*`' docs/settings.md",
        )
    if not equals:
        raise Stop(
            f"--set {name} has no value.",
            "It belongs behind the name, without a space, such as"
            f" --set HERA_QUIET_HOURS=22:00-07:00; --set {name}= takes the setting away.",
        )
