from django.db import migrations


class Migration(migrations.Migration):
    """A notification's message is its event's person's; a second reference to her was one more index to keep."""

    dependencies = [("delivery", "0003_attempts_by_time")]

    operations = [migrations.RemoveField(model_name="message", name="user")]
