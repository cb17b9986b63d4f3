import django.db.models.fields.json
from django.db import migrations, models

from hera.schema_changes.live import build_index_concurrently


def build(_apps, schema_editor):
    build_index_concurrently(
        schema_editor.connection,
        "events_announced_once",
        """
        CREATE UNIQUE INDEX CONCURRENTLY events_announced_once
        ON events_notificationevent (event_key, schedule_id, (context ->> 'date'))
        """,
    )


class Migration(migrations.Migration):
    """What is not true any more is withdrawn, and another date is another announcement."""

    atomic = False  # the index is built while people sign in

    dependencies = [("events", "0022_protected")]

    operations = [
        migrations.AlterField(
            model_name="notificationschedule",
            name="calendar_event_type",
            field=models.CharField(
                choices=[
                    ("vaccination", "Vaccination"),
                    ("prenatal_checkup", "Antenatal visit"),
                    ("expected_birth", "Expected birth"),
                ],
                max_length=50,
            ),
        ),
        migrations.AddField(
            model_name="notificationevent",
            name="withdrawn_at",
            field=models.DateTimeField(
                blank=True, editable=False, help_text="When it was found that it is not true any more.", null=True
            ),
        ),
        migrations.AddField(
            model_name="notificationevent",
            name="withdrawn_because",
            field=models.CharField(blank=True, db_default="", default="", editable=False, max_length=20),
        ),
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
            ],
        ),
        migrations.AlterUniqueTogether(name="notificationevent", unique_together=set()),
    ]
