import datetime
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [
        ("surveys", "0001_initial"),
        ("surveys", "0002_rename_survey_survey_survey_template_and_more"),
        ("surveys", "0003_survey_responded_at_survey_response_and_more"),
        ("surveys", "0004_survey_available_at"),
        ("surveys", "0005_survey_context"),
        ("surveys", "0006_alter_survey_index_together"),
    ]

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='SurveyTemplate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('survey_type', models.CharField(max_length=255)),
                ('code', models.CharField(max_length=50, unique=True)),
                ('description', models.CharField(max_length=1000)),
            ],
        ),
        migrations.CreateModel(
            name='SurveySchedule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('calendar_event_type', models.CharField(max_length=50)),
                ('offset_days', models.SmallIntegerField()),
                ('time_of_day', models.TimeField()),
                ('time_to_live', models.DurationField(default=datetime.timedelta(days=7))),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('survey_template', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='schedules', to='surveys.surveytemplate')),
            ],
        ),
        migrations.CreateModel(
            name='SurveyTemplateOption',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=20, unique=True)),
                ('option_en', models.CharField(max_length=50)),
                ('option_tr', models.CharField(blank=True, max_length=50, null=True)),
                ('option_ar', models.CharField(blank=True, max_length=50, null=True)),
                ('survey_template', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='options', to='surveys.surveytemplate')),
            ],
        ),
        migrations.CreateModel(
            name='Survey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('event_key', models.CharField(blank=True, max_length=100, null=True)),
                ('context', models.JSONField(default=dict)),
                ('available_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('response', models.CharField(blank=True, max_length=255, null=True)),
                ('responded_at', models.DateTimeField(blank=True, null=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='surveys', to=settings.AUTH_USER_MODEL)),
                ('schedule', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, to='surveys.surveyschedule')),
                ('survey_template', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='surveys.surveytemplate')),
            ],
            options={
                'unique_together': {('event_key', 'schedule')},
            },
        ),
        migrations.CreateModel(
            name='SurveyTemplateTranslation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('language_code', models.CharField(choices=[('en', 'English'), ('tr', 'Turkish'), ('ar', 'Arabic'), ('ps', 'Pashto'), ('prs', 'Dari')], max_length=5)),
                ('question', models.CharField(max_length=255)),
                ('survey_template', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='translations', to='surveys.surveytemplate')),
            ],
            options={
                'unique_together': {('survey_template', 'language_code')},
            },
        ),
    ]
