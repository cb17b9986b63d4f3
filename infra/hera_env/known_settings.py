"""The settings of the service by their names, as docs/settings.md lists them, and those that an operator may give here.

The command runs where the service is not installed; the page is made from the service's table, and a test holds it so.
"""

from __future__ import annotations

import difflib
import re
from functools import cache
from pathlib import Path

from infra.configuration import SECRETS_OF_CHANNEL
from infra.hera_env.errors import Stop

_PAGE = Path(__file__).resolve().parents[2] / "docs" / "settings.md"
_ROW = re.compile(r"^\| `([A-Z0-9_]+)` \|", re.MULTILINE)
_MADE_HERE = "the environment makes it itself"
# What the stack gives to each task. Given once more, it would be another database, another name, no encryption.
OWN = {
    "HERA_ENVIRONMENT": "the environment's name is it",
    "HERA_ALLOWED_HOSTS": "the environment's domain is it",
    "HERA_PUSH_CHANNEL": "give it as --push",
    "HERA_SMS_CHANNEL": "give it as --sms",
    "HERA_WHATSAPP_CHANNEL": "give it as --whatsapp",
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
def names() -> frozenset[str]:
    """The names of all settings of this version of the service."""
    return frozenset(_ROW.findall(_PAGE.read_text(encoding="utf-8")))


def nearest(typed: str, known: frozenset[str] | list[str] | tuple[str, ...]) -> str | None:
    """The name that was probably meant; None if none is near."""
    return next(iter(difflib.get_close_matches(typed, sorted(known), n=1)), None)


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
    if any(name in secrets for kinds in SECRETS_OF_CHANNEL.values() for secrets in kinds.values()):
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
