from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="TextVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "of",
                    models.CharField(help_text="The record's table, such as events.notificationtype.", max_length=60),
                ),
                ("record", models.BigIntegerField()),
                ("texts", models.JSONField(help_text="By language, and by what the text is.")),
                (
                    "made_at",
                    models.DateTimeField(
                        help_text="None: as they were before anybody changed them in the panel.", null=True
                    ),
                ),
                ("by_name", models.CharField(blank=True, max_length=150)),
            ],
            options={
                "default_permissions": (),
                "indexes": [models.Index(fields=["of", "record", "-id"], name="texts_versions")],
            },
        ),
    ]
