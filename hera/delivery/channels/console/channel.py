"""Prints messages in place of sending them: for a local server, where codes must be readable by someone."""

from __future__ import annotations

import sys

from hera.delivery.channels.base import Accepted, Outgoing, PushMessage, Refused, Result, TextMessage


class ConsoleChannel:
    kind = "console"
    confirms = False

    async def send(self, message: Outgoing) -> Result:
        if isinstance(message, PushMessage):
            line = f"PUSH to {', '.join(message.external_ids)}: {message.title} | {message.body}"
        elif not isinstance(message, TextMessage):
            return Refused("the console is used for phones only")
        else:
            line = f"SMS to {message.to}: {message.text}"
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
        return Accepted(provider_message_id=f"console-{message.idempotency_key}")

    async def aclose(self) -> None:
        pass


def open_channel(_settings: None) -> ConsoleChannel:
    """A channel to standard output."""
    return ConsoleChannel()
