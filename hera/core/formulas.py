"""Texts in tables: what somebody typed is a text there, too, and nothing that a spreadsheet program runs."""

from __future__ import annotations

import re
from typing import Any

# What a spreadsheet program would take for a formula, full-width and small forms too: where a cell begins, and behind
# whatever some program or country parts cells and rows by (in Turkey a semicolon).
_FORMULA = re.compile(
    r"(^|[;,\t\r\n|])(?=[\s\"'\u200b-\u200f\u2060\u2066-\u2069\ufeff]*[=+\-@|%\uff1d\uff0b\uff0d\uff20\ufe62\ufe63\ufe66\ufe6b\u2212])|^(?=[\t\r\n])"
)


def harmless(cell: Any) -> Any:
    """A cell that no spreadsheet program runs as a formula: an apostrophe stands before whatever could begin one."""
    return _FORMULA.sub(r"\1'", cell) if isinstance(cell, str) else cell
