"""Backups of the whole database: PostgreSQL's own dump, encrypted before it touches the disk, and signed.

The machine that makes backups holds only the public key of the encryption: whoever gets hold of a backup reads nothing.
It holds the secret key of the signature: nobody else can make a backup that `restore` takes.
"""

from __future__ import annotations

import datetime as dt
import errno
import hashlib
import os
import re
from typing import TYPE_CHECKING

import httpx

from hera.operations import signatures
from hera.operations.programs import BackupFailed, encryption, no_room, piped, postgresql

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["BackupFailed", "back_up", "checksum", "delete_old", "upload"]

_UPLOAD_SECONDS = 3600
_NAME = "hera-{environment}-{time:%Y%m%dT%H%M%SZ}.dump{suffix}"
_TIME = re.compile(r"-(\d{8}T\d{6}Z)\.dump\.(?:age|gpg)$")


def back_up(folder: Path, recipient: str, signing_key: Path | None, environment: str, now: dt.datetime) -> Path:
    """Write an encrypted dump into `folder`, its signature beside it; returns its file.

    Until both are complete they have other names.

    Args:
        recipient: an age public key (`age1...` or `ssh-...`), or whom GnuPG has a public key of.
        signing_key: the file of minisign's secret key; without one the caller signs.

    Raises:
        BackupFailed: if it could not be made; nothing is left behind then.
    """
    suffix, encrypt = encryption(recipient)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return _written(folder, suffix, encrypt, signing_key, environment, now)
    except OSError as problem:
        if problem.errno == errno.ENOSPC:
            raise BackupFailed(no_room(folder)) from None
        raise BackupFailed(
            f"The backup could not be written into {folder} ({problem.strerror}): there is none of tonight. Look who"
            f" owns that folder with ls -ld {folder}, then run it again."
        ) from None


def _written(
    folder: Path, suffix: str, encrypt: list[str], signing_key: Path | None, environment: str, now: dt.datetime
) -> Path:
    complete = folder / _NAME.format(environment=environment, time=now.astimezone(dt.UTC), suffix=suffix)
    partial = complete.with_suffix(".part")
    unready = signatures.beside(partial)
    dump = [postgresql("pg_dump"), "--format=custom", "--no-owner", "--no-privileges"]
    try:
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            with piped(dump, encrypt, file):
                pass
            os.fsync(file.fileno())
        if signing_key:
            signatures.sign(partial, complete.name, signing_key, unready)
            unready.replace(signatures.beside(complete))
        partial.replace(complete)
    finally:
        partial.unlink(missing_ok=True)
        unready.unlink(missing_ok=True)
    return complete


def checksum(file: Path) -> str:
    """SHA-256 of a file, as hexadecimal digits."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def upload(file: Path, address: str) -> None:
    """Send a file to an address that takes it with PUT, such as a signed one of S3.

    Raises:
        BackupFailed: if it is not taken; the file stays.
    """
    headers = {"Content-Length": str(file.stat().st_size)}  # S3 takes nothing of unknown length
    try:
        with file.open("rb") as content:
            answer = httpx.put(address, content=content, headers=headers, timeout=_UPLOAD_SECONDS)
    except httpx.HTTPError as error:
        raise BackupFailed(f"{file.name} was not sent ({type(error).__name__}): run it again.") from None
    if not answer.is_success:
        raise BackupFailed(f"{file.name} was not taken ({answer.status_code}): is the address still good?")


def delete_old(folder: Path, kept: dt.timedelta, now: dt.datetime) -> list[Path]:
    """Delete backups older than `kept`, with their signatures; the newest stays, however old it is. Other files are not
    touched."""
    made = sorted((match[1], path) for path in folder.iterdir() if (match := _TIME.search(path.name)))
    oldest = (now.astimezone(dt.UTC) - kept).strftime("%Y%m%dT%H%M%SZ")
    old = [path for time, path in made[:-1] if time < oldest]
    for path in old:
        path.unlink()
        signatures.beside(path).unlink(missing_ok=True)
    return old
