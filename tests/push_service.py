"""A browser and its push service: a real HTTP server that reads what it is sent as a browser would."""

from __future__ import annotations

import base64
import json
import time
from dataclasses import dataclass, field
from typing import Any

import jwt
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from hera.devserver.loopback import LoopbackService, Misbehaviour

CONTACT = "mailto:hera@example.org"
PRIVATE_KEY = "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA"  # pragma: allowlist secret


def settings_for_browsers(**more: str) -> dict[str, str]:
    """Settings that send web push to a service on loopback."""
    return {
        "HERA_WEB_PUSH_CHANNEL": "webpush",
        "HERA_WEB_PUSH_PRIVATE_KEY": PRIVATE_KEY,
        "HERA_WEB_PUSH_CONTACT": CONTACT,
        "HERA_WEB_PUSH_ANY_ADDRESS": "true",
        **more,
    }


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class TestBrowser:
    """What a browser knows of its subscription."""

    __test__ = False
    endpoint: str
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    auth: bytes = b"sixteen bytes it"

    @property
    def public(self) -> bytes:
        return self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    @property
    def subscription(self) -> dict[str, Any]:
        """As JSON.stringify(PushSubscription) writes it."""
        keys = {"p256dh": encoded(self.public), "auth": encoded(self.auth)}
        return {"endpoint": self.endpoint, "expirationTime": None, "keys": keys}

    def read(self, body: bytes) -> bytes:
        """Decrypt as RFC 8291 and RFC 8188 say."""
        salt, length = body[:16], body[20]
        sender, cipher = body[21 : 21 + length], body[21 + length :]
        shared = self.key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender))
        secret = _derived(shared, 32, self.auth, b"WebPush: info\0" + self.public + sender)
        content_key = _derived(secret, 16, salt, b"Content-Encoding: aes128gcm\0")
        nonce = _derived(secret, 12, salt, b"Content-Encoding: nonce\0")
        plain = AESGCM(content_key).decrypt(nonce, cipher, None).rstrip(b"\0")
        assert plain.endswith(b"\x02"), "the last record"
        return plain[:-1]


def _derived(secret: bytes, length: int, salt: bytes, info: bytes) -> bytes:
    return HKDF(hashes.SHA256(), length, salt, info).derive(secret)


@dataclass(frozen=True)
class Pushed:
    browser: TestBrowser
    shown: dict[str, Any]
    headers: dict[str, str]


class PushService(LoopbackService):
    """Takes what RFC 8030 and RFC 8292 let it take."""

    def __init__(self) -> None:
        super().__init__()
        self.browsers: dict[str, TestBrowser] = {}
        self.requests: list[Pushed] = []
        self.accepted: list[Pushed] = []
        self.refused: list[str] = []
        self.gone: dict[str, int] = {}  # the status of each

    def browser(self, name: str = "one") -> TestBrowser:
        made = TestBrowser(f"{self.url}/push/{name}")
        self.browsers[f"/push/{name}"] = made
        return made

    def handle(self, path: str, headers: dict[str, str], body: bytes) -> Misbehaviour:
        if wrong := self._wrong_with(headers):
            self.refused.append(wrong)
            return Misbehaviour(403)
        if path in self.gone or path not in self.browsers:
            return Misbehaviour(self.gone.get(path, 404))
        browser = self.browsers[path]
        pushed = Pushed(browser, json.loads(browser.read(body)), headers)
        self.requests.append(pushed)
        planned = self.next_planned()
        if planned is None or planned.accept_first:
            self.accepted.append(pushed)
        return planned or Misbehaviour(201, {"Location": f"{self.url}/message/{len(self.accepted)}"}, body="")

    def _wrong_with(self, headers: dict[str, str]) -> str:
        """What a service finds wrong (RFC 8292, RFC 8030); blank if nothing."""
        scheme, _, rest = headers.get("Authorization", "").partition(" ")
        said = dict(part.strip().split("=", 1) for part in rest.split(","))
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decoded(said["k"]))
        claims = jwt.decode(said["t"], key, algorithms=["ES256"], audience=self.url)
        checks = {
            "scheme": scheme == "vapid",
            "exp": time.time() < claims["exp"] <= time.time() + 86400,
            "sub": claims["sub"] == CONTACT,
            "encoding": headers.get("Content-Encoding") == "aes128gcm",
            "ttl": headers.get("Ttl", "").isdigit(),
            "topic": len(headers.get("Topic", "")) in range(1, 33),
            "urgency": headers.get("Urgency") in {"very-low", "low", "normal", "high"},
        }
        return ", ".join(name for name, is_right in checks.items() if not is_right)
