from __future__ import annotations

import os
from typing import Any

import psycopg
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from hera import config
from hera.operations import database_owner


class Command(BaseCommand):
    help = "Make the database of the settings and its user, as the administrator in HERA_DB_ADMIN_SECRET."
    requires_system_checks: list[str] = []

    def handle(self, *_args: Any, **_options: Any) -> None:
        wanted = settings.HERA.database
        if wanted is None:
            raise CommandError("HERA_DB_SECRET and DATABASE_URL are not set: one of them names the database to make.")
        try:
            name, password = config.database_admin(os.environ)
        except config.ConfigError as wrong:
            raise CommandError(str(wrong)) from wrong
        try:
            done = database_owner.prepare(wanted, name, password)
        except psycopg.Error as problem:
            raise CommandError(f"PostgreSQL at {wanted.host} refuses {name}: {str(problem).strip()}") from problem
        self.stdout.write("; ".join(done))
