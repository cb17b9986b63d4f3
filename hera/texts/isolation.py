"""Values in a text of the other direction, kept from reordering it.

A Latin name in an Arabic sentence pulls the full stop or the digits beside it to its own side. Such a value stands
between U+2068 (first strong isolate) and U+2069 (pop directional isolate). A value of the text's own direction, and
one without a direction (digits, an ISO date), goes in as it is, so that those texts keep every byte.
"""

from __future__ import annotations

import functools
import re
import unicodedata

ISOLATE, POP = "\N{FIRST STRONG ISOLATE}", "\N{POP DIRECTIONAL ISOLATE}"
LTR, RTL = "ltr", "rtl"
_OTHER = {LTR: RTL, RTL: LTR}
_DIRECTIONS = {"L": LTR, "R": RTL, "AL": RTL}
_MARKS = dict.fromkeys(map(ord, ISOLATE + POP))
_LIQUID = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)


def direction_around(literal: str, direction: str) -> str:
    """The direction of what values are put into: its language's, unless all of its letters are of the other."""
    found = _directions_of_literal(literal)
    return direction if direction in found or not found else _OTHER[direction]


@functools.lru_cache(maxsize=1024)
def literal_of(source: str) -> str:
    """What a template says by itself, near enough to know its direction."""
    return _LIQUID.sub("", source)


def isolated(value: str, around: str) -> str:
    """The value as it goes into a text of this direction (`ltr` or `rtl`). A link stays bare: a messenger would take a
    mark for its last letter."""
    if value.isascii() and (around == LTR or value.startswith(("https://", "http://"))):
        return value
    return f"{ISOLATE}{value}{POP}" if _OTHER[around] in _directions(value) else value


def without_marks(text: str) -> str:
    """The text without isolates, as it would be were all of one direction."""
    return text.translate(_MARKS)


@functools.lru_cache(maxsize=1024)
def _directions_of_literal(literal: str) -> frozenset[str]:
    return _directions(literal)


def _directions(text: str) -> frozenset[str]:
    return frozenset(_DIRECTIONS[kind] for kind in set(map(unicodedata.bidirectional, text)) if kind in _DIRECTIONS)
