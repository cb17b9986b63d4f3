from django.db import migrations, models


class Migration(migrations.Migration):
    """Visits after birth can be announced."""

    dependencies = [("events", "0024_announced_once")]

    operations = [
        migrations.AlterField(
            model_name="notificationschedule",
            name="calendar_event_type",
            field=models.CharField(
                choices=[
                    ("vaccination", "Vaccination"),
                    ("prenatal_checkup", "Antenatal visit"),
                    ("expected_birth", "Expected birth"),
                    ("postnatal_checkup", "Visit after birth"),
                ],
                max_length=50,
            ),
        ),
    ]
