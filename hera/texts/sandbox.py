"""Liquid for templates that come from the panel: bounded, so that most of what would run long is refused at once.

Loops, nesting, what is written and what is kept are limited by python-liquid. Its ranges and filters are not: a range
may have a million million steps, and some filters multiply a text by a text. Here a range has at most LONGEST_RANGE
steps, no filter gives more than LARGEST_TEXT characters, and no number more than LARGEST_NUMBER.

These bounds are the inner wall, and give a clear reason. The outer one is the process that templates are rendered in
(`rendering_process`): it has a deadline, and ends.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from liquid.builtin.expressions import primitive
from liquid.builtin.output import Output, OutputNode
from liquid.builtin.tags.echo_tag import EchoNode, EchoTag
from liquid.exceptions import LiquidSyntaxError, ResourceLimitError
from liquid.stringify import to_liquid_string

from hera.texts import date_filters, isolation
from hera.texts.date_filters import Localised

if TYPE_CHECKING:
    from typing import TextIO

    from liquid import Environment, TokenStream
    from liquid.context import RenderContext

LARGEST_TEXT = 20_000  # characters; the longest text of a notification has 1,000
LONGEST_RANGE = 1000  # steps, as many as a loop may have
LARGEST_NUMBER = 10**30
_RANGE_TOO_LONG = f"a range has at most {LONGEST_RANGE} steps"


class Sandbox(Localised):
    loop_iteration_limit = LONGEST_RANGE
    output_stream_limit = LARGEST_TEXT
    local_namespace_limit = 5 * LARGEST_TEXT
    context_depth_limit = 10
    around = isolation.LTR  # the direction of the text that is being rendered

    def __init__(self) -> None:
        super().__init__()
        for tag in (IsolatedOutput, IsolatedEcho):
            self.add_tag(tag)
        for added in (date_filters.date, date_filters.solar_date, date_filters.hijri_date):
            self.add_filter(added.__name__, added)
        for name, plain in list(self.filters.items()):
            self.add_filter(name, _bounded(plain, _SIZES.get(name)))


class _Isolated(OutputNode):
    """What a template puts out: apart, where it is of the other direction than the text around it."""

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        shown = to_liquid_string(self.expression.evaluate(context), context.autoescape)
        return buffer.write(isolation.isolated(shown, context.env.around))  # type: ignore[attr-defined]


class _IsolatedEcho(_Isolated, EchoNode):
    pass


class IsolatedOutput(Output):
    node_class = _Isolated


class IsolatedEcho(EchoTag):
    node_class = _IsolatedEcho


class BoundedRange(primitive.RangeLiteral):
    """A range that is refused where it is too long: when it is parsed if it is written out, else when it is used."""

    __slots__ = ()

    def _make_range(self, start: Any, stop: Any) -> range:
        steps = super()._make_range(start, stop)
        # Not len(): it fails above the largest index.
        if steps.stop - steps.start > LONGEST_RANGE:
            raise ResourceLimitError(_RANGE_TOO_LONG, token=self.token)
        return steps

    @staticmethod
    def parse(env: Environment, tokens: TokenStream) -> BoundedRange:
        plain = _parse_range(env, tokens)
        ends = plain.start, plain.stop
        if all(isinstance(end, primitive.IntegerLiteral) for end in ends):
            first, last = (end.value for end in ends)  # type: ignore[attr-defined]
            if last - first >= LONGEST_RANGE:
                raise LiquidSyntaxError(_RANGE_TOO_LONG, token=plain.token)
        return BoundedRange(plain.token, *ends)


# python-liquid has no place to say which class a range is; its parser looks it up by this name.
_parse_range = primitive.RangeLiteral.parse
primitive.RangeLiteral = BoundedRange  # type: ignore[misc]


def _size_replaced(text: object, old: object, new: object = "", *_others: object) -> int:
    return len(str(text)) + str(text).count(str(old)) * len(str(new))


def _size_joined(items: object, separator: object = " ", *_others: object) -> int:
    return len(items) * len(str(separator)) if isinstance(items, (list, tuple, str, range)) else 0


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
        if isinstance(result, int) and abs(result) > LARGEST_NUMBER:
            raise ResourceLimitError("this number grows too large", token=None)
        return result

    return bounded
