import django.db.models.deletion
from django.db import migrations, models

from hera.schema_changes.live import (
    add_foreign_key,
    build_index_concurrently,
    drop_index_concurrently,
    hstore_to_json,
)


def convert_context(_apps, schema_editor):
    hstore_to_json(schema_editor.connection, "events_notificationevent", "context")
    # A second index of user_id, beside the foreign key's own.
    drop_index_concurrently(schema_editor.connection, "events_notificationevent_user_id_52efe004_idx")


def refer_to_staff_messages(_apps, schema_editor):
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
    """The largest table. Databases of the earlier HERA keep `context` as hstore; a fresh one has nothing to convert.

    Then which events a staff message made: a column, its key and an index.
    """

    atomic = False  # in steps, while people sign in; it can be interrupted and run again

    dependencies = [("events", "0020_reminders_and_staff_messages")]

    operations = [
        migrations.RunPython(convert_context, migrations.RunPython.noop),
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
        migrations.RunPython(refer_to_staff_messages, migrations.RunPython.noop),
    ]
