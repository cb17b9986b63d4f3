import datetime
import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('events', '0015_squashed_0019'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
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
        migrations.AddField(
            model_name='notificationtype',
            name='fallback_after',
            field=models.PositiveSmallIntegerField(db_default=120, default=120, help_text='How long a push may stay unread before it is sent by the fallback channel too.', validators=[django.core.validators.MinValueValidator(5)], verbose_name='Fallback after (minutes)'),
        ),
        migrations.AddField(
            model_name='notificationtype',
            name='fallback_channel',
            field=models.CharField(blank=True, choices=[('', 'Nowhere'), ('sms', 'SMS'), ('whatsapp', 'WhatsApp')], db_default='', default='', max_length=10),
        ),
        migrations.AddField(
            model_name='notificationtype',
            name='lock_screen',
            field=models.CharField(choices=[('discreet', 'Names no person and no condition'), ('safe', 'Marked by staff as safe to show'), ('as_written', 'From an earlier database, not looked at yet')], db_default='discreet', default='discreet', help_text='Push texts show on a lock screen that others see.', max_length=10),
        ),
        migrations.AlterModelOptions(
            name='instantnotification',
            options={'verbose_name': 'staff message'},
        ),
        migrations.AddField(
            model_name='instantnotification',
            name='created_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='instantnotification',
            name='criteria',
            field=models.JSONField(blank=True, help_text='A filter of people; none: to the numbers.', null=True),
        ),
        migrations.AddField(
            model_name='instantnotification',
            name='finished_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='instantnotification',
            name='people_reached',
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name='instantnotification',
            name='people_withdrawn',
            field=models.PositiveIntegerField(db_default=0, default=0, help_text='Reached, and taken back unsent when it was stopped.'),
        ),
        migrations.AddField(
            model_name='instantnotification',
            name='reached_user_id',
            field=models.BigIntegerField(db_default=0, default=0, help_text='Everybody up to this id had her turn.'),
        ),
        migrations.AddField(
            model_name='instantnotification',
            name='send_at',
            field=models.DateTimeField(blank=True, help_text='Empty: as soon as it is confirmed.', null=True, verbose_name='Send at (UTC)'),
        ),
        migrations.AddField(
            model_name='instantnotification',
            name='state',
            field=models.CharField(choices=[('draft', 'not sent yet'), ('scheduled', 'waiting for its time'), ('sending', 'being handed to delivery'), ('sent', 'handed to delivery'), ('stopped', 'stopped by staff')], db_default='sent', default='draft', max_length=10),
        ),
        migrations.AlterField(
            model_name='instantnotification',
            name='phone_numbers',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=16), blank=True, default=list, size=None),
        ),
        # The texts of types that are there already keep going out as they are; the panel points at them.
        migrations.RunSQL(
            "UPDATE events_notificationtype SET lock_screen = 'as_written'", migrations.RunSQL.noop
        ),
    ]
