"""Liquid for templates that come from the panel: bounded, so that none of them can hold up all deliveries.

Loops, nesting, what is written and what is kept are limited by python-liquid. Its filters are not, and some of them
multiply a text by a text; here none may give more than LARGEST_TEXT characters. A template is short itself, so that
these bounds together bound its time.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from liquid import Environment
from liquid.exceptions import ResourceLimitError

LARGEST_TEXT = 20_000  # characters; the longest text of a notification has 1,000


class Sandbox(Environment):
    loop_iteration_limit = 1000
    output_stream_limit = LARGEST_TEXT
    local_namespace_limit = 5 * LARGEST_TEXT
    context_depth_limit = 10

    def __init__(self) -> None:
        super().__init__()
        for name, plain in list(self.filters.items()):
            self.add_filter(name, _bounded(plain, _SIZES.get(name)))


def _size_replaced(text: object, old: object, new: object = "", *_others: object) -> int:
    return len(str(text)) + str(text).count(str(old)) * len(str(new))


def _size_joined(items: object, separator: object = " ", *_others: object) -> int:
    return len(items) * len(str(separator)) if isinstance(items, (list, tuple, str)) else 0


# How much these would give, known before they do it.
_SIZES: dict[str, Callable[..., int]] = {"replace": _size_replaced, "join": _size_joined}


def _bounded(plain: Callable[..., Any], size: Callable[..., int] | None) -> Callable[..., Any]:
    @functools.wraps(plain)  # with the marks that say what else a filter wants to be given
    def bounded(*arguments: Any, **named: Any) -> Any:
        if size is not None and size(*arguments) > LARGEST_TEXT:
            raise ResourceLimitError("this text grows too large", token=None)
        result = plain(*arguments, **named)
        if isinstance(result, (str, list, tuple)) and len(result) > LARGEST_TEXT:
            raise ResourceLimitError("this text grows too large", token=None)
        return result

    return bounded
