from django.db import migrations

from hera.schema_changes.live import drop_index_concurrently, hstore_to_json, rename_index


def convert(_apps, schema_editor):
    hstore_to_json(schema_editor.connection, "surveys_survey", "context")
    drop_index_concurrently(schema_editor.connection, "surveys_survey_user_id_response_de690dde_idx")
    # Its column was once called survey_id.
    rename_index(
        schema_editor.connection, "surveys_survey_survey_id_b15303ed", "surveys_survey_survey_template_id_b8f2baa9"
    )


class Migration(migrations.Migration):
    """Databases of the earlier HERA keep `context` as hstore; a fresh one has nothing to change."""

    atomic = False  # in steps, while people sign in; it can be interrupted and run again

    dependencies = [("surveys", "0010_surveys")]

    operations = [migrations.RunPython(convert, migrations.RunPython.noop)]
