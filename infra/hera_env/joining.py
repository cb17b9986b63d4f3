"""Two operators at once: what one deploys is put onto what the other has deployed meanwhile, or is refused."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

from infra.hera_env import aws_failures
from infra.hera_env.errors import Stop

if TYPE_CHECKING:
    from infra.configuration import Configuration


_READ_ANEW = {"settings", "secrets_version"}  # one by one; from AWS, whoever changed a secret


def joined(seen: Configuration, wanted: Configuration, now: Configuration) -> Configuration:
    """What is there now, with what this call changes of what it has seen.

    Raises:
        Stop: if both changed the same, and not to the same.
    """
    before, mine, theirs = _parts(seen), _parts(wanted), _parts(now)
    ours = {name for name in {*before, *mine} if before.get(name) != mine.get(name)}
    taken = [name for name in changed(seen, now) if name in ours and mine.get(name) != theirs.get(name)]
    if taken:
        said = "; ".join(f"{name}: {theirs.get(name) or 'taken away'}" for name in taken)
        raise Stop(
            f"While this call was at work, somebody else changed what it changes too. It is now: {said}. That runs on.",
            f"See what you would change of it: ./hera-env diff {now.name}; if you mean it after all:"
            f" {aws_failures.again()}",
        )
    whole = {**theirs, **{name: mine.get(name) for name in ours}}
    known = {row.name for row in fields(now) if row.name not in _READ_ANEW}
    settings = {name: value for name, value in whole.items() if name.isupper() and value}
    chosen: dict[str, Any] = {name: whole[_option(name)] for name in known}
    return replace(now, settings=settings, **chosen)


def changed(seen: Configuration, now: Configuration) -> list[str]:
    """What is another than it was: options by their names, then settings by theirs."""
    before, after = _parts(seen), _parts(now)
    return [name for name in dict.fromkeys([*before, *after]) if before.get(name) != after.get(name)]


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _parts(configuration: Configuration) -> dict[str, Any]:
    """All that may be changed of it, one by one."""
    own = {
        _option(row.name): getattr(configuration, row.name)
        for row in fields(configuration)
        if row.name not in _READ_ANEW
    }
    return {**own, **dict(sorted(configuration.settings.items()))}
