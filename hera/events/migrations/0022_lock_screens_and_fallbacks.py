import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('events', '0021_context_as_json'),
    ]

    operations = [
        migrations.AddField(
            model_name='notificationtype',
            name='fallback_after',
            field=models.PositiveSmallIntegerField(db_default=120, default=120, help_text='How long a push may stay unread before it is sent by the fallback channel too.', validators=[django.core.validators.MinValueValidator(5)], verbose_name='Fallback after (minutes)'),
        ),
        migrations.AddField(
            model_name='notificationtype',
            name='fallback_channel',
            field=models.CharField(blank=True, choices=[('', 'Nowhere'), ('sms', 'SMS'), ('whatsapp', 'WhatsApp')], db_default='', default='', max_length=10),
        ),
        migrations.AddField(
            model_name='notificationtype',
            name='lock_screen',
            field=models.CharField(choices=[('discreet', 'Names no person and no condition'), ('safe', 'Marked by staff as safe to show'), ('as_written', 'From an earlier database, not looked at yet')], db_default='discreet', default='discreet', help_text='Push texts show on a lock screen that others see.', max_length=10),
        ),
        # The texts of types that are there already keep going out as they are; the panel points at them.
        migrations.RunSQL(
            "UPDATE events_notificationtype SET lock_screen = 'as_written'", migrations.RunSQL.noop
        ),
    ]
