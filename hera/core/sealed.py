"""What the server must read, and whoever has only the database must not: sealed by a key made of the secret one."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.utils.encoding import force_bytes

if TYPE_CHECKING:
    from collections.abc import Callable


class WrongKey(Exception):  # noqa: N818  (named as the fact)
    """What was sealed was sealed with another secret key than the server has now."""


@dataclass(frozen=True)
class Box:
    """Seals for one purpose: what another purpose sealed does not open here.

    The first secret key seals; the former ones of HERA_DJANGO_SECRET_KEY_FALLBACKS open too.

    Args:
        purpose: the module whose it is.
        wrong_key: what is raised where none of them opens it.
    """

    purpose: str
    wrong_key: type[WrongKey] = WrongKey

    def seal(self, plain: bytes) -> bytes:
        """As only whoever has the secret key can read it."""
        return self._keys().encrypt(plain)

    def unseal(self, sealed: bytes | memoryview) -> bytes:
        """What was sealed.

        Raises:
            WrongKey: if neither the secret key nor a former one opens it.
        """
        return self._opened(self._keys().decrypt, sealed)

    def resealed(self, sealed: bytes | memoryview) -> bytes:
        """The same, sealed with the secret key that is first now.

        Raises:
            WrongKey: if neither the secret key nor a former one opens it.
        """
        return self._opened(self._keys().rotate, sealed)

    def _opened(self, opens: Callable[[bytes], bytes], sealed: bytes | memoryview) -> bytes:
        try:
            return opens(bytes(sealed))
        except InvalidToken:
            raise self.wrong_key from None

    def _keys(self) -> MultiFernet:
        return MultiFernet([self._key(secret) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)])

    def _key(self, secret: str | bytes) -> Fernet:
        """A key for this purpose alone (RFC 5869)."""
        derived = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=self.purpose.encode())
        return Fernet(base64.urlsafe_b64encode(derived.derive(force_bytes(secret))))
