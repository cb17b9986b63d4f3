from django.db import migrations, models


class Migration(migrations.Migration):
    """What is not true any more is withdrawn."""

    dependencies = [("surveys", "0012_effects")]

    operations = [
        migrations.AlterField(
            model_name="surveyschedule",
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
        migrations.AlterField(
            model_name="surveytemplateoption",
            name="effect",
            field=models.CharField(
                choices=[
                    ("none", "Nothing more"),
                    ("doses_given", "The doses of the visit were given"),
                    ("birth", "The pregnancy ended with a birth"),
                    ("pregnancy_ended", "No reminders of this pregnancy any more"),
                ],
                db_default="none",
                default="none",
                help_text="What this answer does.",
                max_length=20,
            ),
        ),
        migrations.AddField(
            model_name="survey",
            name="withdrawn_at",
            field=models.DateTimeField(
                blank=True, editable=False, help_text="When it was found that it is not true any more.", null=True
            ),
        ),
        migrations.AddField(
            model_name="survey",
            name="withdrawn_because",
            field=models.CharField(blank=True, db_default="", default="", editable=False, max_length=20),
        ),
    ]
