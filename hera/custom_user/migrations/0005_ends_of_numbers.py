from django.conf import settings
from django.db import migrations

from hera.core.schema_changes import build_index_concurrently


def build(_apps, schema_editor):
    # Of Django's own table, whose state is not ours to change. The panel finds people by the end of their number.
    build_index_concurrently(
        schema_editor.connection,
        "custom_user_number_end",
        "CREATE INDEX CONCURRENTLY custom_user_number_end ON auth_user (reverse(username) text_pattern_ops)",
    )


class Migration(migrations.Migration):
    atomic = False  # built while people sign in

    dependencies = [
        ("custom_user", "0004_roles_and_an_append_only_trail"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [migrations.RunPython(build, migrations.RunPython.noop)]
