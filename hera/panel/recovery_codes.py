"""Recovery codes as they are made and as they are kept: pure functions."""

from __future__ import annotations

import hashlib
import secrets

# Neither 0 and o nor 1 and l: they are copied by hand.
_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"  # pragma: allowlist secret
_LENGTH = 10  # 50 bits
COUNT = 10
# RFC 7914: 16 MB and some 50 ms for one guess, which a list of guesses cannot share between people.
_COST, _BLOCK, _PARALLEL = 2**14, 8, 1


def make() -> list[str]:
    """New codes, to be shown once."""
    return ["".join(secrets.choice(_LETTERS) for _ in range(_LENGTH)) for _ in range(COUNT)]


def new_salt() -> bytes:
    """The salt that the codes of one person share, so that one hash tells whether a code is among them."""
    return secrets.token_bytes(16)


def digest(code: str, salt: bytes) -> str:
    """What is kept of a code, as 64 hexadecimal digits. Capitals and blanks do not matter."""
    typed = "".join(code.split()).lower()
    return hashlib.scrypt(typed.encode(), salt=salt, n=_COST, r=_BLOCK, p=_PARALLEL, dklen=32).hex()
