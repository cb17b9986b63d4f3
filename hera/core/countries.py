"""Countries by the two letters of ISO 3166."""

from __future__ import annotations

import functools
from importlib import resources


@functools.cache
def codes() -> frozenset[str]:
    """The two-letter codes of ISO 3166, as the time zone database lists them."""
    table = resources.files("tzdata").joinpath("zoneinfo", "iso3166.tab").read_text(encoding="utf-8")
    return frozenset(line.split("\t")[0] for line in table.splitlines() if line and not line.startswith("#"))


def typed(text: str) -> str:
    """What somebody typed for a code, as it would be written if it is one."""
    return "".join(text.split()).upper()
