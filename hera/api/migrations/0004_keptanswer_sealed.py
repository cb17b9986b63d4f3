from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("api", "0003_list_change_triggers")]

    operations = [
        migrations.AddField(
            model_name="keptanswer",
            name="sealed_text",
            field=models.BinaryField(help_text="The body, as JSON.", null=True),
        ),
        migrations.AlterField(
            model_name="keptanswer",
            name="body",
            field=models.TextField(
                blank=True, default="", help_text="As JSON; of answers from before they were sealed."
            ),
        ),
    ]
