"""Texts that must not lie readable in the database: one-time codes on their way out."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


@dataclass(frozen=True)
class SealedText:
    to: str
    text: str


def seal(text: SealedText) -> bytes:
    """The text so that only whoever has the secret key can read it."""
    return _fernet().encrypt(json.dumps([text.to, text.text]).encode())


def unseal(sealed: bytes | memoryview) -> SealedText | None:
    """The text again; None if the secret key has been changed since."""
    try:
        to, text = json.loads(_fernet().decrypt(bytes(sealed)))
    except InvalidToken:
        return None
    return SealedText(to, text)


def _fernet() -> MultiFernet:
    """The first key seals; former ones open what is on its way while the key is changed."""
    return MultiFernet([_key(secret) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)])


def _key(secret: str) -> Fernet:
    digest = hashlib.sha256(f"hera.delivery.sealing:{secret}".encode()).digest()
    return Fernet(base64.urlsafe_b64encode(digest))
