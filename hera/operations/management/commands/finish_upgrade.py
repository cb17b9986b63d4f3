from __future__ import annotations

import datetime as dt
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from hera.child_health import earlier_records
from hera.child_health.plan import stored
from hera.core import clock
from hera.core.ports import announcements
from hera.operations.upgrade import records


class Command(BaseCommand):
    help = (
        "Take over what the earlier HERA wrote between `migrate` and its end: pregnancies beside a running one, ticks"
        " without records. To be run once it is stopped; run again it finds nothing."
    )

    def handle(self, *_args: Any, **_options: Any) -> None:
        if tuple(records.MIGRATION.split(".")) not in MigrationRecorder(connection).applied_migrations():
            raise CommandError("This database is not upgraded yet: run migrate first.")
        people = earlier_records.take_over(connection, clock.now())
        stored.catch_up(within=dt.timedelta.max)
        announcements().look_again(sorted(people))
        self.stdout.write(f"Taken over: records of {len(people):,} people.")
