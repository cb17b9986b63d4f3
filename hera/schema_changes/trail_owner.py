"""Whose the audit trail is: a role that nobody signs in as, so that the application may add to it and read it only.

`prepare_database` makes the role, as the administrator. On a new database it also lends it to the application's user,
until the migration that makes the trail has handed it over and calls `hera_seal_trail()`, which takes the loan back.
A trail that is there already is handed over by the administrator at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from psycopg import sql

if TYPE_CHECKING:
    from collections.abc import Iterator

ENTRIES, HEAD = "custom_user_auditentry", "custom_user_audithead"
_FUNCTIONS = (
    "custom_user_audit_link()",
    "custom_user_audit_is_append_only()",
    "custom_user_audit_forget(integer)",
)
MEND = (
    "run manage.py prepare_database with HERA_DB_ADMIN_SECRET,"
    " or give what manage.py audit separate --sql prints to psql as the server's administrator"
)


def role_for(application: str) -> str:
    """The role that owns the trail of the database whose application connects as this user."""
    return f"{application}_trail"


def ownership(application: str) -> Iterator[sql.Composed]:
    """The statements that make the trail another's. Whoever runs them is a member of both roles, or a superuser.

    The schema changes hands too: its owner could drop the trail's tables.
    """
    user, owner = sql.Identifier(application), sql.Identifier(role_for(application))
    yield sql.SQL("GRANT USAGE, CREATE ON SCHEMA public TO {}").format(owner)
    for table in (ENTRIES, HEAD):
        yield sql.SQL("ALTER TABLE public.{} OWNER TO {}").format(sql.Identifier(table), owner)
        yield sql.SQL("REVOKE ALL ON public.{} FROM PUBLIC, {}").format(sql.Identifier(table), user)
        yield sql.SQL("GRANT SELECT ON public.{} TO {}").format(sql.Identifier(table), user)
    yield sql.SQL("GRANT INSERT ON public.{} TO {}").format(sql.Identifier(ENTRIES), user)
    sequence = sql.Identifier(f"{ENTRIES}_id_seq")
    yield sql.SQL("GRANT USAGE, SELECT ON SEQUENCE public.{} TO {}").format(sequence, user)
    for function in _FUNCTIONS:
        named = sql.SQL("public." + function)  # constants of this module
        yield sql.SQL("ALTER FUNCTION {} OWNER TO {}").format(named, owner)
        yield sql.SQL("GRANT EXECUTE ON FUNCTION {} TO {}").format(named, user)
    yield sql.SQL("ALTER SCHEMA public OWNER TO {}").format(owner)
    yield sql.SQL("GRANT USAGE, CREATE ON SCHEMA public TO {}").format(user)


def role(application: str) -> Iterator[sql.Composed]:
    """The statements that make the role, unless it is there."""
    owner = role_for(application)
    make = sql.SQL("CREATE ROLE {} NOLOGIN NOCREATEDB NOCREATEROLE").format(sql.Identifier(owner))
    yield sql.SQL(
        "DO $do$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = {}) THEN {}; END IF; END $do$"
    ).format(sql.Literal(owner), make)


def no_loan() -> sql.SQL:
    """The statement that removes the way to end a loan, when none is open."""
    return sql.SQL("DROP FUNCTION IF EXISTS public.hera_seal_trail()")


def take_back(application: str) -> sql.Composed:
    """The statement that ends the loan of the trail's role to the application's user."""
    owner, user = sql.Identifier(role_for(application)), sql.Identifier(application)
    return sql.SQL("REVOKE {} FROM {}").format(owner, user)


def lend(application: str) -> Iterator[sql.Composed]:
    """The statements that let the next migration hand the trail over, once; the administrator runs them."""
    owner, user = sql.Identifier(role_for(application)), sql.Identifier(application)
    yield sql.SQL("GRANT {} TO {}").format(owner, user)
    yield sql.SQL(
        "CREATE OR REPLACE FUNCTION public.hera_seal_trail() RETURNS void LANGUAGE plpgsql"
        " SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS"
        " $fn$ BEGIN {}; DROP FUNCTION public.hera_seal_trail(); END $fn$"
    ).format(take_back(application))


def separate(connection: Any, application: str) -> str:
    """Make the trail another's, or prepare that the next migration does; says which. `connection`: psycopg's.

    Whoever is connected may make roles, and is connected to the application's database.

    Raises:
        psycopg.Error: if the server refuses.
    """
    for statement in role(application):
        connection.execute(statement)
    owner = sql.Identifier(role_for(application))
    connection.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(owner))  # or nothing could be given to it
    if connection.execute("SELECT to_regclass(%s)", [f"public.{HEAD}"]).fetchone()[0] is None:
        for statement in lend(application):
            connection.execute(statement)
        return "the audit trail will be another's when it is made"
    for statement in ownership(application):
        connection.execute(statement)
    connection.execute(take_back(application))
    connection.execute(no_loan())
    return f"the audit trail belongs to {role_for(application)}"


def hand_over_if_prepared(connection: Any) -> bool:
    """Give the trail away, where the administrator has prepared it; `connection`: Django's. Returns whether it was."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, to_regprocedure('public.hera_seal_trail()')")
        application, seal = cursor.fetchone()
        if seal is None:
            return False
        for statement in ownership(application):
            cursor.execute(statement)
        cursor.execute("SELECT public.hera_seal_trail()")
    return True


def why_not_separated(connection: Any) -> str:
    """Why the user of this connection could change the trail all the same; empty if she could not."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT current_user, (SELECT rolsuper FROM pg_roles WHERE rolname = current_user),
                pg_has_role(relowner, 'MEMBER') OR pg_has_role(nspowner, 'MEMBER')
                OR has_table_privilege(c.oid, 'UPDATE, DELETE, TRUNCATE, TRIGGER')
            FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = relnamespace
            WHERE c.oid IN (to_regclass(%s), to_regclass(%s)) ORDER BY 3 DESC LIMIT 1
            """,
            [f"public.{ENTRIES}", f"public.{HEAD}"],
        )
        user, is_superuser, could = cursor.fetchone()
    if is_superuser:
        return f"the application connects as {user}, a superuser, who can change it: name another user in DATABASE_URL"
    return f"the application's user {user} could change it: {MEND}" if could else ""
