"""What shows that MessageBird makes a call: a JWT that names the hashes of the called address and of the body.

https://developers.messagebird.com: "Verifying HTTP requests".
"""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING

import jwt

if TYPE_CHECKING:
    from hera.delivery.channels.messagebird.settings import MessageBirdSettings

HEADER = "MessageBird-Signature-JWT"
_LEEWAY = 30  # seconds between their clock and ours


class NotFromTheProvider(Exception):  # noqa: N818
    """Somebody else made this call, or it was changed on its way."""


def check(settings: MessageBirdSettings, url: str, body: bytes, token: str) -> None:
    """Let a call of this address with this body pass if it is signed.

    Raises:
        NotFromTheProvider: if the signature does not hold for both.
    """
    if not settings.signing_key:
        raise NotFromTheProvider
    try:
        claims = jwt.decode(
            token,
            settings.signing_key,
            algorithms=["HS256"],
            issuer="MessageBird",
            leeway=_LEEWAY,
            options={"require": ["iss", "exp", "nbf", "url_hash"]},
        )
    except jwt.InvalidTokenError as problem:
        raise NotFromTheProvider from problem
    told, wanted = str(claims["url_hash"]), _hash(url.encode())
    if body:
        told, wanted = told + str(claims.get("payload_hash")), wanted + _hash(body)
    if not hmac.compare_digest(told.encode(), wanted.encode()):
        raise NotFromTheProvider


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
