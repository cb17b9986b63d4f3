from django.db import migrations, models


class Migration(migrations.Migration):
    replaces = [
        ("surveys", "0007_alter_surveytemplatetranslation_language_code"),
        ("surveys", "0008_surveytemplateoption_option_ars_and_more"),
        ("surveys", "0009_alter_surveytemplate_code_and_more"),
    ]

    dependencies = [("surveys", "0001_squashed_0006")]

    operations = [
        migrations.AddField("surveytemplateoption", "option_ars", models.CharField(max_length=50, blank=True, null=True)),
        migrations.AddField("surveytemplateoption", "option_ps", models.CharField(max_length=50, blank=True, null=True)),
    ]
