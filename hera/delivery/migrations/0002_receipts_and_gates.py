import django.contrib.postgres.indexes
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('delivery', '0001_initial'),
        ('events', '0022_lock_screens_and_fallbacks'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ChannelGate',
            fields=[
                ('channel', models.CharField(choices=[('push', 'push'), ('sms', 'SMS'), ('whatsapp', 'WhatsApp')], max_length=10, primary_key=True, serialize=False)),
                ('next_free_at', models.DateTimeField(help_text='Up to when its rate is used up.', null=True)),
                ('failures', models.PositiveIntegerField(default=0, help_text='Calls in a row that found the provider down.')),
                ('parked_until', models.DateTimeField(help_text='Nothing is sent before; then one message as a probe.', null=True)),
                ('times_parked', models.PositiveIntegerField(default=0, help_text='In a row; each time it is parked for longer.')),
                ('probing_until', models.DateTimeField(help_text='When a probe without an answer counts as lost.', null=True)),
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
        ),
        migrations.AlterField(
            model_name='message',
            name='channel',
            field=models.CharField(choices=[('push', 'push'), ('sms', 'SMS'), ('whatsapp', 'WhatsApp')], max_length=10),
        ),
        migrations.AlterField(
            model_name='message',
            name='state',
            field=models.CharField(choices=[('queued', 'queued'), ('claimed', 'claimed by a worker'), ('retrying', 'to be tried again'), ('sent', 'accepted by the provider, which will tell whether it arrived'), ('delivered', 'arrived, or accepted by a provider that does not tell'), ('expired', 'not accepted before its window closed'), ('failed', 'refused by the provider'), ('undeliverable', 'nothing fit to be sent')], default='queued', max_length=15),
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
            model_name='receipt',
            constraint=models.UniqueConstraint(fields=('channel_kind', 'provider_message_id', 'arrival'), name='delivery_one_receipt_an_arrival'),
        ),
    ]
