"""What is wrong with a Liquid template, before it is saved: said with the place in the text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from liquid.exceptions import LiquidError

from hera.core import languages
from hera.texts.rendering import OLD_SPELLINGS, TemplateDoesNotRender, compiled, render

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Problem:
    """One thing wrong; `line` and `column` count from 1, and are 0 where the whole text is meant."""

    message: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        if not self.line:
            return self.message
        return _("Line %(line)s, column %(column)s: %(message)s") % {
            "line": self.line,
            "column": self.column,
            "message": self.message,
        }


def problems_of(source: str, examples: Mapping[str, str], longest: int) -> list[Problem]:
    """Everything wrong with a template that may use the variables of `examples`.

    Args:
        examples: an example value for each declared variable; the longest that is likely.
        longest: how many characters the text may have when the examples are filled in.
    """
    try:
        used = _variables(source)
        text = render(source, examples)
    except LiquidError as broken:
        return [_broken(broken)]
    except TemplateDoesNotRender as broken:
        cause = broken.__cause__
        return [_broken(cause) if isinstance(cause, LiquidError) else Problem(str(broken))]
    allowed = {*examples, *(old for name, old in OLD_SPELLINGS.items() if name in examples)}
    found = [
        Problem(_("The variable %(name)s is not declared.") % {"name": name}, *place)
        for name, place in used.items()
        if name not in allowed
    ]
    if len(text) > longest:
        too_long = _("With the example values the text has %(length)s characters; %(longest)s fit.")
        found.append(Problem(too_long % {"length": len(text), "longest": longest}))
    return found


def uses(source: str, names: frozenset[str]) -> list[tuple[str, tuple[int, int]]]:
    """Which of these variables a template uses, with the place of the first use; none if it is broken."""
    try:
        used = _variables(source)
    except LiquidError:
        return []
    return [(name, place) for name, place in used.items() if name in names]


def variables_of(source: str) -> set[str]:
    """The variables that a template asks for; none if it is broken."""
    try:
        return set(_variables(source))
    except LiquidError:
        return set()


def languages_missing(present: set[str]) -> list[str]:
    """What staff should know of texts that are there in these languages only."""
    missing = [name for code, name in languages.CHOICES if code not in present]
    if languages.FALLBACK not in present:
        return [_("There is no text in English: whoever has no text in her language gets nothing.")]
    if missing:
        return [_("Not translated, and sent in English instead: %(languages)s.") % {"languages": ", ".join(missing)}]
    return []


def _variables(source: str) -> dict[str, tuple[int, int]]:
    found = compiled(source).analyze().globals
    return {name: _place(source, uses[0].span.index) for name, uses in found.items()}


def _place(source: str, index: int) -> tuple[int, int]:
    before = source[:index]
    return before.count("\n") + 1, index - (before.rfind("\n") + 1) + 1


def _broken(error: LiquidError) -> Problem:
    context = error.context()
    line, column = (context[0], context[1] + 1) if context else (0, 0)
    return Problem(_("This is not valid Liquid: %(problem)s.") % {"problem": error.message}, line, column)
