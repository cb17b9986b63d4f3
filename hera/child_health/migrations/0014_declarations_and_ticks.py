import django.core.validators
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('child_health', '0001_squashed_0013'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='vaccinedose',
            options={'ordering': ['week_age', 'id']},
        ),
        migrations.AddField(
            model_name='pregnancy',
            name='declared_on',
            field=models.DateField(blank=True, help_text="The mother's date when she declared this; empty in rows of an older database, where it is the UTC date of their creation. Visits are planned as seen from this day.", null=True),
        ),
        migrations.AlterField(
            model_name='pregnancy',
            name='declared_number_of_prenatal_visits',
            field=models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MaxValueValidator(9)]),
        ),
        migrations.AlterField(
            model_name='pregnancy',
            name='declared_pregnancy_week',
            field=models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MaxValueValidator(42)]),
        ),
        migrations.AlterField(
            model_name='vaccine',
            name='nickname',
            field=models.CharField(blank=True, help_text='Shown to parents in place of the name.', max_length=100, null=True),
        ),
        migrations.CreateModel(
            name='PastVaccinationChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('is_ticked', models.BooleanField()),
                ('source', models.CharField(choices=[('client', "the app's child page"), ('survey', 'the answer to a survey'), ('staff', 'a case worker in the panel')], max_length=10)),
                ('changed_at', models.DateTimeField()),
                ('child', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='past_vaccination_changes', to='child_health.child')),
                ('vaccine', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='child_health.vaccine')),
            ],
        ),
    ]
