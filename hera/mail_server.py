"""The server that takes e-mail, as the setting HERA_MAIL_SERVER gives it, with its user and password.

`smtps` is encrypted from the first byte on, `smtp` before anything is said (STARTTLS). Without encryption it goes to
the machine itself alone: `smtp://127.0.0.1:25`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from hera.environment import ConfigError

if TYPE_CHECKING:
    from hera.environment import Environment

_ADDRESS = re.compile(r"[^@\s<>\"]+@[A-Za-z0-9.-]+")
_PORTS = {"smtps": 465, "smtp": 587}
_HERE = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True)
class MailServer:
    """Where e-mail is handed over, and how."""

    host: str
    port: int
    user: str = ""
    password: str = ""
    is_encrypted: bool = False  # from the first byte on
    starts_encryption: bool = False


@dataclass(frozen=True)
class MailServerAddress:
    """An address of a mail server. It holds a password, so no sentence repeats it."""

    default_text = "none: nothing is sent by e-mail"

    def read(self, env: Environment, name: str) -> MailServer | None:
        text = env.text(name)
        if not text:
            return None
        try:
            parts = urlsplit(text)
            host, port = parts.hostname, parts.port
        except ValueError:
            host, port = None, None
        if not host or parts.scheme not in _PORTS or parts.path not in ("", "/") or parts.query or parts.fragment:
            raise ConfigError(
                f"{name} is no address of a mail server: it wants"
                " smtps://user:password@mail.example.org:465, or smtp://"  # pragma: allowlist secret
                " for a server that begins unencrypted. A password with / or @ in it is written with %2F or %40."
            )
        is_here = host in _HERE
        return MailServer(
            host,
            port or (25 if is_here and parts.scheme == "smtp" else _PORTS[parts.scheme]),
            unquote(parts.username or ""),
            unquote(parts.password or ""),
            is_encrypted=parts.scheme == "smtps",
            starts_encryption=parts.scheme == "smtp" and not is_here,
        )


@dataclass(frozen=True)
class MailAddress:
    """An e-mail address, wanted where there is a mail server."""

    beside: str = "HERA_MAIL_SERVER"
    default_text = "none"

    def read(self, env: Environment, name: str) -> str:
        text = env.text(name)
        if (text or env.text(self.beside)) and not _ADDRESS.fullmatch(text):
            raise ConfigError(
                f"{name} is no e-mail address: {self.beside} wants one beside it, such as hera@example.org."
            )
        return text
