"""A mail server that listens: it speaks as much SMTP as a letter takes, and keeps what it was given."""

from __future__ import annotations

import email
import socketserver
import threading
from email.message import EmailMessage
from email.policy import default
from typing import Any


class ListeningMailServer:
    """Answers on a free port of this machine. `refuses` says, by command, what is answered instead of "yes"."""

    def __init__(self, refuses: dict[str, str] | None = None) -> None:
        self.refuses = refuses or {}
        self.letters: list[EmailMessage] = []
        kept = self

        class Talk(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                self._say("220 here")
                while line := self.rfile.readline().decode().strip():
                    command = line.split(" ")[0].upper()
                    if command == "EHLO":
                        self._say("250-here\r\n250 8BITMIME")
                    elif command in kept.refuses:
                        self._say(kept.refuses[command])
                    elif command == "DATA":
                        self._say("354 go on")
                        kept.letters.append(self._letter())
                        self._say("250 taken")
                    else:
                        self._say("221 bye" if command == "QUIT" else "250 yes")

            def _say(self, text: str) -> None:
                self.wfile.write(f"{text}\r\n".encode())

            def _letter(self) -> Any:
                lines = []
                while (line := self.rfile.readline()) != b".\r\n":
                    lines.append(line.removeprefix(b"."))
                return email.message_from_bytes(b"".join(lines), policy=default)

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Talk)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def __enter__(self) -> ListeningMailServer:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._server.server_close()
