"""Another HERA's database taken over: read as of one instant, held against what was written, then put in place.

The old one is only read. The copy is made beside the database that is there, which makes way in one transaction once
every row of the copy is proven; a copy that is stopped leaves something half that the next one clears away, and nothing
else (ADR 26).
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import psycopg
from django.db import connection
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from hera.operations import database_owner
from hera.operations.programs import PLAIN, BackupFailed, piped, postgresql

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hera.config import Database

_PEOPLE = "user_profile_userprofile"
_COPIED = "HERA: copied from another one; it does not serve, and a further copy may take its place"
_ONE_AT_A_TIME = 20261127
_SECONDS_TO_CONNECT = 10
# A row is compared as text: both servers have to write it alike.
_ALIKE = (
    "-c timezone=UTC -c datestyle=ISO,YMD -c intervalstyle=postgres -c extra_float_digits=1 -c bytea_output=hex"
    " -c search_path=public"
)


@dataclass(frozen=True)
class Table:
    """A table of the old database and of the copy: rows in each, and whether they say the same."""

    name: str
    there: int
    here: int
    same: bool


def take_over(source: str, wanted: Database, admin: tuple[str, str]) -> list[Table]:
    """Copy the database of another HERA into the place of `wanted`, which has served nobody yet.

    Args:
        source: libpq's address of the old server, without a password (PGPASSWORD has it); the database on it is found.
        admin: name and password of who may make users and databases on the server of `wanted`.

    Returns:
        Every table, compared.

    Raises:
        BackupFailed: if somebody could still write to the old one, `wanted` holds people of its own, or a row differs;
            what was in place stays in place.
        psycopg.Error: if a server does not answer or refuses.
    """
    database_owner.prepare(wanted, *admin)
    copy = replace(wanted, name=f"{wanted.name}_incoming")
    with _administrator(wanted, admin, "postgres") as server:
        if not server.execute("SELECT pg_try_advisory_lock(%s)", [_ONE_AT_A_TIME]).fetchone()[0]:
            raise BackupFailed("Another copy is at work on this server. Once it has ended, run this again.")
        _refuse_if_it_serves(wanted, admin)
        with _old(source) as old:
            _refuse_writers(old)
            _drop(server, f"{wanted.name}_replaced", copy.name)
            database_owner.prepare(copy, *admin)
            _copy(old, copy)
            compared = _compared(old, copy)
            _refuse_writers(old)  # also who came while it was copied
        if wrong := [table.name for table in compared if not table.same]:
            _drop(server, copy.name)
            raise BackupFailed(
                f"The copy differs from the old database in {', '.join(wrong)}: it was thrown away, and the old one"
                " serves on. Run this again."
            )
        _put_in_place(server, wanted.name, copy.name)
    return compared


def serves(wanted: Database, admin: tuple[str, str], *, yes: bool) -> None:
    """Say of a copy that it serves from now on, so that no further one takes its place; or that it serves no more.

    Raises:
        psycopg.Error: if the server does not answer or refuses.
    """
    said = sql.SQL("NULL") if yes else sql.Literal(_COPIED)
    with _administrator(wanted, admin, "postgres") as server:
        server.execute(sql.SQL("COMMENT ON DATABASE {} IS {}").format(sql.Identifier(wanted.name), said))


@contextlib.contextmanager
def _administrator(wanted: Database, admin: tuple[str, str], database: str) -> Iterator[Any]:
    name, password = admin
    with psycopg.connect(
        host=wanted.host, port=wanted.port, user=name, password=password, dbname=database, autocommit=True,
        connect_timeout=_SECONDS_TO_CONNECT,
    ) as made:  # fmt: skip
        yield made


def _refuse_if_it_serves(wanted: Database, admin: tuple[str, str]) -> None:
    with _administrator(wanted, admin, wanted.name) as here:
        copied = here.execute(
            "SELECT shobj_description(oid, 'pg_database') = %s FROM pg_database WHERE datname = current_database()",
            [_COPIED],
        ).fetchone()[0]
        people = _people(here)
    if people and not copied:
        raise BackupFailed(
            f"The database {wanted.name} holds {people} people of its own, whom a copy would remove. Nothing was"
            " changed. Copy into an environment that has served nobody."
        )


def _people(database: Any) -> int:
    if database.execute("SELECT to_regclass(%s)", [f"public.{_PEOPLE}"]).fetchone()[0] is None:
        return 0
    counted = sql.SQL("SELECT count(*) FROM public.{}").format(sql.Identifier(_PEOPLE))
    return int(database.execute(counted).fetchone()[0])


@contextlib.contextmanager
def _old(source: str) -> Iterator[Any]:
    """The old database, only read, and all of it as it is at this instant."""
    parts: dict[str, Any] = {**conninfo_to_dict(source), "connect_timeout": _SECONDS_TO_CONNECT, "options": _ALIKE}
    if "password" in parts:
        raise BackupFailed("A list of processes shows the address: give the old one's password in PGPASSWORD.")
    with psycopg.connect(**parts) as server:
        names = [
            name
            for (name,) in server.execute(
                "SELECT datname FROM pg_database WHERE datallowconn AND NOT datistemplate"
                " AND has_database_privilege(datname, 'CONNECT') AND datname <> 'rdsadmin' ORDER BY 1"
            )
        ]
    having = []
    for name in names:  # a handful: a connection sees one database alone
        with psycopg.connect(**{**parts, "dbname": name}) as database:
            if database.execute("SELECT to_regclass(%s)", [f"public.{_PEOPLE}"]).fetchone() != (None,):
                having.append(name)
    if len(having) != 1:
        raise BackupFailed(
            f"Of the old server's databases {', '.join(having) or 'none'} holds HERA's tables; one should."
            " Nothing was changed. Rename those databases that are not the country's."
        )
    with psycopg.connect(**{**parts, "dbname": having[0]}) as old:
        old.isolation_level, old.read_only = psycopg.IsolationLevel.REPEATABLE_READ, True
        yield old


def _refuse_writers(old: Any) -> None:
    old.execute("SELECT pg_stat_clear_snapshot()")
    others = old.execute(
        "SELECT usename, count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND pid <> pg_backend_pid() AND usename IS NOT NULL AND usename <> 'rdsadmin' GROUP BY 1 ORDER BY 1"
    ).fetchall()
    if others:
        who = ", ".join(f"{name} ({count})" for name, count in others)
        raise BackupFailed(
            f"Somebody is still connected to the old database: {who}. What a mother enters there now would be missing"
            " here. Nothing was put in place; stop the old service, its worker and its jobs, then run this again."
        )


def _drop(server: Any, *names: str) -> None:
    for name in names:  # two
        server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _copy(old: Any, copy: Database) -> None:
    """`pg_dump | pg_restore`, as of the instant that `old` sees."""
    (instant,) = old.execute("SELECT pg_export_snapshot()").fetchone()
    dump, load = postgresql("pg_dump"), postgresql("pg_restore")
    connection.close()  # or its database could not make way
    told = old.info.get_parameters()
    where = {
        "PGHOST": old.info.host, "PGPORT": str(old.info.port), "PGUSER": old.info.user, "PGDATABASE": old.info.dbname,
        "PGPASSWORD": old.info.password, **{f"PG{key.upper()}": told[key] for key in told if key.startswith("ssl")},
    }  # fmt: skip
    reading = [dump, "--format=custom", "--compress=0", f"--snapshot={instant}", *PLAIN]
    writing = [load, "--single-transaction", "--exit-on-error", *PLAIN, f"--dbname={copy.name}"]
    with piped(reading, writing, None, of_first=where):
        pass


def _compared(old: Any, copy: Database) -> list[Table]:
    with psycopg.connect(
        host=copy.host, port=copy.port, user=copy.user, password=copy.password, dbname=copy.name, options=_ALIKE,
        connect_timeout=_SECONDS_TO_CONNECT,
    ) as here:  # fmt: skip
        new, known = _contents(here), _contents(old)
    return [
        Table(name, known.get(name, (0, 0))[0], new.get(name, (0, 0))[0], known.get(name) == new.get(name))
        for name in sorted(known.keys() | new.keys())
    ]


def _contents(database: Any) -> dict[str, tuple[int, int]]:
    """Of each table its rows, and a sum of what they say that no order changes."""
    names = database.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1").fetchall()
    each = sql.SQL(
        "SELECT {}, count(*), coalesce(sum(('x' || left(md5(t::text), 15))::bit(60)::bigint), 0) FROM public.{} AS t"
    )
    asked = sql.SQL(" UNION ALL ").join(each.format(sql.Literal(name), sql.Identifier(name)) for (name,) in names)
    return {name: (rows, said) for name, rows, said in database.execute(asked)}


def _put_in_place(server: Any, place: str, copy: str) -> None:
    """The copy takes the place's name in one transaction; what was there is removed after it."""
    here, new, old = sql.Identifier(place), sql.Identifier(copy), sql.Identifier(f"{place}_replaced")
    with server.transaction():
        server.execute(sql.SQL("COMMENT ON DATABASE {} IS {}").format(new, sql.Literal(_COPIED)))
        try:
            server.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(here, old))
        except psycopg.errors.ObjectInUse:
            raise BackupFailed(
                f"Somebody is connected to {place}, whose place the copy is to take. Nothing was changed there: stop"
                " the new service, then run this again."
            ) from None
        server.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(new, here))
    _drop(server, f"{place}_replaced")
