"""Liquid templates, rendered with what an event says of itself."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from liquid import BoundTemplate

from hera.texts.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Mapping


class TemplateDoesNotRender(Exception):  # noqa: N818
    """The template is broken; the message says where."""


_ENVIRONMENT = Sandbox()

# The check-up templates of earlier databases spell this variable in two ways, and must render as they are.
OLD_SPELLINGS = {"weeks_pregnant": "week_pregnant"}


def render(source: str, context: Mapping[str, object]) -> str:
    """The text of a template; a variable that the context lacks is blank.

    Raises:
        TemplateDoesNotRender: if the source is not valid Liquid or fails on this context.
    """
    if "{{" not in source and "{%" not in source:
        return source  # most push texts name nothing
    values = {name: _text(value) for name, value in context.items()}
    for name, old_spelling in OLD_SPELLINGS.items():
        if name in values:
            values.setdefault(old_spelling, values[name])
    try:
        return compiled(source).render(values)
    except Exception as problem:
        raise TemplateDoesNotRender(f"{type(problem).__name__}: {problem}") from problem


def _text(value: object) -> str:
    return "" if value is None else str(value)


@functools.lru_cache(maxsize=1024)
def compiled(source: str) -> BoundTemplate:
    """A template, parsed once for as long as many use it.

    Raises:
        liquid.exceptions.LiquidError: if it is not valid Liquid.
    """
    return _ENVIRONMENT.from_string(source)
