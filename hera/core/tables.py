"""Are HERA's tables within reach, and are they those of this version?"""

from __future__ import annotations

import functools

from django.db import DatabaseError, InterfaceError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder


def out_of_reach() -> str:
    """What stands between this process and its tables, with the mend; empty if nothing does.

    A version before this one's tables is not enough; one after it is.
    """
    try:
        connection.ensure_connection()
        missing = _migrations_missing()
    except (DatabaseError, InterfaceError) as problem:
        return no_answer(problem)
    return "migrations are missing: run manage.py migrate" if missing else ""


def no_answer(problem: Exception) -> str:
    """That the database does not answer, for an operator."""
    return f"the database does not answer ({type(problem).__name__}): check HERA_DB_SECRET and the server"


@functools.cache
def _newest_migrations() -> frozenset[tuple[str, str]]:
    """The last migration of each app, as the code of this process has them: reading them takes most of the time."""
    return frozenset(MigrationLoader(None, ignore_no_migrations=True).graph.leaf_nodes())


def _migrations_missing() -> bool:
    if _newest_migrations() <= MigrationRecorder(connection).applied_migrations().keys():
        return False
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))
