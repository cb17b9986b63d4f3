import datetime
import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('surveys', '0007_squashed_0009'),
    ]

    operations = [
        migrations.AlterField(
            model_name='survey',
            name='context',
            field=models.JSONField(default=dict, help_text="The event's fields, as texts."),
        ),
        migrations.AlterField(
            model_name='survey',
            name='event_key',
            field=models.CharField(blank=True, max_length=1000, null=True),
        ),
        migrations.AlterField(
            model_name='surveyschedule',
            name='calendar_event_type',
            field=models.CharField(choices=[('vaccination', 'Vaccination'), ('prenatal_checkup', 'Antenatal visit')], max_length=50),
        ),
        migrations.AlterField(
            model_name='surveyschedule',
            name='offset_days',
            field=models.SmallIntegerField(help_text='Days after the event; negative: before it.'),
        ),
        migrations.AlterField(
            model_name='surveyschedule',
            name='time_of_day',
            field=models.TimeField(help_text="In the mother's time zone."),
        ),
        migrations.AlterField(
            model_name='surveyschedule',
            name='time_to_live',
            field=models.DurationField(default=datetime.timedelta(days=7), validators=[django.core.validators.MinValueValidator(datetime.timedelta(seconds=300))]),
        ),
        migrations.AlterField(
            model_name='surveytemplate',
            name='code',
            field=models.CharField(max_length=50, unique=True, validators=[django.core.validators.RegexValidator('^[a-z0-9._]{10,50}$', 'Use 10 to 50 of the characters a-z, 0-9, dot and underscore.')]),
        ),
        migrations.AlterField(
            model_name='surveytemplate',
            name='survey_type',
            field=models.CharField(choices=[('MULTIPLE_CHOICE', 'Multiple choice'), ('TEXT', 'Text')], max_length=255),
        ),
        migrations.AlterField(
            model_name='surveytemplateoption',
            name='option_ar',
            field=models.CharField(blank=True, max_length=50, null=True, verbose_name='Arabic'),
        ),
        migrations.AlterField(
            model_name='surveytemplateoption',
            name='option_ars',
            field=models.CharField(blank=True, max_length=50, null=True, verbose_name='Dari'),
        ),
        migrations.AlterField(
            model_name='surveytemplateoption',
            name='option_en',
            field=models.CharField(max_length=50, verbose_name='English'),
        ),
        migrations.AlterField(
            model_name='surveytemplateoption',
            name='option_ps',
            field=models.CharField(blank=True, max_length=50, null=True, verbose_name='Pashto'),
        ),
        migrations.AlterField(
            model_name='surveytemplateoption',
            name='option_tr',
            field=models.CharField(blank=True, max_length=50, null=True, verbose_name='Turkish'),
        ),
    ]
