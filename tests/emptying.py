"""The database is emptied after a transactional test, and has what the migrations made.

Django empties each table and has all that migrations made put there anew; that takes as long as most of these tests.
Here only tables that have rows are emptied, and of what migrations made it is looked whether it is as it was: a test
that changed it has Django do its work.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection
from django.test import TransactionTestCase
from psycopg import sql

if TYPE_CHECKING:
    from collections.abc import Callable

# What migrations made, and nothing else is in.
MADE = ("auth_group", "auth_group_permissions", "auth_permission", "django_content_type")
OF_DJANGO = "django_migrations"
# A row each, which is put back to where it began.
HEAD = "custom_user_audithead"

_djangos_way: Callable[[TransactionTestCase], None] = TransactionTestCase._fixture_teardown
_as_made: str | None = None


def instead_of_djangos() -> None:
    """From now on transactional tests are followed by this. To be called before the first of them."""
    TransactionTestCase._fixture_teardown = _teardown  # type: ignore[method-assign]


def remember() -> None:
    """What migrations made is as it is now: the database is new."""
    global _as_made  # noqa: PLW0603  (of this process, whose database it is)
    _as_made = _made()


def _teardown(case: TransactionTestCase) -> None:
    if _as_made is None or _made() != _as_made:
        _djangos_way(case)
        remember()
        return
    filled = [table for table in _filled() if table not in (*MADE, OF_DJANGO, HEAD)]
    with connection.cursor() as cursor:
        if filled:
            tables = sql.SQL(", ").join(map(sql.Identifier, filled))
            cursor.execute(sql.SQL("TRUNCATE {} CASCADE").format(tables))
        cursor.execute(
            f"UPDATE {HEAD} SET last_id = 0, last_hash = %(none)s, anchor_id = 0, anchor_hash = %(none)s",
            {"none": bytes(32)},
        )


def _filled() -> list[str]:
    """The tables that have rows; two queries."""
    one = sql.SQL("SELECT {name} WHERE EXISTS (SELECT FROM {table})")
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        tables = [table for (table,) in cursor.fetchall()]
        each = [one.format(name=sql.Literal(table), table=sql.Identifier(table)) for table in tables]
        cursor.execute(sql.SQL(" UNION ALL ").join(each))
        return [table for (table,) in cursor.fetchall()]


def _made() -> str:
    """A hash of what migrations made."""
    of_each = " || ".join(
        f"coalesce((SELECT md5(string_agg(row::text, ' ' ORDER BY row::text)) FROM {table} row), '')" for table in MADE
    )
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {of_each} || (SELECT count(*) FROM {HEAD})")
        found: str = cursor.fetchone()[0]
    return found
