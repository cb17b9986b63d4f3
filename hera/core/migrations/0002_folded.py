from django.db import migrations

from hera.core.folding import FUNCTION


class Migration(migrations.Migration):
    dependencies = [("core", "0001_initial")]

    operations = [migrations.RunSQL(FUNCTION, "DROP FUNCTION hera_folded(text)")]
