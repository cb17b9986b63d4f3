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
            name='PhoneSession',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key_hash', models.CharField(max_length=64, unique=True)),
                ('created_at', models.DateTimeField()),
                ('last_used_at', models.DateTimeField(help_text='To the day.')),
                ('typed_number', models.CharField(blank=True, db_default='', default='', help_text='Her number as it was typed, if not as E.164.', max_length=50)),
                ('agent', models.CharField(blank=True, default='', help_text='What the phone called itself.', max_length=200)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='phone_sessions', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='KeptAnswer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key_hash', models.CharField(help_text='Hash of the key.', max_length=64)),
                ('call_hash', models.CharField(help_text='Hash of what was sent with it, and where to.', max_length=64)),
                ('status', models.PositiveSmallIntegerField(help_text='Empty only while it is being made.', null=True)),
                ('body', models.TextField(blank=True, default='', help_text='As JSON.')),
                ('created_at', models.DateTimeField(db_index=True)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='kept_answers', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('user', 'key_hash'), name='api_one_answer_a_key')],
            },
        ),
    ]
