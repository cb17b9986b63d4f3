from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [
        ("otp_auth", "0001_initial"),
        ("otp_auth", "0002_smsotpchallenge_otp_auth_sm_phone_n_572794_idx"),
        ("otp_auth", "0003_alter_smsotpchallenge_options"),
    ]

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='SmsOtpChallenge',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('phone_number', models.CharField(max_length=255)),
                ('secret', models.CharField(max_length=255)),
                ('expires_at', models.DateTimeField(blank=True, null=True)),
                ('solved_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'verbose_name': 'SMS OTP Challenge',
                'indexes': [models.Index(fields=['phone_number', 'secret'], name='otp_auth_sm_phone_n_572794_idx')],
            },
        ),
    ]
