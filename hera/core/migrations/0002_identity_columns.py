from django.db import migrations

from hera.core.schema_changes import serial_to_identity

# Tables that no installed app has as a model.
OTHERS = ["django_migrations", "two_factor_phonedevice"]


def convert(_apps, schema_editor):
    connection = schema_editor.connection
    for table in sorted({*connection.introspection.django_table_names(only_existing=True), *OTHERS}):
        serial_to_identity(connection, table)


class Migration(migrations.Migration):
    """Ids of the earlier HERA's tables are serial columns; a fresh database has identity columns already."""

    atomic = False  # one table at a time

    dependencies = [("core", "0001_initial")]

    operations = [migrations.RunPython(convert, migrations.RunPython.noop)]
