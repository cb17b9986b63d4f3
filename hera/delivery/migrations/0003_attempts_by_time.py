
import django.contrib.postgres.indexes
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('delivery', '0002_receipts_and_gates'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='attempt',
            index=django.contrib.postgres.indexes.BrinIndex(autosummarize=True, fields=['started_at'], name='delivery_attempted'),
        ),
    ]
