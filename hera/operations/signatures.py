"""Signatures of backups, made and verified by minisign: who made this file, and which backup it is.

Whoever has the public key of age can encrypt a backup; only the machine that makes them can sign one. What is signed
with the contents is the file's name, which holds the environment and the time: an old backup cannot be passed off as a
new one, nor a rehearsal's as production's.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

from hera.operations.programs import BackupFailed, installed, is_no_room, last_line, no_room

SUFFIX = ".minisig"
_SIGNED_AS = "hera backup "


def beside(file: Path) -> Path:
    """Where the signature of a backup is."""
    return file.with_name(file.name + SUFFIX)


def sign(file: Path, name: str, key: Path, signature: Path) -> None:
    """Sign what is in `file` as the backup called `name`.

    Args:
        key: the file of minisign's secret key, made without a password: no one is there at night to type it.
        signature: where the signature is written.

    Raises:
        BackupFailed: if the key cannot be used.
    """
    if not key.is_file():
        raise BackupFailed(f"There is no signing key {key}: make one with minisign -G -W -s {key}.")
    command = [installed("minisign"), "-S", "-q", "-s", str(key), "-m", str(file), "-x", str(signature)]
    # The file's own words about itself hold nothing that an attacker could not write: "untrusted", as minisign says.
    made = _run([*command, "-t", _SIGNED_AS + name, "-c", "signature of a backup of HERA"])
    if is_no_room(made.stderr):
        raise BackupFailed(no_room(signature.parent))
    if made.returncode or not signature.is_file():
        raise BackupFailed(
            f"The backup could not be signed ({last_line(made.stderr + made.stdout)}): HERA_BACKUP_SIGNING_KEY wants"
            " the file of a secret key without a password, made with minisign -G -W."
        )


def verify(file: Path, signer: str) -> None:
    """Return if `file` is what the owner of the key signed, under the name that it has.

    Args:
        signer: minisign's public key, or the file of it.

    Raises:
        BackupFailed: if it is not, with what to do.
    """
    signature = beside(file)
    if not signature.is_file():
        raise BackupFailed(
            f"There is no signature {signature.name} beside the backup: fetch it from where the backup is."
        )
    key = ["-p", signer] if Path(signer).is_file() else ["-P", signer]
    checked = _run([installed("minisign"), "-V", "-Q", *key, "-m", str(file), "-x", str(signature)])
    if checked.returncode:
        raise BackupFailed(
            f"{file.name} is not what was signed ({last_line(checked.stderr + checked.stdout)}): do not restore it."
            " Fetch it anew, or take another backup; look whether the public key is the right one."
        )
    signed_as = checked.stdout.strip().removeprefix(_SIGNED_AS)
    if signed_as != file.name:
        raise BackupFailed(
            f"{file.name} was signed as {signed_as}: it is that backup, renamed. If it is the one you want, give it"
            " and its signature that name."
        )


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
