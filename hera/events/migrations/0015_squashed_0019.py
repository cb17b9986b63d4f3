import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    replaces = [
        ("events", "0015_alter_notificationtemplate_language_code"),
        ("events", "0016_instantnotification"),
        ("events", "0017_instantnotification_created_at_and_more"),
        ("events", "0018_alter_instantnotification_notification_type_and_more"),
        ("events", "0019_alter_notificationtemplatevariable_name_and_more"),
    ]

    dependencies = [("events", "0001_squashed_0014")]

    operations = [
        migrations.CreateModel(
            name='InstantNotification',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('phone_numbers', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=15), size=None)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('notification_type', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='events.notificationtype')),
            ],
        ),
    ]
