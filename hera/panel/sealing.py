"""Secrets of staff that must be readable to the server and to nobody who has only the database."""

from __future__ import annotations

import base64

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

_PURPOSE = b"hera.panel.second_factor"


class WrongKey(Exception):  # noqa: N818
    """What was sealed was sealed with another secret key than the server has now."""

    def __init__(self) -> None:
        super().__init__(
            "The second factors of staff were sealed with another secret key: set HERA_DJANGO_SECRET_KEY to the key"
            " that this database was used with, or name that key in HERA_DJANGO_SECRET_KEY_FALLBACKS."
        )


def seal(secret: bytes) -> bytes:
    """The secret so that only whoever has the secret key can read it."""
    return _keys().encrypt(secret)


def unseal(sealed: bytes | memoryview) -> bytes:
    """The secret again.

    Raises:
        WrongKey: if neither the secret key nor one of the former ones opens it.
    """
    try:
        return _keys().decrypt(bytes(sealed))
    except InvalidToken:
        raise WrongKey from None


def resealed(sealed: bytes | memoryview) -> bytes:
    """The same secret, sealed with the key that is first now.

    Raises:
        WrongKey: if neither the secret key nor one of the former ones opens it.
    """
    try:
        return _keys().rotate(bytes(sealed))
    except InvalidToken:
        raise WrongKey from None


def _keys() -> MultiFernet:
    """The first one seals; all of them open. A key of its own for this purpose is derived from each (RFC 5869)."""
    return MultiFernet([_key(secret) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)])


def _key(secret: str) -> Fernet:
    derived = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=_PURPOSE).derive(secret.encode())
    return Fernet(base64.urlsafe_b64encode(derived))
