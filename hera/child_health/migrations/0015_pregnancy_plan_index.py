from django.db import migrations

from hera.schema_changes.live import build_index_concurrently


def build(_apps, schema_editor):
    build_index_concurrently(
        schema_editor.connection,
        "child_health_pregnancy_plan",
        """
        CREATE INDEX CONCURRENTLY child_health_pregnancy_plan ON child_health_pregnancy (
            (greatest(0, ceil((coalesce(declared_on, (created_at AT TIME ZONE 'UTC')::date)
                - estimated_start_date) / 7.0))::int),
            (least(coalesce(declared_number_of_prenatal_visits, 0), 4)),
            estimated_start_date
        )
        """,
    )


class Migration(migrations.Migration):
    """The index by which `hera.scheduling.engine` finds pregnancies: declared week, visits made, start.

    Its expressions are those of that module's statement, letter for letter; the planner knows it by them.
    """

    atomic = False  # built while people sign in

    dependencies = [("child_health", "0014_declarations_and_ticks")]

    operations = [migrations.RunPython(build, migrations.RunPython.noop)]
