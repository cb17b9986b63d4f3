from django.db import migrations, models
from django.db.models import Q

from hera.schema_changes.live import build_index_concurrently

_LOST = ["failed", "expired", "undeliverable"]


def build(_apps, schema_editor):
    build_index_concurrently(
        schema_editor.connection,
        "delivery_lost",
        "CREATE INDEX CONCURRENTLY delivery_lost ON delivery_message (created_at)"
        " WHERE state IN ('failed', 'expired', 'undeliverable')",
    )


class Migration(migrations.Migration):
    atomic = False  # built while messages go out

    dependencies = [("delivery", "0004_withdrawn")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AddIndex(
                    "message",
                    models.Index(fields=["created_at"], condition=Q(state__in=_LOST), name="delivery_lost"),
                )
            ],
        ),
        migrations.RunPython(build, migrations.RunPython.noop),
    ]
