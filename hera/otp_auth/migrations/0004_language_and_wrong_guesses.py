from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('otp_auth', '0001_squashed_0003'),
    ]

    operations = [
        migrations.AddField(
            model_name='smsotpchallenge',
            name='language_code',
            field=models.CharField(blank=True, choices=[('en', 'English'), ('tr', 'Turkish'), ('ar', 'Arabic'), ('ps', 'Pashto'), ('prs', 'Dari')], db_default='', default='', help_text="What the request's Accept-Language asked for; a new profile starts with it.", max_length=5),
        ),
        migrations.AddField(
            model_name='smsotpchallenge',
            name='wrong_guesses',
            field=models.PositiveSmallIntegerField(db_default=0, default=0),
        ),
        migrations.AlterField(
            model_name='smsotpchallenge',
            name='phone_number',
            field=models.CharField(help_text='E.164', max_length=255),
        ),
        migrations.AlterField(
            model_name='smsotpchallenge',
            name='secret',
            field=models.CharField(help_text='Keyed hash of the code; the code itself is never stored.', max_length=255),
        ),
    ]
