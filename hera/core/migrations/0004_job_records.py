
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0003_drop_hstore'),
    ]

    operations = [
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
