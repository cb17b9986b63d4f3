from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.db import migrations

import hera.core.folding
from hera.schema_changes.live import build_index_concurrently, drop_index_concurrently


def build(_apps, schema_editor):
    build_index_concurrently(
        schema_editor.connection,
        "user_profile_folded_words",
        "CREATE INDEX CONCURRENTLY user_profile_folded_words ON user_profile_userprofile"
        " USING gin (to_tsvector('simple'::regconfig, coalesce(hera_folded(name), '')))",
    )
    drop_index_concurrently(schema_editor.connection, "user_profile_name_words")


class Migration(migrations.Migration):
    atomic = False  # built while people sign in

    dependencies = [("core", "0002_folded"), ("user_profile", "0011_web_push")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RemoveIndex("userprofile", "user_profile_name_words"),
                migrations.AddIndex(
                    "userprofile",
                    GinIndex(
                        SearchVector(hera.core.folding.Folded("name"), config="simple"),
                        name="user_profile_folded_words",
                    ),
                ),
            ],
        ),
        migrations.RunPython(build, migrations.RunPython.noop),
    ]
