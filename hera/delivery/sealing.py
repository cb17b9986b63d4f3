"""Texts that must not lie readable in the database: one-time codes on their way out."""

from __future__ import annotations

import json
from dataclasses import dataclass

from hera.core import sealed

_BOX = sealed.Box("hera.delivery.sealing")


@dataclass(frozen=True)
class SealedText:
    to: str
    text: str


def seal(text: SealedText) -> bytes:
    """The text so that only whoever has the secret key can read it."""
    return _BOX.seal(json.dumps([text.to, text.text]).encode())


def unseal(sealed_text: bytes | memoryview) -> SealedText | None:
    """The text again; None if the secret key has been changed since."""
    try:
        to, text = json.loads(_BOX.unseal(sealed_text))
    except sealed.WrongKey:
        return None
    return SealedText(to, text)
