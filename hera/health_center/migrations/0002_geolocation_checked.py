import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('health_center', '0001_initial'),
    ]

    operations = [
        migrations.AlterField(
            model_name='healthcenter',
            name='geolocation',
            field=models.CharField(help_text='Latitude and longitude, such as 36.2021,36.1600.', max_length=100, validators=[django.core.validators.RegexValidator('^\\s*-?\\d{1,2}(\\.\\d+)?\\s*,\\s*-?\\d{1,3}(\\.\\d+)?\\s*$', 'Use latitude and longitude, such as 36.2021,36.1600.')]),
        ),
    ]
