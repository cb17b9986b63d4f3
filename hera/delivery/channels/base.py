"""What a provider folder gives: a channel that takes one message and says what became of it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

REQUESTS_AT_ONCE = 64  # of one worker process


@dataclass(frozen=True)
class PushMessage:
    """A push to every phone that is registered under one of these external ids."""

    external_ids: tuple[str, ...]
    title: str
    body: str
    idempotency_key: str  # a UUID
    expires_at: dt.datetime
    data: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class TextMessage:
    """A text message to one number in E.164."""

    to: str
    text: str
    idempotency_key: str  # a UUID
    expires_at: dt.datetime


@dataclass(frozen=True)
class Browser:
    """A browser that takes push messages, as it gave itself (W3C's Push API)."""

    id: int
    endpoint: str
    p256dh: str
    auth: str


@dataclass(frozen=True)
class BrowserMessage:
    """A push to each of a person's browsers."""

    browsers: tuple[Browser, ...]
    title: str
    body: str
    url: str  # what opens; it names nobody
    idempotency_key: str  # a UUID
    expires_at: dt.datetime


Outgoing = PushMessage | TextMessage | BrowserMessage


@dataclass(frozen=True)
class Arrival:
    """What a provider's receipt says of one message."""

    provider_message_id: str
    has_arrived: bool
    reason: str = ""


@dataclass(frozen=True)
class Reply:
    """A text that somebody sent to a number of ours."""

    number: str  # E.164
    text: str


@dataclass(frozen=True)
class Accepted:
    """The provider has taken the message over."""

    provider_message_id: str
    status_code: int | None = None
    gone: tuple[int, ...] = ()  # browsers that take nothing any more


@dataclass(frozen=True)
class TryAgain:
    """Nobody knows whether it was taken over, or it was not for now."""

    error: str
    status_code: int | None = None
    retry_after: dt.timedelta | None = None
    gone: tuple[int, ...] = ()


@dataclass(frozen=True)
class Refused:
    """The provider will not take this message, however often it is asked."""

    error: str
    status_code: int | None = None
    gone: tuple[int, ...] = ()


Result = Accepted | TryAgain | Refused


class Channel(Protocol):
    """A connection to a provider, kept from batch to batch."""

    kind: str
    confirms: bool  # whether the provider tells later, by a receipt, if a message arrived

    async def send(self, message: Outgoing) -> Result:
        """Send one message. Never raises for what a provider or the network does."""

    async def aclose(self) -> None:
        """Let go of connections."""


@runtime_checkable
class Forgets(Protocol):
    """A channel whose provider keeps something of people, and can be asked to forget it."""

    async def forget(self, external_id: str) -> str:
        """Ask to forget who is registered under this name; returns what went wrong, or nothing."""


@runtime_checkable
class ChoosesNumbers(Protocol):
    """A channel that, as it is set up, cannot send to every number."""

    def cannot_reach(self, to: str) -> str:
        """Why nothing can be sent to this number (E.164), with its mend; blank if it can."""
