import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('events', '0020_longer_event_keys'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Message',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('purpose', models.CharField(help_text='notification, sign_in or number_change', max_length=20)),
                ('channel', models.CharField(choices=[('push', 'push'), ('sms', 'SMS')], max_length=10)),
                ('sealed_text', models.BinaryField(null=True)),
                ('state', models.CharField(choices=[('queued', 'queued'), ('claimed', 'claimed by a worker'), ('retrying', 'to be tried again'), ('delivered', 'accepted by the provider'), ('expired', 'not accepted before its window closed'), ('failed', 'refused by the provider'), ('undeliverable', 'nothing fit to be sent')], default='queued', max_length=15)),
                ('state_at', models.DateTimeField(help_text='Since when it is in this state.')),
                ('reason', models.CharField(blank=True, default='', help_text='Why it is in this state.', max_length=255)),
                ('attempts_made', models.PositiveSmallIntegerField(default=0)),
                ('not_before', models.DateTimeField(help_text='When it may be tried next.')),
                ('expires_at', models.DateTimeField(help_text='When it is of no use any more.')),
                ('claimed_until', models.DateTimeField(help_text='When another worker may take over.', null=True)),
                ('enqueued_at', models.DateTimeField(help_text='When its latest task was deferred.')),
                ('provider_message_id', models.CharField(blank=True, default='', max_length=255)),
                ('created_at', models.DateTimeField()),
                ('event', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='messages', to='events.notificationevent')),
                ('user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='Attempt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('channel_kind', models.CharField(help_text="The provider's folder, such as onesignal.", max_length=20)),
                ('started_at', models.DateTimeField()),
                ('finished_at', models.DateTimeField(null=True)),
                ('outcome', models.CharField(choices=[('started', 'no answer recorded'), ('accepted', 'accepted'), ('retry', 'to be tried again'), ('refused', 'refused for good')], default='started', max_length=10)),
                ('provider_message_id', models.CharField(blank=True, default='', max_length=255)),
                ('status_code', models.PositiveSmallIntegerField(null=True)),
                ('error', models.CharField(blank=True, default='', max_length=255)),
                ('message', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='attempts', to='delivery.message')),
            ],
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(condition=models.Q(('state__in', ['queued', 'claimed', 'retrying'])), fields=['not_before'], name='delivery_open'),
        ),
        migrations.AddConstraint(
            model_name='message',
            constraint=models.UniqueConstraint(fields=('event', 'channel'), name='delivery_one_message_a_channel'),
        ),
    ]
