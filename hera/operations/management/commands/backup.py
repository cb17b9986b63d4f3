from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from hera.core import clock
from hera.operations import backup, signatures
from hera.operations.programs import unanswered

if TYPE_CHECKING:
    from django.core.management.base import CommandParser


class Command(BaseCommand):
    help = "Write an encrypted, signed backup of the database into a folder, and delete old ones there."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument("--keep-days", type=int, default=30, help="delete older backups (default: 30)")
        parser.add_argument("--unsigned", action="store_true", help="whoever calls this signs the file herself")

    def handle(self, *_args: Any, **options: Any) -> None:
        key = None if options["unsigned"] else _signing_key()
        now = clock.now()
        try:
            made = backup.back_up(options["folder"], _recipient(), key, settings.HERA.environment, now)
            facts = f"bytes={made.stat().st_size} sha256={backup.checksum(made)}"
            if address := settings.HERA.backup_upload_url:
                self._send(made, address, signed=key is not None)
                self.stdout.write(f"job=backup sent={made.name} {facts}")
                return
        except backup.BackupFailed as problem:
            raise CommandError(str(problem)) from problem
        except DatabaseError as problem:
            raise CommandError(unanswered(problem)) from problem
        deleted = backup.delete_old(options["folder"], dt.timedelta(days=options["keep_days"]), now)
        self.stdout.write(f"job=backup file={made} {facts} deleted={len(deleted)}")

    def _send(self, made: Path, address: str, *, signed: bool) -> None:
        """The signature first: a backup that has arrived can be verified."""
        signature = signatures.beside(made)
        if signed:
            backup.upload(signature, settings.HERA.backup_signature_upload_url)
        backup.upload(made, address)
        made.unlink()
        signature.unlink(missing_ok=True)


def _recipient() -> str:
    if not settings.HERA.backup_recipient:
        raise CommandError(
            "HERA_BACKUP_RECIPIENT is not set: it wants the public key that backups are encrypted for. Make a pair"
            " with age-keygen -o hera-backup.key on another machine, and keep that file there."
        )
    return str(settings.HERA.backup_recipient)


def _signing_key() -> Path:
    if not settings.HERA.backup_signing_key:
        raise CommandError(
            "HERA_BACKUP_SIGNING_KEY is not set: it wants the file of the secret key that backups are signed with. Make"
            " a pair here with minisign -G -W -s hera-sign.key -p hera-sign.pub, and copy hera-sign.pub to where you"
            " restore."
        )
    if settings.HERA.backup_upload_url and not settings.HERA.backup_signature_upload_url:
        raise CommandError(
            "HERA_BACKUP_SIGNATURE_UPLOAD_URL is not set: it wants the address that takes the backup's signature with"
            " PUT."
        )
    return Path(settings.HERA.backup_signing_key)
