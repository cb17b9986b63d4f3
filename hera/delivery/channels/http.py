"""HTTP as provider folders speak it: a JSON body goes out; an answer comes back, or something to try again.

What a provider writes is never kept: it repeats numbers and texts. An attempt keeps the status, the provider's own
code where it is a number, and a sentence of ours.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import email.utils
import socket
import ssl
from typing import TYPE_CHECKING

import aiohttp
import httpx
from aiohttp.resolver import ThreadedResolver
from httpx_aiohttp import AiohttpTransport, HttpxAiohttpClient

from hera.core import public_addresses
from hera.delivery.channels.base import REQUESTS_AT_ONCE, Refused, TryAgain

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from aiohttp.abc import ResolveResult

# Nothing a provider answers is worth waiting longer for; the message is tried again later.
TIMEOUT = httpx.Timeout(10.0, connect=5.0)
# However slowly an answer trickles in: less than the margin that a worker keeps of its claim.
WHOLE_CALL = 15.0
LIMITS = httpx.Limits(
    max_connections=REQUESTS_AT_ONCE, max_keepalive_connections=REQUESTS_AT_ONCE, keepalive_expiry=30.0
)
RETRYABLE_STATUS = frozenset({408, 425, 429})
_SERVER_ERRORS = 500
_SAID = {
    400: "the provider does not take this message",
    401: "the provider does not know our key",
    402: "our account at the provider has no credit",
    403: "the provider does not allow this with our key",
    404: "the provider does not know what was asked for",
    408: "the provider was too slow",
    413: "the message is too large for the provider",
    422: "the provider does not take this message",
    425: "the provider asks to come back later",
    429: "the provider asks to send more slowly",
}
_SERVER_SAID = "the provider has a problem of its own"
_OTHER_SAID = "the provider refuses this message"
_LARGEST_CODE = 99_999
NOT_PUBLIC = "the address is not one of the public internet"


class Connections:
    """Connections to one provider, kept from batch to batch."""

    def __init__(self, base_url: str, headers: dict[str, str], *, public_only: bool = False) -> None:
        """Open none yet.

        Args:
            public_only: refuse hosts that are not of the public internet: somebody else chose whom to call.
        """
        self._public_only = public_only
        verify = ssl.create_default_context()
        # aiohttp carries what httpx says: its parser is written in C, and most of a worker's time went here (ADR 7).
        self._client = HttpxAiohttpClient(
            base_url=base_url,
            headers=headers,
            timeout=TIMEOUT,
            limits=LIMITS,
            verify=verify,
            # A proxy would look the name up in its own network.
            trust_env=not public_only,
            transport=AiohttpTransport(client=lambda: _to_public_hosts(verify)) if public_only else None,
        )

    async def post_bytes(self, url: str, body: bytes, headers: dict[str, str]) -> httpx.Response | TryAgain | Refused:
        """POST bytes. Refused is an address that is not to be called."""
        if self._public_only and public_addresses.wrong_with(url):
            return Refused(NOT_PUBLIC)
        try:
            return await _answered(self._client.post(url, content=body, headers=headers))
        except NotPublic:
            return Refused(NOT_PUBLIC)

    async def post(self, path: str, body: dict[str, object]) -> httpx.Response | TryAgain:
        """POST a JSON body; a broken connection or a time-out is something to try again."""
        return await _answered(self._client.post(path, json=body))

    async def delete(self, path: str) -> httpx.Response | TryAgain:
        """DELETE; a broken connection or a time-out is something to try again."""
        return await _answered(self._client.delete(path))

    async def aclose(self) -> None:
        await self._client.aclose()


class NotPublic(OSError):  # noqa: N818
    """A host's name stands for addresses of which none is of the public internet."""


class _PublicResolver(ThreadedResolver):
    """Looks names up where the connection is made: who answers otherwise a moment later gains nothing."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        found = await super().resolve(host, port, family)
        public = [one for one in found if public_addresses.is_public(one["host"])]
        if not public:
            raise NotPublic(host)
        return public


def _to_public_hosts(verify: ssl.SSLContext) -> aiohttp.ClientSession:
    connector = aiohttp.TCPConnector(
        resolver=_PublicResolver(), ssl=verify, limit=REQUESTS_AT_ONCE, keepalive_timeout=LIMITS.keepalive_expiry or 0
    )
    return aiohttp.ClientSession(connector=connector)


async def _answered(call: Awaitable[httpx.Response]) -> httpx.Response | TryAgain:
    try:
        async with asyncio.timeout(WHOLE_CALL):
            return await call
    except TimeoutError:
        return TryAgain(f"no whole answer within {WHOLE_CALL:g} seconds")
    except (httpx.TransportError, httpx.DecodingError) as problem:
        if _is_not_public(problem):
            raise NotPublic from None
        return TryAgain(f"no answer from the provider ({type(problem).__name__})")  # its words have the address in them


def _is_not_public(problem: BaseException | None) -> bool:
    """Whether it came of what `_PublicResolver` says, however often it was wrapped since."""
    while problem is not None:
        if isinstance(problem, NotPublic) or isinstance(getattr(problem, "os_error", None), NotPublic):
            return True
        problem = problem.__cause__ or problem.__context__
    return False


def failure(response: httpx.Response, code: object = None) -> TryAgain | Refused:
    """What an answer outside 2xx means.

    Args:
        code: the provider's own, as it stands in the answer; kept where it is a small whole number.
    """
    status = response.status_code
    said = _SERVER_SAID if status >= _SERVER_ERRORS else _SAID.get(status, _OTHER_SAID)
    error = f"HTTP {status}: {said}"
    if isinstance(code, int) and 0 <= code <= _LARGEST_CODE:
        error += f" (its code {code})"
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
