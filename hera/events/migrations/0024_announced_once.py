import django.db.models.fields.json
from django.db import migrations, models

from hera.schema_changes.live import build_index_concurrently, drop_unique


def build(_apps, schema_editor):
    build_index_concurrently(
        schema_editor.connection,
        "events_announced_once",
        """
        CREATE UNIQUE INDEX CONCURRENTLY events_announced_once
        ON events_notificationevent (event_key, schedule_id, (context ->> 'date'))
        """,
    )
    drop_unique(schema_editor.connection, "events_notificationevent", ["event_key", "schedule_id"])
    build_index_concurrently(
        schema_editor.connection,
        "events_withdrawn",
        """
        CREATE INDEX CONCURRENTLY events_withdrawn
        ON events_notificationevent (notification_expires_at) WHERE withdrawn_at IS NOT NULL
        """,
    )


class Migration(migrations.Migration):
    """Another date is another announcement."""

    atomic = False  # the index is built while people sign in; it can be interrupted and run again

    dependencies = [("events", "0023_withdrawn")]

    operations = [
        migrations.RunPython(build, migrations.RunPython.noop),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AddConstraint(
                    model_name="notificationevent",
                    constraint=models.UniqueConstraint(
                        models.F("event_key"),
                        models.F("schedule"),
                        django.db.models.fields.json.KeyTextTransform("date", "context"),
                        name="events_announced_once",
                    ),
                ),
                migrations.AlterUniqueTogether(name="notificationevent", unique_together=set()),
                migrations.AddIndex(
                    model_name="notificationevent",
                    index=models.Index(
                        condition=models.Q(("withdrawn_at__isnull", False)),
                        fields=["notification_expires_at"],
                        name="events_withdrawn",
                    ),
                ),
            ],
        ),
    ]
