"""A pytest plugin that gives the suite a PostgreSQL of its own, before Django reads its settings.

The embedded server, unless HERA_DB_SECRET or DATABASE_URL names another. Durability is switched off: what the
tests write is not worth keeping.
"""

from __future__ import annotations

import os

import psycopg

from hera import config
from hera.devserver import embedded

for name in [name for name in os.environ if name.startswith("HERA_") and name != "HERA_DB_SECRET"]:
    del os.environ[name]  # a developer's own settings must not change what the tests see


def _start() -> None:
    if os.environ.get("HERA_DB_SECRET") or os.environ.get("DATABASE_URL"):
        return
    url = embedded.start(config.REPOSITORY / ".data" / "test-postgres")
    with psycopg.connect(url, autocommit=True) as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(f"ALTER SYSTEM SET {setting} = off")
        connection.execute("ALTER SYSTEM SET max_wal_size = '2GB'")
        connection.execute("SELECT pg_reload_conf()")
    os.environ["DATABASE_URL"] = url


_start()
