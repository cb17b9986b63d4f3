"""Pseudonyms of a study: stable within it, of no use outside it, and led back by whoever holds its key (ADR 33)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from hera.core import digits, sealed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from hera.exports.formats import Row

_KEY_BYTES = 20  # 32 letters and digits, which people can type
_PSEUDONYM_BYTES = 10
# The columns of ids, and with which letter what stands for them begins.
LETTERS = {
    "person_id": "p",
    "child_id": "c",
    "pregnancy_id": "g",
    "dose_given_id": "d",
    "survey_id": "s",
    "notification_id": "n",
}
_LISTS = {"children": "c"}  # ids with commas between them


class WrongKey(sealed.WrongKey):
    """The key of a study was sealed with another secret key than the server has now."""

    def __init__(self) -> None:
        super().__init__(
            _("The key of this study was sealed with another secret key. Tell the operator: HERA_DJANGO_SECRET_KEY.")
        )


_BOX = sealed.Box("hera.exports.study", WrongKey)
seal, unseal, resealed = _BOX.seal, _BOX.unseal, _BOX.resealed


def new_key() -> bytes:
    """A key for a study."""
    return secrets.token_bytes(_KEY_BYTES)


def written(key: bytes) -> str:
    """A key as people copy it: `ABCD-EFGH-…`."""
    text = base64.b32encode(key).decode()
    return "-".join(text[place : place + 4] for place in range(0, len(text), 4))


def read(typed: str) -> bytes:
    """A key as somebody typed it; empty if it can be none."""
    plain = digits.only(typed).upper()
    try:
        key = base64.b32decode(plain) if plain.isascii() else b""
    except ValueError:
        return b""
    return key if len(key) == _KEY_BYTES else b""


def pseudonym(key: bytes, letter: str, record: int) -> str:
    """What stands for a record in a study: a letter for its kind, and an HMAC (RFC 2104, SHA-256) of its id."""
    digest = hmac.digest(key, f"{letter}:{record}".encode(), hashlib.sha256)
    return letter + base64.b32encode(digest[:_PSEUDONYM_BYTES]).decode().lower()


def in_order(people: Iterable[int], key: bytes) -> list[int]:
    """People in the order of what stands for them: that of their ids would tell in two studies who is who."""
    return sorted(people, key=lambda person: pseudonym(key, LETTERS["person_id"], person))


def replaced(rows: Iterator[Row], key: bytes) -> Iterator[Row]:
    """A table with what stands for them in place of all ids; its first row is its head."""
    head = next(rows)
    yield head
    ids = {place: letter for place, name in enumerate(head) for letter in _letters(name)}
    lists = {place: _LISTS[name] for place, name in enumerate(head) if name in _LISTS}
    for row in rows:
        cells = list(row)
        for place, letter in ids.items():
            if cells[place] != "":
                cells[place] = pseudonym(key, letter, int(cells[place]))
        for place, letter in lists.items():
            found = [one.strip() for one in str(cells[place]).split(",") if one.strip()]
            cells[place] = ", ".join(pseudonym(key, letter, int(one)) for one in found)
        yield cells


def _letters(name: str) -> list[str]:
    """The letter of a column of ids; in the wide table it has a number before it, such as `child_1_child_id`."""
    return [letter for column, letter in LETTERS.items() if name == column or name.endswith(f"_{column}")]
