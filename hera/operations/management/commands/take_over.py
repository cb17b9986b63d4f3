from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import psycopg
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from hera import config
from hera.operations.programs import BackupFailed, last_line
from hera.operations.take_over import serves, take_over

if TYPE_CHECKING:
    from django.core.management.base import CommandParser


class Command(BaseCommand):
    help = (
        "Copy another HERA's database into the place of this one, which has served nobody, as the administrator in"
        " HERA_DB_ADMIN_SECRET; every row is compared first. The old one is only read. Its password is in PGPASSWORD."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("source", nargs="?", help="the old server: postgresql://USER@HOST:5432/postgres")
        said = parser.add_mutually_exclusive_group()
        said.add_argument("--serves", action="store_true", help="the copy serves from now on: no other takes its place")
        said.add_argument("--serves-no-more", action="store_true", help="it serves no more: another may take its place")

    def handle(self, *_args: Any, **options: Any) -> None:
        wanted = settings.HERA.database
        if wanted is None:
            raise CommandError("HERA_DB_SECRET and DATABASE_URL are not set: one of them names the database to make.")
        said = options["serves"] or options["serves_no_more"]
        if bool(options["source"]) == said:
            raise CommandError("Name the old server, or say --serves or --serves-no-more: one of them.")
        try:
            admin = config.database_admin(os.environ)
            if said:
                serves(wanted, admin, yes=options["serves"])
                self.stdout.write(f"job=take_over serves={str(options['serves']).lower()}")
                return
            tables = take_over(options["source"], wanted, admin)
        except (config.ConfigError, BackupFailed) as problem:
            raise CommandError(str(problem)) from problem
        except psycopg.Error as problem:
            raise CommandError(
                f"PostgreSQL refuses, or does not answer: {last_line(str(problem))}. Nothing was put in place."
            ) from problem
        for table in tables:
            if table.there or table.here:
                self.stdout.write(f"{table.name:<50} old {table.there:>10} new {table.here:>10}")
        rows = sum(table.here for table in tables)
        self.stdout.write(f"job=take_over tables={len(tables)} rows={rows} same=true")
