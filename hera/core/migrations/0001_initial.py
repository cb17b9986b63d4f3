from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='RateLimitBucket',
            fields=[
                ('key', models.CharField(max_length=100, primary_key=True, serialize=False)),
                ('started_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField(db_index=True)),
                ('hits', models.PositiveIntegerField(default=1)),
            ],
        ),
        migrations.CreateModel(
            name='JobRecord',
            fields=[
                ('job', models.CharField(max_length=30, primary_key=True, serialize=False)),
                ('succeeded_at', models.DateTimeField()),
                ('seconds', models.FloatField()),
                ('created', models.PositiveIntegerField(help_text='By its last run.')),
                ('created_in_all', models.PositiveBigIntegerField()),
            ],
        ),
    ]
