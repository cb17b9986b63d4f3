import django.db.models.deletion
from django.db import migrations, models

from hera.core.schema_changes import add_foreign_key, build_index_concurrently


def change(_apps, schema_editor):
    add_foreign_key(
        schema_editor.connection, "events_notificationevent", "instant_notification_id", "events_instantnotification"
    )
    build_index_concurrently(
        schema_editor.connection,
        "events_staff_message_once",
        """
        CREATE UNIQUE INDEX CONCURRENTLY events_staff_message_once
        ON events_notificationevent (instant_notification_id, user_id) WHERE instant_notification_id IS NOT NULL
        """,
    )


class Migration(migrations.Migration):
    """Which events a staff message made: a column, its key and an index on the largest table."""

    atomic = False  # in steps, while people sign in; it can be interrupted and run again

    dependencies = [("events", "0023_staff_messages")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AddField(
                    model_name="notificationevent",
                    name="instant_notification",
                    field=models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="events",
                        to="events.instantnotification",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="notificationevent",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("instant_notification__isnull", False)),
                        fields=("instant_notification", "user"),
                        name="events_staff_message_once",
                    ),
                ),
            ],
        ),
        migrations.RunPython(change, migrations.RunPython.noop),
    ]
