"""Every text that is to be translated can be found by the program that gathers them."""

from __future__ import annotations

import ast
from pathlib import Path

import hera

GATHERED = {
    f"{kind}{name}{lazy}" for kind in ("", "p") for name in ("gettext", "ngettext") for lazy in ("", "_lazy")
} | {"_", "npgettext", "npgettext_lazy", "gettext_noop"}


def test_none_is_inside_a_formatted_string():
    """What gathers texts does not look into these: the sentence would stay English in every language."""
    hidden = [
        f"{path.name}:{call.lineno}"
        for path in Path(hera.__file__).parent.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.JoinedStr)
        for call in ast.walk(node)
        if isinstance(call, ast.Call)
        and getattr(call.func, "id", "") in GATHERED
        and any(isinstance(text, ast.Constant) for text in call.args)
    ]
    assert not hidden
