"""gunicorn's threaded worker, none of whose threads a client can keep by sending slowly."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

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

    def handle(self, conn: Any) -> Any:
        self._handled_since[conn] = time.monotonic()
        try:
            return super().handle(conn)
        finally:
            self._handled_since.pop(conn, None)

    def _end_slow_ones(self) -> None:
        while True:
            time.sleep(_LOOKS_EVERY)
            too_old = time.monotonic() - RECEIVED_WITHIN
            for conn, since in list(self._handled_since.items()):
                if since < too_old:
                    with contextlib.suppress(OSError):
                        conn.sock.shutdown(socket.SHUT_RD)
