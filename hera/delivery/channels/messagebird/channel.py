"""Text messages through MessageBird's REST API (`POST /messages`)."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from hera.delivery.channels import base, http
from hera.delivery.channels.messagebird.settings import NANP, NO_LETTERS, is_number

if TYPE_CHECKING:
    from hera.delivery.channels.messagebird.settings import MessageBirdSettings


class MessageBirdChannel:
    kind = "messagebird"

    def __init__(self, settings: MessageBirdSettings) -> None:
        self._settings = settings
        self.confirms = bool(settings.signing_key)
        self._connections = http.Connections(
            settings.url, {"Authorization": f"AccessKey {settings.api_key}", "Accept": "application/json"}
        )

    def cannot_reach(self, to: str) -> str:
        """North American networks take no sender with letters: the text would be paid for and lost."""
        return NO_LETTERS if to.startswith(NANP) and not is_number(self._settings.sender_nanp) else ""

    async def send(self, message: base.Outgoing) -> base.Result:
        if not isinstance(message, base.TextMessage):
            return base.Refused("MessageBird is used for text messages only")
        response = await self._connections.post("/messages", self._body(message))
        if isinstance(response, base.TryAgain):
            return response
        if not response.is_success:
            return http.failure(response, _code(http.json_object(response)))
        provider_id = http.json_object(response).get("id")
        if not provider_id:
            return base.TryAgain("the answer has no id", response.status_code)
        return base.Accepted(str(provider_id), response.status_code)

    def _body(self, message: base.TextMessage) -> dict[str, object]:
        is_nanp = message.to.startswith(NANP)
        seconds_left = (message.expires_at - dt.datetime.now(dt.UTC)).total_seconds()
        return {
            "originator": self._settings.sender_nanp if is_nanp else self._settings.sender,
            "recipients": [message.to],
            "body": message.text,
            "datacoding": "auto",  # Arabic script needs Unicode; Latin text stays cheaper without
            "reference": message.idempotency_key,
            "validity": max(60, int(seconds_left)),
        }

    async def aclose(self) -> None:
        await self._connections.aclose()


def _code(body: dict[str, object]) -> object:
    """The number of the first error; what it says beside repeats the recipient."""
    errors = body.get("errors")
    first = errors[0] if isinstance(errors, list) and errors else None
    return first.get("code") if isinstance(first, dict) else None


def open_channel(settings: MessageBirdSettings) -> MessageBirdChannel:
    """A channel to MessageBird, with connections of its own."""
    return MessageBirdChannel(settings)
