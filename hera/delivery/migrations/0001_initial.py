import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('events', '0021_live_tables'),
    ]

    operations = [
        migrations.CreateModel(
            name='ChannelGate',
            fields=[
                ('channel', models.CharField(choices=[('push', 'push'), ('sms', 'SMS'), ('whatsapp', 'WhatsApp')], max_length=10, primary_key=True, serialize=False)),
                ('next_free_at', models.DateTimeField(help_text='Up to when its rate is used up.', null=True)),
                ('code_free_at', models.DateTimeField(help_text='The same for codes, which wait for each other only.', null=True)),
                ('failures', models.PositiveIntegerField(default=0, help_text='Calls in a row that found the provider down.')),
                ('parked_until', models.DateTimeField(help_text='Nothing is sent before; then one message as a probe.', null=True)),
                ('times_parked', models.PositiveIntegerField(default=0, help_text='In a row; each time it is parked for longer.')),
                ('probing_until', models.DateTimeField(help_text='When a probe without an answer counts as lost.', null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Message',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('purpose', models.CharField(help_text='notification, or what a text is for, such as sign_in', max_length=20)),
                ('channel', models.CharField(choices=[('push', 'push'), ('sms', 'SMS'), ('whatsapp', 'WhatsApp')], max_length=10)),
                ('sealed_text', models.BinaryField(null=True)),
                ('state', models.CharField(choices=[('queued', 'queued'), ('claimed', 'claimed by a worker'), ('retrying', 'to be tried again'), ('sent', 'accepted by the provider, which will tell whether it arrived'), ('delivered', 'arrived, or accepted by a provider that does not tell'), ('expired', 'not accepted before its window closed'), ('failed', 'refused by the provider'), ('undeliverable', 'nothing fit to be sent')], default='queued', max_length=15)),
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
        migrations.CreateModel(
            name='Receipt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('channel_kind', models.CharField(max_length=20)),
                ('provider_message_id', models.CharField(max_length=255)),
                ('arrival', models.CharField(choices=[('arrived', 'arrived'), ('lost', 'did not arrive')], max_length=10)),
                ('reason', models.CharField(blank=True, default='', max_length=255)),
                ('received_at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('channel_kind', 'provider_message_id', 'arrival'), name='delivery_one_receipt_an_arrival')],
            },
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(condition=models.Q(('state__in', ['queued', 'claimed', 'retrying'])), fields=['not_before'], name='delivery_open'),
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(condition=models.Q(('state', 'sent')), fields=['provider_message_id'], name='delivery_sent'),
        ),
        migrations.AddIndex(
            model_name='message',
            index=django.contrib.postgres.indexes.BrinIndex(autosummarize=True, fields=['created_at'], name='delivery_created'),
        ),
        migrations.AddConstraint(
            model_name='message',
            constraint=models.UniqueConstraint(fields=('event', 'channel'), name='delivery_one_message_a_channel'),
        ),
        migrations.AddIndex(
            model_name='attempt',
            index=django.contrib.postgres.indexes.BrinIndex(autosummarize=True, fields=['started_at'], name='delivery_attempted'),
        ),
    ]
