"""How many segments a text message is cut into, each of which is paid for.

3GPP TS 23.038: the default alphabet of GSM has 160 characters a segment; with one character outside of it the whole
text goes as UCS-2, 70 a segment. A text of several segments gives up some of each to its header (TS 23.040): 153 and
67 are left.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

GSM_ALPHABET = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_EXTENSION = frozenset("\f^{}\\[~]|€")  # each an escape and a character: two places
_ONE_GSM, _EACH_GSM = 160, 153
_ONE_UCS2, _EACH_UCS2 = 70, 67
_BASIC_PLANE = 0xFFFF


def is_gsm(text: str) -> bool:
    """Whether the text goes in the cheaper alphabet."""
    return all(character in GSM_ALPHABET or character in GSM_EXTENSION for character in text)


def segments(text: str) -> int:
    """The number of segments of a text message; an empty one is one."""
    if is_gsm(text):
        return _cut((2 if character in GSM_EXTENSION else 1 for character in text), _ONE_GSM, _EACH_GSM)
    return _cut((2 if ord(character) > _BASIC_PLANE else 1 for character in text), _ONE_UCS2, _EACH_UCS2)


def _cut(places: Iterable[int], one: int, each: int) -> int:
    """Cut what takes these many places; what takes two is never cut in the middle."""
    sizes = list(places)
    if sum(sizes) <= one:
        return 1
    count, used = 1, 0
    for size in sizes:
        if used + size > each:
            count, used = count + 1, 0
        used += size
    return count
