"""The pair of keys by which push services know who sends (VAPID, RFC 8292): P-256.

The command that opens environments reads the tables of settings without the library: it is imported where it is used.
"""

from __future__ import annotations

import base64
import secrets
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

_SCALAR = 32  # bytes
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of the curve: FIPS 186-4, D.1.2.3


def new_private_key() -> str:
    """A new private key, as `HERA_WEB_PUSH_PRIVATE_KEY` wants it: 43 characters."""
    return encoded((1 + secrets.randbelow(_ORDER - 1)).to_bytes(_SCALAR, "big"))


def is_private_key(text: str) -> bool:
    """Whether this is one."""
    try:
        scalar = decoded(text)
    except ValueError:
        return False
    return len(scalar) == _SCALAR and 0 < int.from_bytes(scalar, "big") < _ORDER


def read_private_key(text: str) -> EllipticCurvePrivateKey:
    """The key again."""
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415

    return ec.derive_private_key(int.from_bytes(decoded(text), "big"), ec.SECP256R1())


def public_key_of(private_key: EllipticCurvePrivateKey) -> str:
    """Its public half, as browsers want it (`applicationServerKey`): 87 characters."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat  # noqa: PLC0415

    return encoded(private_key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))


def encoded(data: bytes) -> str:
    """Base64 of web addresses, without padding."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def decoded(text: str) -> bytes:
    """What was encoded so, with padding or without.

    Raises:
        ValueError: if it was not.
    """
    plain = text.rstrip("=")
    return base64.b64decode(plain + "=" * (-len(plain) % 4), altchars=b"-_", validate=True)
