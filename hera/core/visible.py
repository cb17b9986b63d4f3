"""What people type, as it reads: without what nobody sees, and in one line."""

from __future__ import annotations

import re
import unicodedata

# Scripts whose letters change with a joiner between them: Persian "می‌شود", Pashto, conjuncts of India's scripts.
_JOINING = "\u0600-\u08ff\u0900-\u0dff\u1000-\u109f\u1780-\u17ff\u1800-\u18af\ufb50-\ufdff\ufe70-\ufefc"
_NEEDED_JOINER = re.compile(rf"(?<=[{_JOINING}])[\u200c\u200d](?=[{_JOINING}])")
_JOINERS = "\u200c\u200d"
# No format characters by their category, but blank wherever they stand: fillers, variation selectors, Braille's blank.
_BLANK = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")
# Format, control, private, surrogate, unassigned.
_UNSEEN = frozenset({"Cf", "Cc", "Co", "Cs", "Cn"})


def one_line(text: str) -> str:
    """A name as it is kept and shown: in one line, with single spaces, and nothing invisible in it.

    Direction controls, zero-width and other format characters, control characters, and what is unassigned or of
    private use are taken out; a joiner stays between two letters of a script that needs it. Line breaks are spaces.
    """
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    spaced = _BLANK.sub("", " ".join(text.split()))
    needed = {match.start() for match in _NEEDED_JOINER.finditer(spaced)}
    seen = [
        character
        for place, character in enumerate(spaced)
        if place in needed or (character not in _JOINERS and unicodedata.category(character) not in _UNSEEN)
    ]
    return " ".join("".join(seen).split())
