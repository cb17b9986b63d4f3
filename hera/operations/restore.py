"""A backup read back: only one that is ours, into an empty database, by a user who can do nothing but own it."""

from __future__ import annotations

import io
import subprocess
from typing import TYPE_CHECKING

from django.db import connection

from hera.operations import dump_contents, signatures
from hera.operations.programs import PLAIN, BackupFailed, decryption, last_line, piped, postgresql

if TYPE_CHECKING:
    from pathlib import Path

# Roles of PostgreSQL that can run programs or reach files, and RDS's administrators.
_POWERFUL = ("pg_execute_server_program", "pg_read_server_files", "pg_write_server_files", "rds_superuser")


def restore(file: Path, identity: Path | None, signer: str) -> None:
    """Read a backup into the database of the settings, which must be empty; all of it or nothing.

    Args:
        identity: the file of the private key of age; GnuPG finds its own.
        signer: minisign's public key of the machine that made the backup, or the file of it.

    Raises:
        BackupFailed: if it is no backup of ours, the key is not the one, or the database or its user is not fit.
    """
    if not file.is_file():
        raise BackupFailed(f"There is no file {file}.")
    signatures.verify(file, signer)
    decrypt = decryption(file, identity)
    _refuse_powerful_user()
    if tables := connection.introspection.table_names():
        raise BackupFailed(
            f"This database has {len(tables)} tables already. Make an empty one, name it in DATABASE_URL or"
            " HERA_DB_SECRET, and restore there."
        )
    program = postgresql("pg_restore")
    connection.close()
    # Once through, before anything is read of it: a file that was cut short shows it only at its end.
    checked = subprocess.run(  # noqa: S603
        decrypt, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False
    )
    if checked.returncode:
        raise BackupFailed(f"The backup cannot be decrypted ({last_line(checked.stderr)}): is the key the right one?")
    _look_through(decrypt, program, list(PLAIN))
    name = connection.settings_dict["NAME"]
    with piped(decrypt, [program, "--single-transaction", "--exit-on-error", *PLAIN, f"--dbname={name}"], None):
        pass


def _look_through(decrypt: list[str], program: str, least: list[str]) -> None:
    """Ask for the table of contents, then for every statement; neither runs anything."""
    with piped(decrypt, [program, "--list"], subprocess.PIPE, reads_all=False) as listed:
        assert listed is not None
        dump_contents.check_entries(io.TextIOWrapper(listed, errors="replace").read().splitlines())
    with piped(decrypt, [program, *least, "--file=-"], subprocess.PIPE) as statements:
        assert statements is not None
        dump_contents.check_statements(io.TextIOWrapper(statements, errors="replace", newline="\n"))


def _refuse_powerful_user() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_user, (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) OR EXISTS ("
            "SELECT FROM pg_roles WHERE rolname = ANY(%s) AND pg_has_role(current_user, oid, 'MEMBER'))",
            [list(_POWERFUL)],
        )
        user, powerful = cursor.fetchone()
    if powerful:
        raise BackupFailed(
            f"{user} may run programs on the database's server, and a backup must not: make a plain user with"
            " createuser, a database that it owns with createdb --owner, and name both in DATABASE_URL."
        )
