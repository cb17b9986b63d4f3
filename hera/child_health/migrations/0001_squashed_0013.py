import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [
        ("child_health", "0001_initial"),
        ("child_health", "0002_alter_pregnancy_declared_pregnancy_week"),
        ("child_health", "0003_auto_20211010_0201"),
        ("child_health", "0004_auto_20211010_0209"),
        ("child_health", "0005_auto_20211010_0333"),
        ("child_health", "0006_auto_20211010_0345"),
        ("child_health", "0007_alter_vaccine_nickname"),
        ("child_health", "0008_alter_vaccinedose_notes_for_parent"),
        ("child_health", "0009_vaccine_is_active"),
        ("child_health", "0010_alter_child_gender"),
        ("child_health", "0011_auto_20211128_1523"),
        ("child_health", "0012_alter_pregnancy_options"),
        ("child_health", "0013_alter_pastvaccination_unique_together"),
    ]

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Vaccine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=255)),
                ('nickname', models.CharField(blank=True, max_length=100, null=True)),
                ('applicable_for_male', models.BooleanField(default=True)),
                ('applicable_for_female', models.BooleanField(default=True)),
                ('is_active', models.BooleanField(default=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
            ],
        ),
        migrations.CreateModel(
            name='Child',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=255)),
                ('date_of_birth', models.DateField()),
                ('gender', models.CharField(choices=[('MALE', 'Male'), ('FEMALE', 'Female')], max_length=20)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='children', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name_plural': 'children',
            },
        ),
        migrations.CreateModel(
            name='PastVaccination',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('child', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='child_health.child')),
                ('vaccine', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='child_health.vaccine')),
            ],
        ),
        migrations.AddField(
            model_name='child',
            name='past_vaccinations',
            field=models.ManyToManyField(related_name='+', through='child_health.PastVaccination', to='child_health.vaccine'),
        ),
        migrations.CreateModel(
            name='VaccineDose',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=50)),
                ('week_age', models.PositiveSmallIntegerField()),
                ('notes_for_parent', models.CharField(blank=True, max_length=255, null=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('vaccine', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='doses', to='child_health.vaccine')),
            ],
        ),
        migrations.CreateModel(
            name='Pregnancy',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('declared_pregnancy_week', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('declared_date_of_last_menstrual_period', models.DateField(blank=True, null=True)),
                ('declared_number_of_prenatal_visits', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('estimated_start_date', models.DateField()),
                ('estimated_delivery_date', models.DateField()),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='pregnancies', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name_plural': 'pregnancies',
                'indexes': [models.Index(fields=['user'], name='child_healt_user_id_2424d4_idx'), models.Index(fields=['estimated_delivery_date'], name='child_healt_estimat_3bd12e_idx')],
            },
        ),
        migrations.AddIndex(
            model_name='pastvaccination',
            index=models.Index(fields=['child'], name='child_healt_child_i_35a2c1_idx'),
        ),
        migrations.AddIndex(
            model_name='pastvaccination',
            index=models.Index(fields=['vaccine'], name='child_healt_vaccine_eb9f28_idx'),
        ),
        migrations.AlterUniqueTogether(
            name='pastvaccination',
            unique_together={('child', 'vaccine')},
        ),
        migrations.AddIndex(
            model_name='child',
            index=models.Index(fields=['user'], name='child_healt_user_id_dbedfb_idx'),
        ),
        migrations.AddIndex(
            model_name='child',
            index=models.Index(fields=['date_of_birth'], name='child_healt_date_of_d3f06f_idx'),
        ),
        migrations.AddIndex(
            model_name='vaccinedose',
            index=models.Index(fields=['vaccine'], name='child_healt_vaccine_4f8352_idx'),
        ),
        migrations.AddIndex(
            model_name='vaccinedose',
            index=models.Index(fields=['week_age'], name='child_healt_week_ag_f2a189_idx'),
        ),
    ]
