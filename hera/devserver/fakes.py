"""Local stand-ins for the providers: real HTTP servers that take what OneSignal and MessageBird take.

They keep what they accepted, know an idempotency key again, and misbehave on command.
"""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, Self

_DEADLINE = 30.0


@dataclass(frozen=True)
class Misbehaviour:
    """How one request is answered in place of the proper answer."""

    status: int = 500
    headers: dict[str, str] = field(default_factory=dict)
    body: str = "{}"
    accept_first: bool = False  # take the message over, and lose the answer
    drop_connection: bool = False
    wait: float = 0.0  # seconds
    between_bytes: float = 0.0  # seconds


class FakeProvider:
    """A provider on a loopback port. Use it as a context manager."""

    path: ClassVar[str]

    def __init__(self) -> None:
        self.requests: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.accepted: list[dict[str, Any]] = []
        self.erased: list[str] = []
        self._ids_by_key: dict[str, str] = {}
        self.chaos: Callable[[], Misbehaviour | None] = lambda: None  # asked when nothing is planned
        self._planned: deque[Misbehaviour] = deque()
        self._changed = threading.Condition()
        self._server = _Server(("127.0.0.1", 0), _handler_for(self))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def misbehave(self, *planned: Misbehaviour) -> None:
        """Answer the next requests like this, one each."""
        self._planned.extend(planned)

    def wait_for(self, count: int, seconds: float = _DEADLINE) -> list[dict[str, Any]]:
        """Wait until this many messages have been accepted, and return them.

        Raises:
            TimeoutError: if they do not come in time.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: len(self.accepted) >= count, seconds):
                raise TimeoutError(f"{type(self).__name__} has accepted {len(self.accepted)} of {count} messages")
            return list(self.accepted)

    def handle(self, path: str, headers: dict[str, str], body: dict[str, Any]) -> Misbehaviour:
        """The answer to one request."""
        planned = self._planned.popleft() if self._planned else self.chaos()
        with self._changed:
            self.requests.append(body)
            self.headers.append(headers)
            if planned is not None and not planned.accept_first:
                return planned
            answer = self._answer(body) if path == self.path else Misbehaviour(404, body='{"errors": ["no such path"]}')
            self._changed.notify_all()
        return planned or answer

    def erase(self, path: str) -> int:
        """The status with which a DELETE is answered; what was asked to be forgotten is in `erased`."""
        planned = self._planned.popleft() if self._planned else None
        if planned is not None:
            return planned.status
        self.erased.append(path)
        return 200

    def _answer(self, body: dict[str, Any]) -> Misbehaviour:
        raise NotImplementedError

    def _accept(self, key: str, body: dict[str, Any]) -> str:
        """Take a message over, once for each key; returns its id."""
        if key not in self._ids_by_key:
            self._ids_by_key[key] = str(uuid.uuid4())
            self.accepted.append(body)
        return self._ids_by_key[key]


class FakeOneSignal(FakeProvider):
    """Takes pushes. Names in `unknown` are nobody's phone."""

    path = "/notifications"

    def __init__(self, unknown: frozenset[str] = frozenset()) -> None:
        super().__init__()
        self.unknown = unknown

    def _answer(self, body: dict[str, Any]) -> Misbehaviour:
        targets = body.get("include_aliases", {}).get("external_id", [])
        if not [target for target in targets if target not in self.unknown]:
            return Misbehaviour(200, body='{"id": "", "errors": ["All included players are not subscribed"]}')
        accepted_id = self._accept(body.get("idempotency_key") or str(uuid.uuid4()), body)
        return Misbehaviour(200, body=json.dumps({"id": accepted_id, "external_id": None}))


class FakeMessageBird(FakeProvider):
    """Takes text messages. The real one knows no idempotency key, so neither does this."""

    path = "/messages"

    def _answer(self, body: dict[str, Any]) -> Misbehaviour:
        accepted_id = self._accept(str(uuid.uuid4()), body)
        return Misbehaviour(201, body=json.dumps({"id": accepted_id, "recipients": {"totalSentCount": 1}}))


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is part of the game."""


def _handler_for(provider: FakeProvider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            raw = self.rfile.read(length)
            if len(raw) < length:  # the client died in the middle of its request
                self.close_connection = True
                return
            headers = {name.title(): value for name, value in self.headers.items()}
            answer = provider.handle(self.path, headers, json.loads(raw or b"{}"))
            time.sleep(answer.wait)
            if answer.drop_connection:
                self.close_connection = True
                self.connection.close()
                return
            body = answer.body.encode()
            self.send_response(answer.status)
            for name, value in {"Content-Type": "application/json", **answer.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            for part in [bytes([byte]) for byte in body] if answer.between_bytes else [body]:
                self.wfile.write(part)
                time.sleep(answer.between_bytes)

        def do_DELETE(self) -> None:
            status = provider.erase(self.path)
            self.send_response(status)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_args: object) -> None:
            pass

    return Handler
