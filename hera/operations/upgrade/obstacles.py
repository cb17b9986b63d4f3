"""What would stop the upgrade of this database, or make it announce something twice, and how to mend it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db import connection, models
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from psycopg import sql

from hera.operations.upgrade.announced import announced_again
from hera.schema_changes import trail_owner

if TYPE_CHECKING:
    import datetime as dt

OLDEST_POSTGRESQL = 14
_REBUILT_INDEXES = (
    "child_health_pregnancy_plan",
    "child_health_child_plan",
    "child_health_pregnancy_planned",
    "user_profile_timezone",
    "user_profile_name_words",
    "user_profile_folded_words",
    "people_number_end",
    "events_staff_message_once",
    "events_announced_once",
    "surveys_asked_once",
)
_LONG_TRANSACTION = "1 minute"


@dataclass(frozen=True)
class Obstacle:
    what: str
    mend: str


def obstacles(now: dt.datetime) -> Iterator[Obstacle]:
    """Everything that blocks the upgrade. Reads only.

    The first group says whether the rest can be asked at all.
    """
    found = [*_server(), *_migrations()]
    yield from found
    if found:
        return
    looks: list[Callable[[], Iterator[Obstacle]]] = [
        _missing_columns,
        _unfinished,
        _missing_unique_constraints,
        _orphans,
        _foreign_tables,
        _hstore_of_others,
        _long_transactions,
        partial(_announced_again, now),
    ]
    for look in looks:
        yield from look()


def _rows(statement: Any, parameters: Any = None) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def _server() -> Iterator[Obstacle]:
    connection.ensure_connection()
    version = connection.connection.info.server_version // 10000
    if version < OLDEST_POSTGRESQL:
        yield Obstacle(
            f"PostgreSQL {version} is too old for this HERA.",
            f"Upgrade the server to {OLDEST_POSTGRESQL} or later first; on AWS that is a change of engine version.",
        )


def _migrations() -> Iterator[Obstacle]:
    applied = set(MigrationRecorder(connection).applied_migrations())
    on_disk = MigrationLoader(None).disk_migrations
    replaced = {name: key for key, migration in on_disk.items() for name in migration.replaces}
    ours = {app for app, _ in on_disk}
    for app, name in sorted(applied - set(on_disk) - set(replaced)):
        if app in ours:
            yield Obstacle(
                f"The migration {app}.{name} was applied, and this HERA does not know it.",
                "Somebody changed the earlier HERA's code. Take it back with that code (`migrate` to the migration"
                " before it), or have its change made a migration of this HERA.",
            )
    for key, migration in sorted(on_disk.items()):
        missing = sorted(set(migration.replaces) - applied)
        if key not in applied and missing and len(missing) < len(migration.replaces):
            yield Obstacle(
                f"{key[0]} stands before {missing[0][1]}: the database is older than any that can be upgraded.",
                "Bring it to the last state of the earlier HERA first: run `migrate` with that code.",
            )


def _legacy_models() -> Iterator[type[models.Model]]:
    """The models as the migrations that this database has say they are."""
    loader = MigrationExecutor(connection).loader
    nodes = [node for node in loader.applied_migrations if node in loader.graph.nodes]
    for model in loader.project_state(nodes).apps.get_models(include_auto_created=True):
        if model._meta.managed and not model._meta.proxy and model._meta.app_label != "procrastinate":
            yield model


def _missing_columns() -> Iterator[Obstacle]:
    columns: defaultdict[str, set[str]] = defaultdict(set)
    for table, column in _rows(
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = current_schema()"
    ):
        columns[table].add(column)
    for model in _legacy_models():
        table = model._meta.db_table
        missing = {str(field.column) for field in model._meta.local_concrete_fields} - columns[table]
        if missing:
            yield Obstacle(
                f"{table} lacks {', '.join(sorted(missing))}, which its migrations say it has.",
                "Compare the table with a backup, and add what is missing by hand as the backup has it.",
            )


def _unfinished() -> Iterator[Obstacle]:
    for table, name in _rows(
        "SELECT conrelid::regclass::text, conname FROM pg_constraint"
        " WHERE NOT convalidated AND connamespace = current_schema()::regnamespace"
        " AND NOT starts_with(reverse(conname), reverse('_json_filled'))"  # ours, of an interrupted upgrade
    ):
        yield Obstacle(
            f"The constraint {name} of {table} was never checked against the rows that were there before it.",
            f'Run ALTER TABLE {table} VALIDATE CONSTRAINT "{name}"; and mend the rows that it names.',
        )
    for table, name in _rows(
        """
        SELECT indrelid::regclass::text, relname FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
        WHERE NOT indisvalid AND relnamespace = current_schema()::regnamespace AND relname <> ALL(%s)
        """,
        [list(_REBUILT_INDEXES)],
    ):
        yield Obstacle(
            f"The index {name} of {table} is invalid: its building was interrupted.",
            f'Run REINDEX INDEX CONCURRENTLY "{name}";',
        )


def _missing_unique_constraints() -> Iterator[Obstacle]:
    for model in _legacy_models():
        table = model._meta.db_table
        with connection.cursor() as cursor:
            present = {
                tuple(sorted(constraint["columns"]))
                for constraint in connection.introspection.get_constraints(cursor, table).values()
                if constraint["unique"] and constraint["columns"] and None not in constraint["columns"]
            }
        for columns in _unique_columns(model):
            if tuple(sorted(columns)) not in present:
                named = ", ".join(columns)
                yield Obstacle(
                    f"{table} has no unique constraint on ({named}): rows could be doubled.",
                    f"Remove doubled rows, then run ALTER TABLE {table} ADD UNIQUE ({named});",
                )


def _unique_columns(model: type[models.Model]) -> Iterator[list[str]]:
    for names in model._meta.unique_together:
        yield [str(model._meta.get_field(name).column) for name in names]  # type: ignore[union-attr]
    for field in model._meta.local_concrete_fields:
        if field.unique:
            yield [str(field.column)]


def _orphans() -> Iterator[Obstacle]:
    for model in _legacy_models():
        for field in model._meta.local_concrete_fields:
            if not isinstance(field, models.ForeignKey):
                continue
            names = {
                "child": sql.Identifier(model._meta.db_table),
                "column": sql.Identifier(str(field.column)),
                "parent": sql.Identifier(field.related_model._meta.db_table),
                "key": sql.Identifier(str(field.target_field.column)),
            }
            where = sql.SQL(
                "{child} WHERE {column} IS NOT NULL"
                " AND NOT EXISTS (SELECT FROM {parent} WHERE {parent}.{key} = {child}.{column})"
            ).format(**names)
            ((count,),) = _rows(sql.SQL("SELECT count(*) FROM {}").format(where))
            if count:
                yield Obstacle(
                    f"{count:,} rows of {model._meta.db_table} refer by {field.column} to nothing.",
                    f"Look at them, then run DELETE FROM {where.as_string(None)};",  # noqa: S608  (for a person)
                )


def _user() -> str:
    ((name,),) = _rows("SELECT current_user::text")
    return str(name)


def _foreign_tables() -> Iterator[Obstacle]:
    """Tables of somebody else's; the audit trail's are to be those of its own role (`prepare_database`)."""
    trail = [trail_owner.ENTRIES, trail_owner.HEAD]
    foreign = [
        table
        for (table,) in _rows(
            """
            SELECT relname FROM pg_class
            WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r'
                AND NOT pg_has_role(relowner, 'USAGE') AND relname = ANY(%s)
                AND NOT (relname = ANY(%s) AND pg_get_userbyid(relowner) = %s)
            """,
            [
                [model._meta.db_table for model in _legacy_models()],
                trail,
                trail_owner.role_for(_user()),
            ],
        )
    ]
    if foreign:
        yield Obstacle(
            f"This account does not own {', '.join(sorted(foreign))}, and so cannot change them.",
            "Run the upgrade as their owner, or let the owner run REASSIGN OWNED.",
        )


def _hstore_of_others() -> Iterator[Obstacle]:
    others = _rows(
        """
        SELECT table_name, column_name FROM information_schema.columns
        WHERE udt_name = 'hstore' AND table_schema = current_schema()
            AND (table_name, column_name)
                NOT IN (('events_notificationevent', 'context'), ('surveys_survey', 'context'))
        """
    )
    for table, column in others:
        yield Obstacle(
            f"{table}.{column} is an hstore column that is not HERA's, and HERA removes that extension.",
            f"Move the column elsewhere, or turn it into JSON: ALTER TABLE {table} ALTER COLUMN {column}"
            f" TYPE jsonb USING hstore_to_jsonb({column});",
        )


def _long_transactions() -> Iterator[Obstacle]:
    for pid, since in _rows(
        """
        SELECT pid, to_char(xact_start, 'YYYY-MM-DD HH24:MI TZ') FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start < clock_timestamp() - %s::interval
            AND backend_type = 'client backend'
        """,
        [_LONG_TRANSACTION],
    ):
        yield Obstacle(
            f"Another session (process {pid}) has kept a transaction open since {since}.",
            f"Let it end, or end it with SELECT pg_terminate_backend({pid});",
        )


def _announced_again(now: dt.datetime) -> Iterator[Obstacle]:
    for what, keys, until in announced_again(now):
        named = ", ".join(sorted(keys)[:3]) + (", ..." if len(keys) > 3 else "")  # noqa: PLR2004
        yield Obstacle(
            f"{len(keys):,} {what} would come again under another key, such as for {named}.",
            f"Upgrade after {until:%Y-%m-%d %H:%M} UTC, when the last of their windows has closed, or stop both jobs"
            " from the upgrade until then.",
        )
