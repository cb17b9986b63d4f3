"""MessageBird's status reports: GET calls that are signed (`signature`).

https://developers.messagebird.com: "Handle a status report".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hera.delivery.channels.base import Arrival
from hera.delivery.channels.messagebird import signature

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hera.delivery.channels.messagebird.settings import MessageBirdSettings

_FINAL = {"delivered": True, "delivery_failed": False, "expired": False}
_CODE_DIGITS = 5
_LONGEST_ID = 255  # theirs have 32 characters; what is longer is none that was ever given to us


def read(settings: MessageBirdSettings, url: str, query: Mapping[str, str], token: str) -> Arrival | None:
    """The arrival that a status report tells of; None if it tells of nothing final.

    Raises:
        NotFromTheProvider: if the signature does not hold for this address.
    """
    signature.check(settings, url, b"", token)
    has_arrived = _FINAL.get(query.get("status", ""))
    if has_arrived is None or not 0 < len(query.get("id", "")) <= _LONGEST_ID:
        return None
    code = query.get("statusErrorCode", "")
    known = f" {code}" if code.isascii() and code.isdigit() and len(code) <= _CODE_DIGITS else ""
    return Arrival(query["id"], has_arrived, "" if has_arrived else f"{query['status']}{known}")
