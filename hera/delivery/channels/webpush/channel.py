"""Push to browsers through the push services that they chose (RFC 8030), encrypted for each of them (RFC 8291)."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import time
import uuid
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import http_ece
import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric import ec

from hera.delivery.channels import base, http
from hera.delivery.channels.webpush import keys

if TYPE_CHECKING:
    from hera.delivery.channels.webpush.settings import WebPushSettings

NO_BROWSER = "none of her browsers takes push messages"
GONE = "her browser takes no push messages any more"
_ENDED = frozenset({httpx.codes.NOT_FOUND, httpx.codes.GONE})
_LONGEST_TTL = 28 * 24 * 3600  # seconds; what services keep at most
_SOON = 6 * 3600  # seconds; what is of use for so short a while wakes the phone
_LONGEST_TITLE, _LONGEST_BODY = 100, 500  # characters; services take 4 KB
_SIGNED_FOR = 12 * 3600  # seconds; a day at most


class WebPushChannel:
    kind = "webpush"
    confirms = False

    def __init__(self, settings: WebPushSettings) -> None:
        self._settings = settings
        self._connections = http.Connections("", {}, public_only=not settings.any_address)
        self._signed: dict[str, tuple[str, float]] = {}  # by service: the header, and when it is to be made anew

    async def send(self, message: base.Outgoing) -> base.Result:
        if not isinstance(message, base.BrowserMessage):
            return base.Refused("web push is used for browsers only")
        results = await asyncio.gather(*(self._send_to(browser, message) for browser in message.browsers))
        gone = tuple(
            browser.id
            for browser, result in zip(message.browsers, results, strict=True)
            if isinstance(result, base.Refused) and result.status_code in _ENDED
        )
        return _together(results, gone)

    async def _send_to(self, browser: base.Browser, message: base.BrowserMessage) -> base.Result:
        try:
            body = encrypted(payload(message), browser)
        except ValueError:
            return base.Refused("the key of her browser is none")
        seconds_left = int((message.expires_at - dt.datetime.now(dt.UTC)).total_seconds())
        headers = {
            "Authorization": self._authorization(browser.endpoint),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(min(max(1, seconds_left), _LONGEST_TTL)),
            "Urgency": "high" if seconds_left <= _SOON else "normal",
            "Topic": topic(message),
        }
        response = await self._connections.post_bytes(browser.endpoint, body, headers)
        if isinstance(response, base.TryAgain | base.Refused):
            return response
        if response.is_success:
            return base.Accepted(f"webpush-{topic(message)}", response.status_code)
        if response.status_code in _ENDED:
            return base.Refused(GONE, response.status_code)
        return http.failure(response)

    def _authorization(self, endpoint: str) -> str:
        """What proves to a push service who we are (RFC 8292); made once in hours for each."""
        parts = urlsplit(endpoint)
        service, now = f"{parts.scheme}://{parts.netloc}", time.time()
        header, renewed_at = self._signed.get(service, ("", 0.0))
        if renewed_at <= now:
            claims = {"aud": service, "exp": int(now) + _SIGNED_FOR, "sub": self._settings.contact}
            token = jwt.encode(claims, self._settings.key, algorithm="ES256")
            header = f"vapid t={token}, k={self._settings.public_key}"
            self._signed[service] = header, now + _SIGNED_FOR / 2
        return header

    async def aclose(self) -> None:
        await self._connections.aclose()


def topic(message: base.BrowserMessage) -> str:
    """The same for every try: a service that still has an earlier one replaces it. 32 characters at most."""
    return uuid.UUID(message.idempotency_key).hex


def payload(message: base.BrowserMessage) -> bytes:
    """What the service worker of the web app shows."""
    shown = {
        "title": message.title[:_LONGEST_TITLE],
        "body": message.body[:_LONGEST_BODY],
        "tag": topic(message),
        "url": message.url,
    }
    return json.dumps(shown, ensure_ascii=False, separators=(",", ":")).encode()


def encrypted(content: bytes, browser: base.Browser) -> bytes:
    """The content so that only this browser can read it.

    Raises:
        ValueError: if its key is none.
    """
    sent: bytes = http_ece.encrypt(
        content,
        private_key=ec.generate_private_key(ec.SECP256R1()),
        dh=keys.decoded(browser.p256dh),
        auth_secret=keys.decoded(browser.auth),
    )
    return sent


def _together(results: list[base.Result], gone: tuple[int, ...]) -> base.Result:
    """What came of it for her: it is there once one of her browsers has it; of the others nothing is tried again, or
    she would have it twice."""
    if accepted := [result for result in results if isinstance(result, base.Accepted)]:
        return base.Accepted(accepted[0].provider_message_id, accepted[0].status_code, gone)
    if later := [result for result in results if isinstance(result, base.TryAgain)]:
        wait = max((result.retry_after for result in later if result.retry_after), default=None)
        return base.TryAgain(later[0].error, later[0].status_code, wait, gone)
    refused = [result for result in results if isinstance(result, base.Refused)]
    if not refused:
        return base.Refused(NO_BROWSER)
    first = next((result for result in refused if result.status_code not in _ENDED), refused[0])
    return base.Refused(first.error, first.status_code, gone)


def open_channel(settings: WebPushSettings) -> WebPushChannel:
    """A channel to push services, with connections of its own."""
    return WebPushChannel(settings)
