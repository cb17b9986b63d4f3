"""Write docs/settings.md from the tables of settings: `make settings`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hera.config import REPOSITORY, Config
from hera.delivery.channels import registry
from hera.environment import Setting, settings_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from _typeshed import DataclassInstance

    from hera.environment import Variable

PAGE = REPOSITORY / "docs" / "settings.md"
_TOP = """\
# Settings

All from the environment. A missing or malformed one stops the start with a sentence that names it.

<!-- `make settings` writes this page: what it says is in hera/config.py and hera/delivery/channels/. -->
"""
_PART = """
## {heading}

| name | meaning | default |
|---|---|---|
"""
# An example of an address with a password in it, which `make secrets` would take for a real one.
_LOOKS_SECRET = re.compile(r"://[^/\s:]+:[^/\s@]+@")


def settings() -> Iterator[Setting]:
    """Every setting there is, in the order of the page."""
    tables: list[type[DataclassInstance]] = [Config, *registry.tables()]
    for table in tables:
        for _field, setting in settings_of(table):
            yield setting


def page() -> str:
    """The whole text of docs/settings.md."""
    text = _TOP
    for setting in settings():
        if setting.heading:
            text += _PART.format(heading=setting.heading)
        text += "".join(_row(variable) for variable in (setting, *setting.beside))
    return text


def _row(variable: Variable) -> str:
    row = f"| `{variable.name}` | {variable.meaning} | {variable.default} |"
    if _LOOKS_SECRET.search(row):
        row = f"{row.removesuffix(' |')} <!-- pragma: allowlist secret --> |"
    return row + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
