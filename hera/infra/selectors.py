"""Is this environment able to do its work?"""

from __future__ import annotations

import datetime as dt

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateWorker

WORKER_SILENT_AFTER = dt.timedelta(seconds=60)


def reasons_not_ready() -> list[str]:
    """What is wrong, each with its mend; empty if all is well."""
    try:
        connection.ensure_connection()
    except DatabaseError as problem:
        return [f"the database does not answer ({type(problem).__name__}): check HERA_DB_SECRET and the server"]
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return ["migrations are missing: run manage.py migrate"]
    latest = ProcrastinateWorker.objects.order_by("-last_heartbeat").values_list("last_heartbeat", flat=True).first()
    if latest is None or latest < timezone.now() - WORKER_SILENT_AFTER:
        return ["no delivery worker has been heard of for a minute: start manage.py deliver"]
    return []
