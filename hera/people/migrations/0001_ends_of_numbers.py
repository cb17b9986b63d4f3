from django.conf import settings
from django.db import migrations

from hera.schema_changes.live import build_index_concurrently


def build(_apps, schema_editor):
    # Of Django's own table, whose state is not ours to change. The panel finds people by the end of their number.
    build_index_concurrently(
        schema_editor.connection,
        "people_number_end",
        "CREATE INDEX CONCURRENTLY people_number_end ON auth_user (reverse(username) text_pattern_ops)",
    )


class Migration(migrations.Migration):
    atomic = False  # built while people sign in

    initial = True

    dependencies = [migrations.swappable_dependency(settings.AUTH_USER_MODEL)]

    operations = [migrations.RunPython(build, migrations.RunPython.noop)]
