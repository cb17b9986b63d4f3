import django.db.models.fields.json
from django.db import migrations, models

from hera.schema_changes.live import build_index_concurrently, drop_unique


def build(_apps, schema_editor):
    build_index_concurrently(
        schema_editor.connection,
        "surveys_asked_once",
        """
        CREATE UNIQUE INDEX CONCURRENTLY surveys_asked_once
        ON surveys_survey (event_key, schedule_id, (context ->> 'date'))
        """,
    )
    drop_unique(schema_editor.connection, "surveys_survey", ["event_key", "schedule_id"])


class Migration(migrations.Migration):
    """Another date is another announcement."""

    atomic = False  # the index is built while people sign in; it can be interrupted and run again

    dependencies = [("surveys", "0013_withdrawn")]

    operations = [
        migrations.RunPython(build, migrations.RunPython.noop),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AddConstraint(
                    model_name="survey",
                    constraint=models.UniqueConstraint(
                        models.F("event_key"),
                        models.F("schedule"),
                        django.db.models.fields.json.KeyTextTransform("date", "context"),
                        name="surveys_asked_once",
                    ),
                ),
                migrations.AlterUniqueTogether(name="survey", unique_together=set()),
            ],
        ),
    ]
