from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("figures", "0002_by_month"),
    ]

    operations = [
        migrations.AlterField(
            model_name="target",
            name="measure",
            field=models.CharField(max_length=20),
        ),
        migrations.AddField(
            model_name="target",
            name="series",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="Of this one alone; empty: of all together.",
                max_length=120,
            ),
        ),
        migrations.AddField(
            model_name="target",
            name="dimension",
            field=models.CharField(blank=True, db_default="", default="", max_length=20),
        ),
        migrations.AddField(
            model_name="target",
            name="value",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="Of the dimension: a centre or a district.",
                max_length=100,
            ),
        ),
        migrations.AddConstraint(
            model_name="target",
            constraint=models.UniqueConstraint(
                fields=("measure", "series", "dimension", "value"), name="figures_one_target_of_each"
            ),
        ),
    ]
