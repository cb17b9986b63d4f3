from django.db import migrations

from hera.core.schema_changes import drop_index_concurrently, hstore_to_json


def convert(_apps, schema_editor):
    hstore_to_json(schema_editor.connection, "events_notificationevent", "context")
    # A second index of user_id, beside the foreign key's own.
    drop_index_concurrently(schema_editor.connection, "events_notificationevent_user_id_52efe004_idx")


class Migration(migrations.Migration):
    """Databases of the earlier HERA keep `context` as hstore; a fresh one has nothing to change."""

    atomic = False  # in steps, while people sign in; it can be interrupted and run again

    dependencies = [("events", "0020_longer_event_keys")]

    operations = [migrations.RunPython(convert, migrations.RunPython.noop)]
