"""Statements that a connection keeps prepared: PostgreSQL plans each of them once, not at every call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
from django.db import InterfaceError, NotSupportedError, OperationalError, connection

if TYPE_CHECKING:
    from collections.abc import Mapping

# What a statement meets that was prepared before the server went away, or before a migration changed its columns.
_STALE = (OperationalError, InterfaceError, NotSupportedError)


class _Cursor(psycopg.Cursor[Any]):
    def execute(self, query: Any, params: Any = None, **_options: Any) -> Any:
        return super().execute(query, params, prepare=True)


def row(statement: str, values: Mapping[str, Any]) -> tuple[Any, ...] | None:
    """The first row of a statement that reads and nothing else; None if it finds none.

    Whether the connection lives is not asked beforehand: where it does not, the statement is put once more on a new
    one. Not inside a transaction, which would be lost with the connection.

    Args:
        statement: one of few, the same text each time; it is what the connection finds the plan by.
    """
    try:
        return _row(statement, values)
    except _STALE:
        if connection.in_atomic_block:
            raise
        connection.close()
        return _row(statement, values)


def _row(statement: str, values: Mapping[str, Any]) -> tuple[Any, ...] | None:
    connection.ensure_connection()
    # Django's own cursors bind parameters themselves, and prepare nothing. Its wrapper turns errors into Django's, and
    # counts statements in tests.
    with connection._prepare_cursor(_Cursor(connection.connection)) as cursor:  # type: ignore[attr-defined]  # noqa: SLF001
        cursor.execute(statement, values)
        found: tuple[Any, ...] | None = cursor.fetchone()
        return found
