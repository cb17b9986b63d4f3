"""MessageBird's status reports: GET calls, signed with a JWT that names the hash of the called address.

https://developers.messagebird.com: "Verifying HTTP requests" and "Handle a status report".
"""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING

import jwt

from hera.delivery.channels.base import Arrival

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hera.delivery.channels.messagebird.settings import MessageBirdSettings

SIGNATURE = "MessageBird-Signature-JWT"
_FINAL = {"delivered": True, "delivery_failed": False, "expired": False}
_CODE_DIGITS = 5
_LONGEST_ID = 255  # theirs have 32 characters; what is longer is none that was ever given to us
_LEEWAY = 30  # seconds between their clock and ours


class NotFromTheProvider(Exception):  # noqa: N818
    """Somebody else made this call, or it was changed on its way."""


def read(settings: MessageBirdSettings, url: str, query: Mapping[str, str], token: str) -> Arrival | None:
    """The arrival that a status report tells of; None if it tells of nothing final.

    Raises:
        NotFromTheProvider: if the signature does not hold for this address.
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
    if not hmac.compare_digest(str(claims["url_hash"]), hashlib.sha256(url.encode()).hexdigest()):
        raise NotFromTheProvider
    has_arrived = _FINAL.get(query.get("status", ""))
    if has_arrived is None or not 0 < len(query.get("id", "")) <= _LONGEST_ID:
        return None
    code = query.get("statusErrorCode", "")
    known = f" {code}" if code.isascii() and code.isdigit() and len(code) <= _CODE_DIGITS else ""
    return Arrival(query["id"], has_arrived, "" if has_arrived else f"{query['status']}{known}")
