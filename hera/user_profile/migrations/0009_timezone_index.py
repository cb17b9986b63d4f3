from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # built while people sign in

    dependencies = [("user_profile", "0008_push_targets_and_sign_ins")]

    operations = [
        AddIndexConcurrently("userprofile", models.Index(fields=["timezone"], name="user_profile_timezone")),
    ]
