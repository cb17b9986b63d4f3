from django.db import migrations, models

from hera.core.schema_changes import build_index_concurrently


def build(_apps, schema_editor):
    build_index_concurrently(
        schema_editor.connection,
        "user_profile_timezone",
        "CREATE INDEX CONCURRENTLY user_profile_timezone ON user_profile_userprofile (timezone)",
    )


class Migration(migrations.Migration):
    atomic = False  # built while people sign in

    dependencies = [("user_profile", "0008_push_targets_and_sign_ins")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AddIndex("userprofile", models.Index(fields=["timezone"], name="user_profile_timezone"))
            ],
        ),
        migrations.RunPython(build, migrations.RunPython.noop),
    ]
