from django.db import migrations

from hera.child_health import earlier_records
from hera.core import clock


def take_over(_apps, schema_editor):
    earlier_records.take_over(schema_editor.connection, clock.now())


class Migration(migrations.Migration):
    """One pregnancy of a person runs, and each tick is a record."""

    atomic = False  # in batches, while people sign in; run again it makes nothing twice

    dependencies = [
        ("child_health", "0017_what_happened"),
        ("user_profile", "0001_squashed_0006"),
    ]

    operations = [migrations.RunPython(take_over, migrations.RunPython.noop)]
