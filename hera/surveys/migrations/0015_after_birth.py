from django.db import migrations, models


def what_no_did(apps, _schema_editor):
    options = apps.get_model("surveys", "SurveyTemplateOption").objects
    ours = options.filter(code="pregnancyno", survey_template__code="prenatal_checkup.have_you_visited", effect="none")
    ours.update(effect="visit_missed")


class Migration(migrations.Migration):
    """Visits after birth can be asked about, and who missed an antenatal visit is reminded of it once more."""

    dependencies = [("surveys", "0014_asked_once")]

    operations = [
        migrations.AlterField(
            model_name="surveyschedule",
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
        migrations.AlterField(
            model_name="surveytemplateoption",
            name="effect",
            field=models.CharField(
                choices=[
                    ("none", "Nothing more"),
                    ("doses_given", "The doses of the visit were given"),
                    ("visit_missed", "She did not come to the antenatal visit"),
                    ("birth", "The pregnancy ended with a birth"),
                    ("pregnancy_ended", "No reminders of this pregnancy any more"),
                ],
                db_default="none",
                default="none",
                help_text="What this answer does.",
                max_length=20,
            ),
        ),
        migrations.RunPython(what_no_did, migrations.RunPython.noop, elidable=False),
    ]
