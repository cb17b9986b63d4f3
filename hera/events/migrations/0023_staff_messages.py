import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('events', '0022_lock_screens_and_fallbacks'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
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
    ]
