"""What `migrate` would do to this database: which migrations, on which tables, under which locks, for how long."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from hera.operations.upgrade import records

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from django.db.migrations import Migration
    from django.db.migrations.state import ProjectState

_TABLE = r'"?(?:public"?\."?)?(\w+)"?'
_LOCKS = [
    (re.compile(rf"ALTER TABLE (?:ONLY |IF EXISTS )?{_TABLE}", re.IGNORECASE), "ACCESS EXCLUSIVE"),
    (re.compile(rf"REFERENCES {_TABLE}", re.IGNORECASE), "SHARE ROW EXCLUSIVE"),
    (re.compile(rf"CREATE TRIGGER [^;]*?\bON {_TABLE}", re.IGNORECASE), "SHARE ROW EXCLUSIVE"),
    (re.compile(rf"CREATE (?:UNIQUE )?INDEX \S+ ON {_TABLE}", re.IGNORECASE), "SHARE"),
]


@dataclass(frozen=True)
class LongWork:
    """A migration whose time grows with a table."""

    table: str
    what: str  # empty: it is told by `records`
    rows_per_second: int  # well below what `make bench ARGS=upgrade` measures: a country's machine may be slower
    rewrites: bool = False


LONG_WORK = {
    "events.0021_live_tables": LongWork(
        "events_notificationevent",
        "the context of {rows:,} notifications from hstore to JSON, in batches; a new column, and its index",
        20_000,
        True,
    ),
    "surveys.0011_context_as_json": LongWork(
        "surveys_survey", "the context of {rows:,} surveys from hstore to JSON, in batches", 20_000, True
    ),
    "user_profile.0009_indexes": LongWork(
        "user_profile_userprofile",
        "indexes over the zones and the words of the names of {rows:,} profiles, built beside the writes",
        75_000,
    ),
    "people.0001_ends_of_numbers": LongWork(
        "auth_user", "an index over {rows:,} phone numbers, built beside the writes", 300_000
    ),
    "child_health.0015_pregnancy_plan_index": LongWork(
        "child_health_pregnancy", "an index over {rows:,} pregnancies, built beside the writes", 300_000
    ),
    records.MIGRATION: LongWork("child_health_pastvaccination", "", 10_000),
    "child_health.0020_plan_indexes": LongWork(
        "child_health_child", "indexes over {rows:,} children and the pregnancies, built beside the writes", 300_000
    ),
    "events.0024_announced_once": LongWork(
        "events_notificationevent", "an index over {rows:,} notifications, built beside the writes", 100_000
    ),
    "surveys.0014_asked_once": LongWork(
        "surveys_survey", "an index over {rows:,} surveys, built beside the writes", 100_000
    ),
}
OTHER_WORK = {
    "schema_changes.0001_earlier_databases": "serial ids become identity columns, one table at a time;"
    " ACCESS EXCLUSIVE on each for a moment; the extension hstore goes",
}
SECONDS_A_MIGRATION = 0.05


@dataclass(frozen=True)
class Step:
    name: str
    what: str  # empty: it only makes new tables
    seconds: float
    grows: str = ""  # the table that it writes anew


def planned_steps(now: dt.datetime) -> list[Step]:
    """Every migration that `migrate` would run now, in its order. Reads only."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    existing = set(connection.introspection.table_names())
    state = executor.loader.project_state(
        [node for node in executor.loader.applied_migrations if node in executor.loader.graph.nodes]
    )
    steps = []
    for migration, _backwards in plan:
        name = f"{migration.app_label}.{migration.name}"
        statements, state = _statements(migration, state)
        steps.append(_step(name, statements, existing, now))
    return steps


def _step(name: str, statements: str, existing: set[str], now: dt.datetime) -> Step:
    if (work := LONG_WORK.get(name)) and work.table in existing:
        rows = _rows(work.table)
        seconds = SECONDS_A_MIGRATION + rows / work.rows_per_second
        what = work.what.format(rows=rows) or records.told(connection, now)
        return Step(name, what, seconds, work.table if work.rewrites else "")
    locks = ", ".join(f"{lock} on {table}" for table, lock in _locks(statements, existing))
    return Step(name, OTHER_WORK.get(name, "") or (f"{locks}, for a moment" if locks else ""), SECONDS_A_MIGRATION)


def _locks(statements: str, existing: set[str]) -> Iterator[tuple[str, str]]:
    seen: set[str] = set()
    for pattern, lock in _LOCKS:  # the strongest first
        for table in sorted(set(pattern.findall(statements)) & existing - seen):
            seen.add(table)
            yield table, lock


def _statements(migration: Migration, state: ProjectState) -> tuple[str, ProjectState]:
    with connection.schema_editor(collect_sql=True, atomic=False) as editor:
        state = migration.apply(state, editor, collect_sql=True)
    return "\n".join(editor.collected_sql), state


def _rows(table: str) -> int:
    """About how many rows a table has; exactly, where nobody has counted yet."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples::bigint FROM pg_class WHERE oid = to_regclass(%s)", [table])
        (estimate,) = cursor.fetchone()
        if estimate > 0:
            return int(estimate)
        cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(table)}")  # noqa: S608  (our own name)
        return int(cursor.fetchone()[0])
