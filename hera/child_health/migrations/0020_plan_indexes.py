from django.db import migrations, models

from hera.schema_changes.live import build_index_concurrently, drop_index_concurrently

INDEXES = {
    "child_health_child_plan": "child_health_child (plan_version)",
    "child_health_pregnancy_planned": "child_health_pregnancy (plan_version)",
}


def build(_apps, schema_editor):
    for name, of in INDEXES.items():
        build_index_concurrently(schema_editor.connection, name, f"CREATE INDEX CONCURRENTLY {name} ON {of}")
    # The due engine used to find pregnancies by it.
    drop_index_concurrently(schema_editor.connection, "child_health_pregnancy_plan")


def drop(_apps, schema_editor):
    for name in INDEXES:
        drop_index_concurrently(schema_editor.connection, name)


class Migration(migrations.Migration):
    """By which it is found what is planned by another programme than that of now."""

    atomic = False  # built while people sign in

    dependencies = [("child_health", "0019_plan")]

    operations = [
        migrations.RunPython(build, drop),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AddIndex(
                    model_name="child",
                    index=models.Index(fields=["plan_version"], name="child_health_child_plan"),
                ),
                migrations.AddIndex(
                    model_name="pregnancy",
                    index=models.Index(fields=["plan_version"], name="child_health_pregnancy_planned"),
                ),
            ],
        ),
    ]
