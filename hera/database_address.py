"""Where PostgreSQL is, as the environment says it: RDS writes a secret, everybody else a URL."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from hera.environment import ConfigError, Environment

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Database:
    """Where PostgreSQL is. `host` may be a folder holding a Unix socket."""

    host: str
    port: int
    name: str
    user: str
    password: str
    options: dict[str, str]

    @property
    def url(self) -> str:
        """The same as DATABASE_URL takes it."""
        login = quote(self.user, safe="") + (f":{quote(self.password, safe='')}" if self.password else "")
        options = {"host": self.host, **self.options} if self.host.startswith("/") else self.options
        where = "" if self.host.startswith("/") else f"{self.host}:{self.port}"
        query = f"?{urlencode(options)}" if options else ""
        return f"postgresql://{login}@{where}/{quote(self.name, safe='')}{query}"


@dataclass(frozen=True)
class DatabaseAddress:
    """A secret as RDS writes it; without one, the URL in the variable `url`, which is not looked at beside a secret."""

    url: str
    default_text = "embedded PostgreSQL"

    def read(self, env: Environment, name: str) -> Database | None:
        if secret := env.text(name):
            return _from_secret(name, secret)
        if url := env.text(self.url):
            return _from_url(self.url, url)
        return None


def database_admin(variables: Mapping[str, str]) -> tuple[str, str]:
    """Name and password of who may make users and databases, as RDS keeps them in a secret.

    Raises:
        ConfigError: if they are not given.
    """
    wants = 'a JSON object such as {"username": "...", "password": "..."}'
    secret = Environment(variables).required("HERA_DB_ADMIN_SECRET", wants)
    try:
        parts = json.loads(secret)
        return str(parts["username"]), str(parts["password"])
    except (ValueError, TypeError, KeyError):
        raise ConfigError(f"HERA_DB_ADMIN_SECRET is not readable: it wants {wants}.") from None


def _from_secret(name: str, secret: str) -> Database:
    wants = 'a JSON object such as {"host": "...", "port": 5432, "dbname": "...", "username": "...", "password": "..."}'
    try:
        parts = json.loads(secret)
        database = Database(
            host=str(parts["host"]),
            port=int(parts.get("port", 5432)),
            name=str(parts["dbname"]),
            user=str(parts["username"]),
            password=str(parts["password"]),
            options={},
        )
    except (ValueError, TypeError, AttributeError):
        raise ConfigError(f"{name} is not readable: it wants {wants}.") from None
    except KeyError as missing:
        raise ConfigError(f"{name} has no {missing.args[0]!r}: it wants {wants}.") from None
    if str(parts.get("engine", "postgres")) not in {"postgres", "postgresql", "aurora-postgresql"}:
        raise ConfigError(f"{name} has the engine {parts['engine']!r}: HERA runs on postgres only.")
    return database


def _from_url(name: str, url: str) -> Database:
    wants = "postgresql://user:password@host:5432/name"  # pragma: allowlist secret
    try:
        parts = urlsplit(url)
        port = parts.port or 5432
    except ValueError:
        raise ConfigError(f"{name} is not readable: it wants {wants}.") from None
    options = dict(parse_qsl(parts.query))
    host = options.pop("host", "") or unquote(parts.hostname or "")
    database = unquote(parts.path.lstrip("/"))
    if parts.scheme not in {"postgres", "postgresql"} or not database:
        raise ConfigError(f"{name} is not readable: it wants {wants}.")
    return Database(
        host=host,
        port=port,
        name=database,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        options=options,
    )
