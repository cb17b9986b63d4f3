from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('delivery', '0002_set_aside'),
    ]

    operations = [
        migrations.AddField(
            model_name='message',
            name='cost',
            field=models.DecimalField(decimal_places=5, help_text="By the gateway's prices, in their currency.", max_digits=12, null=True),
        ),
        migrations.AddField(
            model_name='message',
            name='counted_on',
            field=models.DateField(help_text='The day among whose texts it is counted; blank before its turn.', null=True),
        ),
        migrations.AddField(
            model_name='message',
            name='segments',
            field=models.PositiveSmallIntegerField(help_text='Into how many segments its text is cut.', null=True),
        ),
        migrations.CreateModel(
            name='TextSpending',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField(help_text="In the country's time zone.")),
                ('purpose', models.CharField(max_length=20)),
                ('calling_code', models.CharField(blank=True, max_length=3)),
                ('currency', models.CharField(blank=True, max_length=3)),
                ('texts', models.IntegerField()),
                ('segments', models.IntegerField()),
                ('cost', models.DecimalField(decimal_places=5, max_digits=14)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('day', 'purpose', 'calling_code', 'currency'), name='delivery_one_sum_a_day_and_kind')],
            },
        ),
    ]
