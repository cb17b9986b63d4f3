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
            name='ExportFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('asked_at', models.DateTimeField()),
                ('kind', models.CharField(max_length=20)),
                ('format', models.CharField(max_length=4)),
                ('criteria', models.JSONField(default=dict)),
                ('is_masked', models.BooleanField()),
                ('state', models.CharField(choices=[('waiting', 'waiting'), ('making', 'being made'), ('ready', 'ready'), ('failed', 'failed')], default='waiting', max_length=10)),
                ('attempt', models.PositiveSmallIntegerField(default=0, help_text='Whose number this is, makes the file.')),
                ('losses', models.PositiveSmallIntegerField(db_default=0, default=0, help_text='How often its maker was lost.')),
                ('percent', models.PositiveSmallIntegerField(default=0)),
                ('size', models.BigIntegerField(default=0, help_text='Of the file, in bytes.')),
                ('progressed_at', models.DateTimeField(null=True)),
                ('finished_at', models.DateTimeField(null=True)),
                ('asked_by', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='ExportPiece',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('data', models.BinaryField()),
                ('file', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='pieces', to='exports.exportfile')),
            ],
            options={
                'default_permissions': (),
                'constraints': [models.UniqueConstraint(fields=('file', 'number'), name='exports_one_piece_a_number')],
            },
        ),
    ]
