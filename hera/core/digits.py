"""What people type where a number is asked for: digits of any script, with marks that nobody sees."""

from __future__ import annotations

import unicodedata

CODE_LENGTH = 6


def plain(text: str) -> str:
    """The text with its digits as 0-9, its dashes as `-`, its spaces as one kind, and nothing invisible in it.

    A phone set to Arabic or Dari types ٠١٢ or ۰۱۲, and puts direction marks around a number that is pasted.
    """
    return "".join(map(_plain, text)).strip()


def only(text: str) -> str:
    """As `plain`, without spaces and dashes: how a code is compared."""
    return "".join(plain(text).split()).replace("-", "")


def code(text: str) -> str | None:
    """The six digits of a code as somebody typed it; None if it is not six digits, which no code of ours can be."""
    typed = only(text)
    return typed if len(typed) == CODE_LENGTH and typed.isascii() and typed.isdigit() else None


def _plain(character: str) -> str:
    if character.isascii():
        return character
    if (digit := unicodedata.decimal(character, None)) is not None:
        return str(digit)
    category = unicodedata.category(character)
    if category == "Cf":  # direction marks, joiners, the byte order mark
        return ""
    if category == "Pd" or character == "\N{MINUS SIGN}":
        return "-"
    if category == "Zs":
        return " "
    # The plus and the slash of full-width keyboards.
    return {"\N{FULLWIDTH PLUS SIGN}": "+", "\N{FULLWIDTH SOLIDUS}": "/"}.get(character, character)
