from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.db import migrations, models

from hera.schema_changes.live import build_index_concurrently


def build(_apps, schema_editor):
    build_index_concurrently(
        schema_editor.connection,
        "user_profile_timezone",
        "CREATE INDEX CONCURRENTLY user_profile_timezone ON user_profile_userprofile (timezone)",
    )
    build_index_concurrently(
        schema_editor.connection,
        "user_profile_name_words",
        "CREATE INDEX CONCURRENTLY user_profile_name_words ON user_profile_userprofile"
        " USING gin (to_tsvector('simple'::regconfig, coalesce(name, '')))",
    )


class Migration(migrations.Migration):
    atomic = False  # built while people sign in

    dependencies = [("user_profile", "0008_phones_channels_and_consent")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AddIndex("userprofile", models.Index(fields=["timezone"], name="user_profile_timezone")),
                migrations.AddIndex(
                    "userprofile", GinIndex(SearchVector("name", config="simple"), name="user_profile_name_words")
                ),
            ],
        ),
        migrations.RunPython(build, migrations.RunPython.noop),
    ]
