from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction

from hera.core import clock
from hera.operations.upgrade import records
from hera.operations.upgrade.obstacles import obstacles
from hera.operations.upgrade.steps import Step, planned_steps
from hera.operations.upgrade.viewers import viewers
from hera.schema_changes.live import LOCK_TIMEOUT


class Command(BaseCommand):
    help = (
        "Tell what `migrate` would do to this database, how long it would take, which locks it would hold, and"
        " whether anything blocks it. Changes nothing; exits with 1 if something does."
    )
    requires_system_checks: list[str] = []

    def handle(self, *_args: Any, **_options: Any) -> None:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION READ ONLY")
            self._introduce()
            found = list(obstacles(clock.now()))
            for number, obstacle in enumerate(found, 1):
                self.stdout.write(f"\n{number}. {obstacle.what}\n   Mend: {obstacle.mend}")
            if found:
                raise CommandError(f"{len(found)} thing(s) block the upgrade; nothing was changed.")
            self._tell(planned_steps(clock.now()))
            self._tell_viewers()

    def _introduce(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT current_database(), current_setting('server_version'),"
                " pg_size_pretty(pg_database_size(current_database()))"
            )
            name, version, size = cursor.fetchone()
        self.stdout.write(f"Database {name}, {size}, PostgreSQL {version}. This command only reads.")

    def _tell(self, steps: list[Step]) -> None:
        if not steps:
            self.stdout.write(records.left(connection, clock.now()) or "Nothing to do: the database is up to date.")
            return
        telling = [step for step in steps if step.what]
        self.stdout.write(f"\nWhat will change, in {len(steps)} migrations:")
        for step in telling:
            self.stdout.write(f"  {step.name}: {step.what}; about {step.seconds:.1f} s")
        if others := len(steps) - len(telling):
            self.stdout.write(f"  {others} others make new tables or change nothing that is stored.")
        self.stdout.write(
            f"\nAbout {sum(step.seconds for step in steps):.0f} s in all, and up to {self._disk(steps)} more disk."
            f" A lock that stops others is held for milliseconds, and waited for at most {LOCK_TIMEOUT} at a time."
            "\nNothing blocks the upgrade."
        )

    def _tell_viewers(self) -> None:
        self.stdout.write("\nWho of the staff will see people in the panel, and how:")
        for viewer in viewers():
            self.stdout.write(f"  {viewer.name}: {viewer.sees}")

    def _disk(self, steps: list[Step]) -> str:
        """A converted column leaves each row's former version behind until the table is vacuumed."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_size_pretty(coalesce(sum(pg_total_relation_size(to_regclass(name))), 0))"
                " FROM unnest(%s::text[]) name",
                [[step.grows for step in steps if step.grows]],
            )
            (size,) = cursor.fetchone()
        return str(size)
