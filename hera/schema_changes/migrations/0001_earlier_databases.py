from django.db import ProgrammingError, migrations, transaction

from hera.schema_changes.live import serial_to_identity

# Tables that no installed app has as a model.
OTHERS = ["django_migrations", "two_factor_phonedevice"]


def convert(_apps, schema_editor):
    connection = schema_editor.connection
    for table in sorted({*connection.introspection.django_table_names(only_existing=True), *OTHERS}):
        serial_to_identity(connection, table)


def drop_hstore(_apps, schema_editor):
    try:
        with transaction.atomic(), schema_editor.connection.cursor() as cursor:
            cursor.execute("DROP EXTENSION IF EXISTS hstore RESTRICT")
    except ProgrammingError as problem:  # another's extension, or another's column: it does no harm
        print(f"\n    The extension hstore stays: {problem}".rstrip())  # noqa: T201


class Migration(migrations.Migration):
    """Ids of the earlier HERA's tables are serial columns; a fresh database has identity columns already.

    And nothing of HERA's is kept as hstore any more.
    """

    atomic = False  # one table at a time

    initial = True

    dependencies = [("events", "0021_live_tables"), ("surveys", "0011_context_as_json")]

    operations = [
        migrations.RunPython(convert, migrations.RunPython.noop),
        migrations.RunPython(drop_hstore, migrations.RunPython.noop),
    ]
