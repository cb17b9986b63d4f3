"""HTTP servers on loopback that stand in for services of others, and misbehave on command."""

from __future__ import annotations

import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self


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


class LoopbackService:
    """A service on a loopback port. Use it as a context manager."""

    def __init__(self) -> None:
        self.chaos: Callable[[], Misbehaviour | None] = lambda: None  # asked when nothing is planned
        self._planned: deque[Misbehaviour] = deque()
        self._server = _Server(("127.0.0.1", 0), _handler_for(self))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        """Stop.

        Raises:
            Exception: what a handler broke on. Its clients saw no more than a connection that ended.
        """
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        if self._server.broken is not None:
            raise self._server.broken

    def misbehave(self, *planned: Misbehaviour) -> None:
        """Answer the next requests like this, one each."""
        self._planned.extend(planned)

    def next_planned(self) -> Misbehaviour | None:
        """How the request that has just come is to be answered; None: properly."""
        return self._planned.popleft() if self._planned else self.chaos()

    def handle(self, path: str, headers: dict[str, str], body: bytes) -> Misbehaviour:
        """The answer to a POST; the names of headers are `Title-Cased`."""
        raise NotImplementedError

    def erase(self, path: str) -> int:
        """The status with which a DELETE is answered."""
        raise NotImplementedError


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256
    broken: Exception | None = None

    def handle_error(self, *_whose: Any) -> None:
        """A client that went away is part of the game; anything else is a fault of the service's."""
        problem = sys.exception()
        if isinstance(problem, Exception) and not isinstance(problem, OSError):
            self.broken = problem


def _handler_for(service: LoopbackService) -> type[BaseHTTPRequestHandler]:
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
            answer = service.handle(self.path, headers, raw)
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
            status = service.erase(self.path)
            self.send_response(status)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_args: object) -> None:
            pass

    return Handler
