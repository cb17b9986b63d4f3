"""A client that sends a byte now and then."""

from __future__ import annotations

import socket


class Slow:
    def __init__(self, address: str, head: bytes) -> None:
        host, port = address.removeprefix("http://").split(":")
        self.socket = socket.create_connection((host, int(port)))
        self.socket.sendall(head)

    def is_waited_for(self) -> bool:
        """Send one more byte; whether the server neither answered nor hung up."""
        self.socket.setblocking(True)
        try:
            self.socket.sendall(b"x")
            self.socket.setblocking(False)
            self.socket.recv(1000)
        except BlockingIOError:
            return True  # nothing to say yet
        except OSError:
            return False
        return False
