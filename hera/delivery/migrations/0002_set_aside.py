"""Messages that workers were lost with are counted, and set aside; what staff may have to mend is found by an index."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("delivery", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="message",
            name="claims_lapsed",
            field=models.PositiveSmallIntegerField(
                db_default=0, default=0, help_text="How often a worker was lost while it held it."
            ),
        ),
        migrations.AlterField(
            model_name="message",
            name="state",
            field=models.CharField(
                choices=[
                    ("queued", "queued"),
                    ("claimed", "claimed by a worker"),
                    ("retrying", "to be tried again"),
                    ("sent", "accepted by the provider, which will tell whether it arrived"),
                    ("delivered", "arrived, or accepted by a provider that does not tell"),
                    ("expired", "not accepted before its window closed"),
                    ("failed", "refused by the provider"),
                    ("undeliverable", "nothing fit to be sent"),
                    ("set_aside", "set aside: workers were lost with it"),
                ],
                default="queued",
                max_length=15,
            ),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(("state__in", ["set_aside", "undeliverable"])),
                fields=["state_at"],
                name="delivery_to_mend",
            ),
        ),
    ]
