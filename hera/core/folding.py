"""How names are compared: without capitals, marks, and spellings of one letter that differ by keyboard.

`folded` in Python and the database's function `hera_folded` say the same, which a test holds. What is searched by an
index is folded there; so a change of the rules here wants a migration that makes the function, and the index, anew.
"""

from __future__ import annotations

import re
import unicodedata

from django.db.models import F, Func, TextField

# Marks above and below letters, the long line in Arabic words, and what nobody sees.
_LEFT_OUT = (
    r"\u00ad\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u0610-\u061a\u061c\u0640\u064b-\u065f\u0670"
    r"\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u08d3-\u08e1\u08e3-\u08ff\u1ab0-\u1ac0\u1dc0-\u1dff"
    r"\u200b-\u200f\u202a-\u202e\u2060-\u2069\u20d0-\u20f0\ufe00-\ufe0f\ufe20-\ufe2f\ufeff"
)
_SPACES = r"\u0009-\u000d\u0020\u0085\u1680\u2028\u2029"  # all others are this one once they are decomposed
# Letters that are typed for one another, or have no form without their mark.
_ONE_LETTER = {
    "ıøđħłŧς": "iodhltσ",
    "ٱ": "ا",
    "یېۍےێى": "يييييي",
    "کڪ": "كك",
    "ةەہھۃ": "ههههه",
    "ګگ": "گگ",
}
_TWO_LETTERS = {"ß": "ss", "æ": "ae", "œ": "oe"}
_CASED = (range(0x41, 0x250), range(0x370, 0x590))  # Latin, Greek, Cyrillic, Armenian: others of ours have no capitals
_DIGITS = ("٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹")


def _letters() -> dict[str, str]:
    """What each letter becomes that is decomposed already."""
    found = {}
    for letter in (chr(code) for codes in _CASED for code in codes):
        small = letter.lower()
        if len(small) == 1 and small != letter and unicodedata.normalize("NFKD", letter) == letter:
            found[letter] = small
    for written, meant in (*_ONE_LETTER.items(), *((digits, "0123456789") for digits in _DIGITS)):
        found |= dict(zip(written, meant, strict=True))
    return {letter: found.get(becomes, becomes) for letter, becomes in found.items()}


_LETTERS = _letters()
_TABLE = str.maketrans(_LETTERS)
_TO_LEAVE_OUT, _TO_SPACE = re.compile(f"[{_LEFT_OUT}]"), re.compile(f"[{_SPACES}]+")


def folded(text: str) -> str:
    """A name as it is compared: `  IŞIK` is `isik`, and أحمد is احمد."""
    if text.isascii():
        return _TO_SPACE.sub(" ", text.lower()).strip(" ")
    seen = _TO_LEAVE_OUT.sub("", unicodedata.normalize("NFKD", text)).translate(_TABLE)
    for letter, two in _TWO_LETTERS.items():
        seen = seen.replace(letter, two)
    return _TO_SPACE.sub(" ", seen).strip(" ")


class Folded(Func):
    """The same in the database, of a column."""

    function = "hera_folded"
    output_field = TextField()

    def __init__(self, column: str) -> None:
        super().__init__(F(column))


def _function() -> str:
    seen = f"translate(regexp_replace(normalize($1, NFKD), '[{_LEFT_OUT}]', '', 'g'), '{''.join(_LETTERS)}', "
    seen += f"'{''.join(_LETTERS.values())}')"
    for letter, two in _TWO_LETTERS.items():
        seen = f"replace({seen}, '{letter}', '{two}')"
    return (
        "CREATE OR REPLACE FUNCTION hera_folded(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS "
        f"$$SELECT btrim(regexp_replace({seen}, '[{_SPACES}]+', ' ', 'g'), ' ')$$"
    )


FUNCTION = _function()
