from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from hera.core import clock
from hera.operations import backup

if TYPE_CHECKING:
    from django.core.management.base import CommandParser


class Command(BaseCommand):
    help = "Write an encrypted backup of the database into a folder, and delete old ones there."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument("--keep-days", type=int, default=30, help="delete older backups (default: 30)")

    def handle(self, *_args: Any, **options: Any) -> None:
        recipient = settings.HERA.backup_recipient
        if not recipient:
            raise CommandError(
                "HERA_BACKUP_RECIPIENT is not set: it wants the public key that backups are encrypted for. Make a pair"
                " with age-keygen -o hera-backup.key on another machine, and keep that file there."
            )
        now = clock.now()
        try:
            made = backup.back_up(options["folder"], recipient, settings.HERA.environment, now)
        except backup.BackupFailed as problem:
            raise CommandError(str(problem)) from problem
        size = made.stat().st_size
        if address := settings.HERA.backup_upload_url:
            try:
                backup.upload(made, address)
            except backup.BackupFailed as problem:
                raise CommandError(str(problem)) from problem
            made.unlink()
            self.stdout.write(f"job=backup sent={made.name} bytes={size}")
            return
        deleted = backup.delete_old(options["folder"], dt.timedelta(days=options["keep_days"]), now)
        self.stdout.write(f"job=backup file={made} bytes={size} deleted={len(deleted)}")
