"""What a provider folder gives: a channel that takes one message and says what became of it."""

from __future__ import annotations

import datetime as dt
import email.utils
import ssl
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import httpx
from httpx_aiohttp import HttpxAiohttpClient

# Nothing a provider answers is worth waiting longer for; the message is tried again later.
TIMEOUT = httpx.Timeout(10.0, connect=5.0)
REQUESTS_AT_ONCE = 64  # of one worker process
LIMITS = httpx.Limits(
    max_connections=REQUESTS_AT_ONCE, max_keepalive_connections=REQUESTS_AT_ONCE, keepalive_expiry=30.0
)
RETRYABLE_STATUS = frozenset({408, 425, 429})
_SERVER_ERRORS = 500
_LONGEST_ERROR = 255


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


Outgoing = PushMessage | TextMessage


@dataclass(frozen=True)
class Arrival:
    """What a provider's receipt says of one message."""

    provider_message_id: str
    has_arrived: bool
    reason: str = ""


@dataclass(frozen=True)
class Accepted:
    """The provider has taken the message over."""

    provider_message_id: str
    status_code: int | None = None


@dataclass(frozen=True)
class TryAgain:
    """Nobody knows whether it was taken over, or it was not for now."""

    error: str
    status_code: int | None = None
    retry_after: dt.timedelta | None = None


@dataclass(frozen=True)
class Refused:
    """The provider will not take this message, however often it is asked."""

    error: str
    status_code: int | None = None


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


class Connections:
    """Connections to one provider, kept from batch to batch."""

    def __init__(self, base_url: str, headers: dict[str, str]) -> None:
        # aiohttp carries what httpx says: its parser is written in C, and most of a worker's time went here (ADR 7).
        self._client = HttpxAiohttpClient(
            base_url=base_url, headers=headers, timeout=TIMEOUT, limits=LIMITS, verify=ssl.create_default_context()
        )

    async def post(self, path: str, body: dict[str, object]) -> httpx.Response | TryAgain:
        """POST a JSON body; a broken connection or a time-out is something to try again."""
        try:
            return await self._client.post(path, json=body)
        except (httpx.TransportError, httpx.DecodingError) as problem:
            return TryAgain(shortened(f"{type(problem).__name__}: {problem}"))

    async def delete(self, path: str) -> httpx.Response | TryAgain:
        """DELETE; a broken connection or a time-out is something to try again."""
        try:
            return await self._client.delete(path)
        except (httpx.TransportError, httpx.DecodingError) as problem:
            return TryAgain(shortened(f"{type(problem).__name__}: {problem}"))

    async def aclose(self) -> None:
        await self._client.aclose()


def failure(response: httpx.Response) -> TryAgain | Refused:
    """What an answer outside 2xx means."""
    status = response.status_code
    error = shortened(f"HTTP {status}: {response.text}")
    if status in RETRYABLE_STATUS or status >= _SERVER_ERRORS:
        return TryAgain(error, status, retry_after(response))
    return Refused(error, status)


def json_object(response: httpx.Response) -> dict[str, object]:
    """The answer's JSON object; empty if it is anything else."""
    try:
        body = response.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


_LONGEST_WAIT = dt.timedelta(days=7)
_DIGITS_OF_SECONDS = 9


def retry_after(response: httpx.Response) -> dt.timedelta | None:
    """The wait that a Retry-After header asks for, in seconds or as a date; a week at most."""
    value = response.headers.get("Retry-After", "").strip()
    if value.isascii() and value.isdigit():
        return min(dt.timedelta(seconds=int(value[:_DIGITS_OF_SECONDS])), _LONGEST_WAIT)
    try:
        moment = email.utils.parsedate_to_datetime(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=dt.UTC)
    return min(max(dt.timedelta(0), moment - dt.datetime.now(dt.UTC)), _LONGEST_WAIT)


def shortened(text: str) -> str:
    return " ".join(text.split())[:_LONGEST_ERROR]
