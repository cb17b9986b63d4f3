"""How many segments a text message is cut into, each of which is paid for.

3GPP TS 23.038: the default alphabet of GSM has 160 characters a segment; with one character outside of it the whole
text goes as UCS-2, 70 a segment. A text of several segments gives up some of each to its header (TS 23.040): 153 and
67 are left. The standard's national tables, which would save Turkish from UCS-2, are not counted with: gateways
(that of `messagebird` among them) send in the default alphabet or in UCS-2.
"""

from __future__ import annotations

from typing import NamedTuple

from hera.texts import isolation

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


class Cut(NamedTuple):
    """How a text goes out: in so many segments, of so many places, of which so many fit into one that stands alone."""

    segments: int
    places: int
    in_one: int
    outside: str  # its letters for which it cannot go in the cheaper alphabet, each once


def cut(text: str) -> Cut:
    """How a text message is cut."""
    outside = "".join(dict.fromkeys(one for one in text if not is_gsm(one)))
    sizes, in_one = (_utf16_places(text), _ONE_UCS2) if outside else (_gsm_places(text), _ONE_GSM)
    return Cut(segments(text), sum(sizes), in_one, outside)


def without_needless_marks(text: str) -> str:
    """The text without its direction marks, if that is what makes it go in the cheaper alphabet."""
    plain = isolation.without_marks(text)
    return plain if is_gsm(plain) else text


def segments(text: str) -> int:
    """The number of segments of a text message; an empty one is one."""
    if is_gsm(text):
        return _cut(_gsm_places(text), _ONE_GSM, _EACH_GSM)
    return _cut(_utf16_places(text), _ONE_UCS2, _EACH_UCS2)


def _gsm_places(text: str) -> list[int]:
    return [2 if character in GSM_EXTENSION else 1 for character in text]


def _utf16_places(text: str) -> list[int]:
    return [2 if ord(character) > _BASIC_PLANE else 1 for character in text]


def _cut(sizes: list[int], one: int, each: int) -> int:
    """Cut what takes these many places; what takes two is never cut in the middle."""
    if sum(sizes) <= one:
        return 1
    count, used = 1, 0
    for size in sizes:
        if used + size > each:
            count, used = count + 1, 0
        used += size
    return count
