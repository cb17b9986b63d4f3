import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from hera.core.schema_changes import CreateModelUnlessThere


class Migration(migrations.Migration):

    dependencies = [
        ('custom_user', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        CreateModelUnlessThere(
            name='PhoneDevice',
            fields=[
                ('id', models.AutoField(primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=64)),
                ('confirmed', models.BooleanField(default=True)),
                ('number', models.CharField(max_length=128)),
                ('key', models.CharField(max_length=40)),
                ('method', models.CharField(max_length=4)),
                ('throttling_failure_count', models.PositiveIntegerField(default=0)),
                ('throttling_failure_timestamp', models.DateTimeField(null=True)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'db_table': 'two_factor_phonedevice',
            },
        ),
    ]
