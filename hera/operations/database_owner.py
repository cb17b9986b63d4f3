"""The user that HERA connects as: owns one database, and may do nothing else on the server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

from hera.schema_changes import trail_owner

if TYPE_CHECKING:
    from hera.config import Database

_NO_MORE = sql.SQL("LOGIN NOCREATEDB NOCREATEROLE")


def prepare(wanted: Database, admin_name: str, admin_password: str) -> list[str]:
    """Make the user and the database that `wanted` names, or set the user's password anew; says what was done.

    The audit trail of that database is given to a role of its own, now or when the trail is made.

    The administrator may be one as RDS gives it: no superuser, but allowed to make users and databases.

    Raises:
        psycopg.Error: if the server does not answer or refuses.
    """
    server: dict[str, Any] = {"host": wanted.host, "port": wanted.port, "user": admin_name, "password": admin_password}
    owner, database = sql.Identifier(wanted.user), sql.Identifier(wanted.name)
    done = []
    with psycopg.connect(**server, dbname="postgres", autocommit=True, connect_timeout=10) as connection:
        # Hashed here: the password itself is never in a statement, so in no log either.
        hashed = connection.pgconn.encrypt_password(wanted.password.encode(), wanted.user.encode(), b"scram-sha-256")
        known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [wanted.user]).fetchone()
        # An administrator who is no superuser may not even say again that somebody else is none.
        role = sql.SQL("ALTER ROLE {}" if known else "CREATE ROLE {} NOSUPERUSER NOREPLICATION").format(owner)
        connection.execute(sql.SQL("{} {} PASSWORD {}").format(role, _NO_MORE, sql.Literal(hashed.decode())))
        done.append(f"user {wanted.user} {'kept, its password set' if known else 'made'}")
        connection.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(owner))  # or it could not be given the database
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [wanted.name]).fetchone():
            done.append(f"database {wanted.name} kept")
        else:
            connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(database, owner))
            done.append(f"database {wanted.name} made")
        connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database))
    with psycopg.connect(**server, dbname=wanted.name, connect_timeout=10) as connection:
        done.append(trail_owner.separate(connection, wanted.user))
    return done
