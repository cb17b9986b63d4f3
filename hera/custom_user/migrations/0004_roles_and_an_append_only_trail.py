from django.db import migrations

from hera.custom_user import roles

TRIGGER = """
CREATE FUNCTION custom_user_audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Entries that are older than the law wants them kept are deleted by a nightly job, which says so.
    IF TG_OP = 'DELETE' AND current_setting('hera.audit_retention', true) = 'on' THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'the audit trail is append-only';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON custom_user_auditentry
    FOR EACH ROW EXECUTE FUNCTION custom_user_audit_is_append_only();
"""
UNDO = """
DROP TRIGGER append_only ON custom_user_auditentry;
DROP FUNCTION custom_user_audit_is_append_only();
"""


def make_roles(apps, schema_editor):
    roles.create(apps)


class Migration(migrations.Migration):
    dependencies = [
        ("custom_user", "0003_audit_trail"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [
        migrations.RunPython(make_roles, migrations.RunPython.noop),
        migrations.RunSQL(TRIGGER, UNDO),
    ]
