from django.db import migrations, models


class Migration(migrations.Migration):
    """Pashto and Dari join the languages; the column stays as it is."""

    dependencies = [("user_profile", "0001_squashed_0006")]

    operations = [
        migrations.AlterField(
            "userprofile",
            "language_code",
            models.CharField(
                choices=[("en", "English"), ("tr", "Turkish"), ("ar", "Arabic"), ("ps", "Pashto"), ("prs", "Dari")],
                default="en",
                max_length=5,
            ),
        ),
    ]
