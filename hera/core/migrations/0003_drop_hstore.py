from django.db import ProgrammingError, migrations, transaction


def drop(_apps, schema_editor):
    try:
        with transaction.atomic(), schema_editor.connection.cursor() as cursor:
            cursor.execute("DROP EXTENSION IF EXISTS hstore RESTRICT")
    except ProgrammingError as problem:  # another's extension, or another's column: it does no harm
        print(f"\n    The extension hstore stays: {problem}".rstrip())  # noqa: T201


class Migration(migrations.Migration):
    """Nothing of HERA's is kept as hstore any more."""

    dependencies = [
        ("core", "0002_identity_columns"),
        ("events", "0021_context_as_json"),
        ("surveys", "0011_context_as_json"),
    ]

    operations = [migrations.RunPython(drop, migrations.RunPython.noop)]
