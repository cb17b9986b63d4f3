"""What is wrong with a Liquid template, before it is saved: said with the place in the text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from hera.core import languages
from hera.texts.rendering import (
    OLD_SPELLINGS,
    NoTimeToRender,
    TemplateDoesNotRender,
    TextStopped,
    Wanted,
    render,
    render_all,
    variables,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


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


def problems_of(
    source: str, examples: Mapping[str, str], longest: int, language: str = languages.FALLBACK
) -> list[Problem]:
    """Everything wrong with a template that may use the variables of `examples`.

    It is rendered with the examples, and with what its conditions ask for, too: a part of it that these examples
    never reach may be the one that hurts.

    Args:
        examples: an example value for each declared variable; the longest that is likely.
        longest: how many characters the text may have when the examples are filled in.
        language: that of the text.
    """
    try:
        used = _variables(source)
        text = render(source, examples, language)
        _try_hidden_parts(source, list(used), examples, language)
    except TextStopped:
        return [Problem(_("This text takes too much time or memory: make it simpler."))]
    except TemplateDoesNotRender as broken:
        return [_broken(broken)]
    except NoTimeToRender:
        return [Problem(_("This text could not be looked at: the others take too long. Try again."))]
    allowed = {*examples, *(old for name, old in OLD_SPELLINGS.items() if name in examples)}
    found = [Problem(_undeclared(name, examples), *place) for name, place in used.items() if name not in allowed]
    if len(text) > longest:
        too_long = _("With the example values the text has %(length)s characters; %(longest)s fit.")
        found.append(Problem(too_long % {"length": len(text), "longest": longest}))
    return found


def _undeclared(name: str, examples: Mapping[str, str]) -> str:
    told = _("The variable %(name)s is not declared.") % {"name": name}
    if not examples:
        return told
    declared = _("Declared are: %(names)s.") % {"names": ", ".join(sorted(examples))}
    return f"{told} {declared}"


def uses(source: str, names: frozenset[str]) -> list[tuple[str, tuple[int, int]]]:
    """Which of these variables a template uses, with the place of the first use; none if it is broken."""
    try:
        used = _variables(source)
    except (TemplateDoesNotRender, NoTimeToRender):
        return []
    return [(name, place) for name, place in used.items() if name in names]


def variables_of(source: str) -> set[str]:
    """The variables that a template asks for; none if it is broken."""
    try:
        return set(_variables(source))
    except (TemplateDoesNotRender, NoTimeToRender):
        return set()


def _try_hidden_parts(source: str, used: Sequence[str], examples: Mapping[str, str], language: str) -> None:
    """Render a template that has conditions with other values, too: blank ones, and those that it compares with.

    Raises:
        TextStopped: if one of them makes it run long.
        TemplateDoesNotRender: if one makes it too large. Other failures are those of values that no event has.
        NoTimeToRender: if there was no time for all.
    """
    if "{%" not in source:
        return
    compared = list(dict.fromkeys(text for _quote, text in _QUOTED.findall(source)))[:_MOST_COMPARED]
    contexts: list[dict[str, str]] = [dict.fromkeys(examples, value) for value in ("", "x", *compared)]
    contexts += [{**examples, name: value} for name in used for value in ("", *compared)][:_MOST_COMBINATIONS]
    for result in render_all([Wanted(source, context, language) for context in contexts]):
        if isinstance(result, (TextStopped, NoTimeToRender)):
            raise result
        if isinstance(result, TemplateDoesNotRender) and result.too_large:
            raise result


_QUOTED = re.compile(r"""(["'])(.*?)\1""")
_MOST_COMPARED = 10  # values that a template compares with
_MOST_COMBINATIONS = 60


def languages_missing(present: set[str]) -> list[str]:
    """What staff should know of texts that are there in these languages only."""
    # Gathered with the labels of the panel.
    missing = [_(name) for code, name in languages.CHOICES if code not in present]
    if languages.FALLBACK not in present:
        return [_("There is no text in English: whoever has no text in her language gets nothing.")]
    if missing:
        return [_("Not translated, and sent in English instead: %(languages)s.") % {"languages": ", ".join(missing)}]
    return []


def _variables(source: str) -> dict[str, tuple[int, int]]:
    return {name: _place(source, index) for name, index in variables(source).items()}


def _place(source: str, index: int) -> tuple[int, int]:
    before = source[:index]
    return before.count("\n") + 1, index - (before.rfind("\n") + 1) + 1


def _broken(error: TemplateDoesNotRender) -> Problem:
    if not error.liquid:
        return Problem(str(error))
    return Problem(_("This is not valid Liquid: %(problem)s.") % {"problem": error.liquid}, *error.place)
