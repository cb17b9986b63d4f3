import datetime
import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('events', '0015_squashed_0019'),
    ]

    operations = [
        migrations.AlterField(
            model_name='notificationevent',
            name='context',
            field=models.JSONField(default=dict, help_text="The event's fields, as texts."),
        ),
        migrations.AlterField(
            model_name='notificationevent',
            name='event_key',
            field=models.CharField(blank=True, max_length=1000, null=True),
        ),
        migrations.AlterField(
            model_name='notificationschedule',
            name='calendar_event_type',
            field=models.CharField(choices=[('vaccination', 'Vaccination'), ('prenatal_checkup', 'Antenatal visit')], max_length=50),
        ),
        migrations.AlterField(
            model_name='notificationschedule',
            name='offset_days',
            field=models.SmallIntegerField(help_text='Days after the event; negative: before it.'),
        ),
        migrations.AlterField(
            model_name='notificationschedule',
            name='push_time_to_live',
            field=models.DurationField(default=datetime.timedelta(days=1), validators=[django.core.validators.MinValueValidator(datetime.timedelta(seconds=300))]),
        ),
        migrations.AlterField(
            model_name='notificationschedule',
            name='time_of_day',
            field=models.TimeField(help_text="In the mother's time zone."),
        ),
        migrations.AlterField(
            model_name='notificationtype',
            name='code',
            field=models.CharField(max_length=50, unique=True, validators=[django.core.validators.RegexValidator('^[a-z0-9._]{10,50}$', 'Use 10 to 50 of the characters a-z, 0-9, dot and underscore.')]),
        ),
    ]
