from django.db import migrations, models


class Migration(migrations.Migration):
    """What is not true any more is withdrawn."""

    dependencies = [("events", "0022_protected")]

    operations = [
        migrations.AlterField(
            model_name="notificationschedule",
            name="calendar_event_type",
            field=models.CharField(
                choices=[
                    ("vaccination", "Vaccination"),
                    ("prenatal_checkup", "Antenatal visit"),
                    ("expected_birth", "Expected birth"),
                ],
                max_length=50,
            ),
        ),
        migrations.AddField(
            model_name="notificationevent",
            name="withdrawn_at",
            field=models.DateTimeField(
                blank=True, editable=False, help_text="When it was found that it is not true any more.", null=True
            ),
        ),
        migrations.AddField(
            model_name="notificationevent",
            name="withdrawn_because",
            field=models.CharField(blank=True, db_default="", default="", editable=False, max_length=20),
        ),
    ]
