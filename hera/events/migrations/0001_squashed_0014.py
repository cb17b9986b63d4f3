import datetime
import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [
        ("events", "0001_initial"),
        ("events", "0002_notificationtemplate_notificationtemplatevariable_notificationtype"),
        ("events", "0003_auto_20211211_1612"),
        ("events", "0004_auto_20211216_1144"),
        ("events", "0005_auto_20211217_0758"),
        ("events", "0006_alter_notificationevent_read_at"),
        ("events", "0007_auto_20211220_1002"),
        ("events", "0008_notificationevent_context"),
        ("events", "0009_alter_notificationschedule_push_time_to_live"),
        ("events", "0010_postgres_hstore_extension"),
        ("events", "0011_postgres_hstore_extension"),
        ("events", "0012_alter_notificationevent_options_and_more"),
        ("events", "0013_alter_notificationschedule_push_time_to_live"),
        ("events", "0014_alter_notificationschedule_notification_type_and_more"),
    ]

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='NotificationType',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=50, unique=True)),
                ('description', models.CharField(max_length=1000)),
            ],
        ),
        migrations.CreateModel(
            name='NotificationTemplateVariable',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=50)),
                ('example_values', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=255), size=None)),
                ('description', models.CharField(max_length=1000)),
                ('notification_type', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='variables', to='events.notificationtype')),
            ],
        ),
        migrations.CreateModel(
            name='NotificationSchedule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('calendar_event_type', models.CharField(max_length=50)),
                ('offset_days', models.SmallIntegerField()),
                ('time_of_day', models.TimeField()),
                ('push_time_to_live', models.DurationField(default=datetime.timedelta(days=1))),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('notification_type', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='schedules', to='events.notificationtype')),
            ],
            options={
                'unique_together': {('calendar_event_type', 'offset_days', 'time_of_day')},
            },
        ),
        migrations.CreateModel(
            name='NotificationTemplate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('language_code', models.CharField(choices=[('en', 'English'), ('tr', 'Turkish'), ('ar', 'Arabic'), ('ps', 'Pashto'), ('prs', 'Dari')], max_length=5)),
                ('push_title', models.CharField(max_length=100)),
                ('push_body', models.CharField(max_length=255)),
                ('in_app_content', models.CharField(max_length=1000)),
                ('notification_type', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='templates', to='events.notificationtype')),
            ],
            options={
                'unique_together': {('notification_type', 'language_code')},
            },
        ),
        migrations.CreateModel(
            name='NotificationEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('event_key', models.CharField(blank=True, max_length=100, null=True)),
                ('context', models.JSONField(default=dict)),
                ('notification_available_at', models.DateTimeField()),
                ('notification_expires_at', models.DateTimeField()),
                ('push_notification_sent_at', models.DateTimeField(blank=True, null=True)),
                ('read_at', models.DateTimeField(blank=True, null=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='notification_events', to=settings.AUTH_USER_MODEL)),
                ('schedule', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, to='events.notificationschedule')),
                ('notification_type', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='events.notificationtype')),
            ],
            options={
                'unique_together': {('event_key', 'schedule')},
            },
        ),
    ]
