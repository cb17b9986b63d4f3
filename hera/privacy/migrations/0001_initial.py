import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ErasureCount',
            fields=[
                ('day', models.DateField(primary_key=True, serialize=False)),
                ('people', models.PositiveIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name='ProviderErasure',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('external_id', models.CharField(max_length=255, unique=True)),
                ('asked_at', models.DateTimeField()),
                ('tried_at', models.DateTimeField(null=True)),
                ('error', models.CharField(blank=True, default='', max_length=255)),
            ],
        ),
        migrations.CreateModel(
            name='ErasureRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('secret', models.CharField(help_text='Keyed hash of the code.', max_length=64)),
                ('wrong_guesses', models.PositiveSmallIntegerField(default=0)),
                ('expires_at', models.DateTimeField()),
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='erasure_request', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='InactivityWarning',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('warned_at', models.DateTimeField()),
                ('message', models.BigIntegerField(help_text="The text's id in the outbox.", null=True)),
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='inactivity_warning', to=settings.AUTH_USER_MODEL)),
            ],
        ),
    ]
