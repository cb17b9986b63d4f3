"""gunicorn's threaded worker, none of whose threads a client can keep by sending slowly, or nothing, or too much."""

from __future__ import annotations

import contextlib
import errno
import selectors
import socket
import threading
import time
from functools import partial
from typing import Any

from gunicorn.workers.gthread import TConn, ThreadWorker

from hera.operations.middleware import LARGEST_REQUEST

# A call of the app is a packet or two; a phone on a bad line has it here within seconds.
RECEIVED_WITHIN = 10.0
_LOOKS_EVERY = 1.0  # seconds


class Worker(ThreadWorker):  # type: ignore[misc]
    """Ends what is still being received too late. Only the way in is closed: an answer that takes long goes out."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._handled_since: dict[Any, float] = {}

    def init_process(self) -> None:
        threading.Thread(target=self._end_slow_ones, daemon=True).start()
        super().init_process()  # works until the process ends

    def accept(self, listener: Any) -> None:
        """Take a connection, and no thread for it before it says something: gunicorn's own way lends it one.

        Where there are too many, whoever has been silent for longest makes room.
        """
        try:
            client, address = listener.accept()
        except OSError as problem:
            if problem.errno not in {errno.EAGAIN, errno.EWOULDBLOCK, errno.ECONNABORTED}:
                raise
            return
        if self.nr_conns + 1 >= self.worker_connections:
            self._end_most_silent()
        self.nr_conns += 1
        client.setblocking(False)
        conn = TConn(self.cfg, client, address, listener.getsockname())
        conn.timeout = time.monotonic() + RECEIVED_WITHIN
        self.pending_conns.append(conn)
        self.poller.register(client, selectors.EVENT_READ, partial(self.on_pending_socket_readable, conn))

    def handle(self, conn: Any) -> Any:
        self._handled_since[conn] = time.monotonic()
        try:
            return super().handle(conn)
        finally:
            self._handled_since.pop(conn, None)

    def _keepalive_after(self, conn: Any, keepalive: bool) -> bool:
        """What was too large to be read is not read to its end either, only to keep the connection."""
        lengths = [int(value) for name, value in conn.parser.mesg.headers if name == "CONTENT-LENGTH"]
        if any(length > LARGEST_REQUEST for length in lengths):
            return False
        return bool(super()._keepalive_after(conn, keepalive))

    def _end_most_silent(self) -> None:
        for waiting in (self.pending_conns, self.keepalived_conns):
            if waiting:
                conn = waiting.popleft()
                self.poller.unregister(conn.sock)
                self.nr_conns -= 1
                conn.close()
                return

    def _end_slow_ones(self) -> None:
        while True:
            time.sleep(_LOOKS_EVERY)
            too_old = time.monotonic() - RECEIVED_WITHIN
            for conn, since in list(self._handled_since.items()):
                if since < too_old:
                    with contextlib.suppress(OSError):
                        conn.sock.shutdown(socket.SHUT_RD)
