from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from hera.operations.programs import BackupFailed, unanswered
from hera.operations.restore import restore

if TYPE_CHECKING:
    from django.core.management.base import CommandParser


class Command(BaseCommand):
    help = "Read an encrypted, signed backup into an empty database."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--identity", type=Path, help="the file of age's private key")
        parser.add_argument(
            "--signer", help="minisign's public key of the machine that made the backup, or the file of it"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        if not options["signer"]:
            raise CommandError("Name the public key of the machine that made the backup with --signer: hera-sign.pub.")
        try:
            restore(options["file"], options["identity"], options["signer"])
        except BackupFailed as problem:
            raise CommandError(str(problem)) from problem
        except DatabaseError as problem:
            raise CommandError(unanswered(problem)) from problem
        self.stdout.write("job=restore done=true. Next: manage.py migrate, then start the services.")
