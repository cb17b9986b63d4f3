"""Changes of a live database's schema during which people go on signing in. For use in migrations.

Everything here asks the database what is there before it changes it, so that a migration that was interrupted
can be run again, and finds nothing to do on a database that never was an earlier HERA's. Whatever takes a lock
that stops others is over in milliseconds, and long work takes none; `migrate` gives up waiting for such a lock
after LOCK_TIMEOUT and tries again, so that nobody queues behind it.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from django.db import InternalError, migrations, transaction
from django.db.transaction import TransactionManagementError
from psycopg import sql

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor
    from django.db.migrations.state import ProjectState

LOCK_TIMEOUT = "1500ms"
BATCH = 10_000  # rows


@contextlib.contextmanager
def lock_timeout(connection: BaseDatabaseWrapper, timeout: str) -> Iterator[None]:
    """Give up waiting for locks after `timeout` (PostgreSQL's notation; "0" waits for ever)."""
    before = _value(connection, "SHOW lock_timeout")
    _run(connection, "SELECT set_config('lock_timeout', %s, false)", [timeout])
    try:
        yield
    finally:
        # What failed may have left a transaction that takes no more statements: its error is what matters.
        with contextlib.suppress(InternalError, TransactionManagementError):
            _run(connection, "SELECT set_config('lock_timeout', %s, false)", [before])


def build_index_concurrently(connection: BaseDatabaseWrapper, name: str, statement: str) -> None:
    """Build an index with `CREATE INDEX CONCURRENTLY`, having dropped what an interrupted build left behind.

    It may wait long for old transactions, and stops nobody while it waits.
    """
    with lock_timeout(connection, "0"):
        drop_index_concurrently(connection, name)
        _run(connection, statement)


def drop_index_concurrently(connection: BaseDatabaseWrapper, name: str) -> None:
    """Drop an index if it is there."""
    with lock_timeout(connection, "0"):
        _run(connection, sql.SQL("DROP INDEX CONCURRENTLY IF EXISTS {}").format(sql.Identifier(name)))


def rename_index(connection: BaseDatabaseWrapper, before: str, after: str) -> None:
    """Rename an index if it is there."""
    _run(
        connection,
        sql.SQL("ALTER INDEX IF EXISTS {} RENAME TO {}").format(sql.Identifier(before), sql.Identifier(after)),
    )


def drop_unique(connection: BaseDatabaseWrapper, table: str, columns: list[str]) -> None:
    """Drop the unique constraints on these columns, if there are any."""
    with connection.cursor() as cursor:
        constraints = connection.introspection.get_constraints(cursor, table)
    for name, found in constraints.items():
        if found["unique"] and not found["index"] and found["columns"] == columns:
            _run(
                connection,
                sql.SQL("ALTER TABLE {} DROP CONSTRAINT IF EXISTS {}").format(
                    sql.Identifier(table), sql.Identifier(name)
                ),
            )


def add_foreign_key(connection: BaseDatabaseWrapper, table: str, column: str, target: str) -> None:
    """Add an empty column that refers to the bigint `id` of another table, as Django would, without its long lock."""
    constraint = f"{table}_{column}_fk"
    names = {
        "table": sql.Identifier(table),
        "column": sql.Identifier(column),
        "target": sql.Identifier(target),
        "constraint": sql.Identifier(constraint),
    }
    with transaction.atomic(connection.alias):
        _run(connection, sql.SQL("ALTER TABLE {table} ADD COLUMN IF NOT EXISTS {column} bigint").format(**names))
        if not _value(connection, "SELECT EXISTS (SELECT FROM pg_constraint WHERE conname = %s)", [constraint]):
            _run(
                connection,
                sql.SQL(
                    "ALTER TABLE {table} ADD CONSTRAINT {constraint} FOREIGN KEY ({column}) REFERENCES {target} (id)"
                    " DEFERRABLE INITIALLY DEFERRED NOT VALID"
                ).format(**names),
            )
    with lock_timeout(connection, "0"):  # reads the whole table, while others write to it
        _run(connection, sql.SQL("ALTER TABLE {table} VALIDATE CONSTRAINT {constraint}").format(**names))


def hstore_to_json(connection: BaseDatabaseWrapper, table: str, column: str) -> None:
    """Turn an hstore column into a jsonb one that holds the same texts under the same names.

    Changing its type in place would rewrite the table under a lock for minutes. So a second column is filled in
    batches, kept in step by a trigger with what an earlier HERA still writes, and takes the first one's place.
    """
    name = _JsonColumn(table, column)
    if _type(connection, table, column) != "hstore":
        return
    with transaction.atomic(connection.alias):
        _run(connection, name.format("ALTER TABLE {table} ADD COLUMN IF NOT EXISTS {filling} jsonb"))
        _run(connection, name.format(_KEEP_IN_STEP))
    _fill(connection, name)
    _run(connection, name.format("ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {filled}"))
    _run(connection, name.format("ALTER TABLE {table} ADD CONSTRAINT {filled} CHECK ({filling} IS NOT NULL) NOT VALID"))
    with lock_timeout(connection, "0"):  # reads the whole table, while others write to it
        _run(connection, name.format("ALTER TABLE {table} VALIDATE CONSTRAINT {filled}"))
    with transaction.atomic(connection.alias):
        _run(connection, name.format(_TAKE_PLACE))


class CreateModelUnlessThere(migrations.CreateModel):
    """`CreateModel` for a table that some databases of the earlier HERA have and others have not."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        table = to_state.apps.get_model(app_label, self.name)._meta.db_table
        if table not in schema_editor.connection.introspection.table_names():
            super().database_forwards(app_label, schema_editor, from_state, to_state)


class _JsonColumn:
    """The names that the conversion of one column uses."""

    def __init__(self, table: str, column: str) -> None:
        filling = f"{column}_json"
        self.names = {
            "table": sql.Identifier(table),
            "column": sql.Identifier(column),
            "filling": sql.Identifier(filling),
            "filled": sql.Identifier(f"{table}_{filling}_filled"),
            "function": sql.Identifier(f"{table}_{filling}"),
        }

    def format(self, statement: str) -> sql.Composed:
        return sql.SQL(statement).format(**self.names)


_KEEP_IN_STEP = """
    CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        NEW.{filling} := hstore_to_jsonb(NEW.{column});
        RETURN NEW;
    END
    $$;
    DROP TRIGGER IF EXISTS {function} ON {table};
    CREATE TRIGGER {function} BEFORE INSERT OR UPDATE OF {column} ON {table}
        FOR EACH ROW EXECUTE FUNCTION {function}();
"""

# The validated check spares SET NOT NULL its own look at every row.
_TAKE_PLACE = """
    ALTER TABLE {table} ALTER COLUMN {filling} SET NOT NULL;
    ALTER TABLE {table} DROP CONSTRAINT {filled};
    DROP TRIGGER {function} ON {table};
    DROP FUNCTION {function}();
    ALTER TABLE {table} DROP COLUMN {column};
    ALTER TABLE {table} RENAME COLUMN {filling} TO {column};
"""


def _fill(connection: BaseDatabaseWrapper, name: _JsonColumn) -> None:
    last: int = _value(connection, name.format("SELECT coalesce(max(id), 0) FROM {table}"))
    update = name.format(
        "UPDATE {table} SET {filling} = hstore_to_jsonb({column}) WHERE id > %s AND id <= %s AND {filling} IS NULL"
    )
    for start in range(0, last, BATCH):
        _run(connection, update, [start, start + BATCH])


def serial_to_identity(connection: BaseDatabaseWrapper, table: str) -> None:
    """Make the `serial` id of a table an identity column, as newer Django makes them; ids go on where they were."""
    sequence = _value(
        connection,
        """
        SELECT sequence.relname FROM pg_depend
        JOIN pg_class sequence ON sequence.oid = pg_depend.objid AND sequence.relkind = 'S'
        JOIN pg_attribute attribute ON attribute.attrelid = refobjid AND attribute.attnum = refobjsubid
        WHERE refobjid = to_regclass(%s) AND deptype = 'a' AND attribute.attname = 'id'
        """,
        [table],
    )
    if sequence is None:
        return
    names = {"table": sql.Identifier(table), "sequence": sql.Identifier(sequence)}
    with transaction.atomic(connection.alias), connection.cursor() as cursor:
        # The lock comes first: an id drawn between reading the sequence and replacing it would be given twice.
        cursor.execute(sql.SQL("LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE").format(**names))
        cursor.execute(sql.SQL("SELECT last_value, is_called FROM {sequence}").format(**names))
        reached = cursor.fetchone()
        cursor.execute(sql.SQL("ALTER TABLE {table} ALTER COLUMN id DROP DEFAULT").format(**names))
        cursor.execute(sql.SQL("DROP SEQUENCE {sequence}").format(**names))
        cursor.execute(
            sql.SQL(
                "ALTER TABLE {table} ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (SEQUENCE NAME {sequence})"
            ).format(**names)
        )
        cursor.execute("SELECT setval(quote_ident(%s)::regclass, %s, %s)", [sequence, *reached])


def _type(connection: BaseDatabaseWrapper, table: str, column: str) -> str | None:
    found: str | None = _value(
        connection,
        """
        SELECT typname FROM pg_attribute JOIN pg_type ON pg_type.oid = atttypid
        WHERE attrelid = to_regclass(%s) AND attname = %s AND NOT attisdropped
        """,
        [table, column],
    )
    return found


def _run(connection: BaseDatabaseWrapper, statement: Any, parameters: list[Any] | None = None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)


def _value(connection: BaseDatabaseWrapper, statement: Any, parameters: list[Any] | None = None) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        row = cursor.fetchone()
    return row[0] if row else None
