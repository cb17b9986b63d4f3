from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError

from hera.operations import backup

if TYPE_CHECKING:
    from django.core.management.base import CommandParser


class Command(BaseCommand):
    help = "Read an encrypted backup into an empty database."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--identity", type=Path, help="the file of age's private key")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            backup.restore(options["file"], options["identity"])
        except backup.BackupFailed as problem:
            raise CommandError(str(problem)) from problem
        self.stdout.write("job=restore done=true. Next: manage.py migrate, then start the services.")
