import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


from hera.panel import roles
from hera.schema_changes.live import CreateModelUnlessThere

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
        ('auth', '0012_alter_user_first_name_max_length'),
        ('contenttypes', '0002_remove_content_type_name'),
        ('custom_user', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ImportUpload',
            fields=[
                ('name', models.CharField(max_length=32, primary_key=True, serialize=False)),
                ('content', models.TextField()),
                ('uploaded_at', models.DateTimeField(db_index=True)),
            ],
        ),
        migrations.AlterModelOptions(
            name='customuser',
            options={'permissions': [('view_masked_people', 'Can see people without names, numbers and dates of birth'), ('export_people', 'Can export people'), ('export_masked_people', 'Can export people without names, numbers and dates of birth'), ('see_dashboard', 'Can see the figures of the programme')], 'verbose_name': 'person', 'verbose_name_plural': 'people'},
        ),
        migrations.CreateModel(
            name='AuditEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('actor_id', models.BigIntegerField(null=True)),
                ('actor_name', models.CharField(max_length=150)),
                ('action', models.CharField(choices=[('sign_in', 'signed in'), ('view', 'looked at'), ('add', 'added'), ('change', 'changed'), ('delete', 'deleted'), ('export', 'exported'), ('message', 'sent a message')], max_length=10)),
                ('about', models.CharField(blank=True, max_length=200)),
                ('person', models.BigIntegerField(help_text='The id of the person whose record it is.', null=True)),
                ('detail', models.JSONField(default=dict)),
                ('address', models.CharField(max_length=45)),
            ],
            options={
                'verbose_name_plural': 'audit trail',
                'default_permissions': ('view',),
                'indexes': [models.Index(fields=['-at'], name='custom_user_audit_at'), models.Index(fields=['person', '-at'], name='custom_user_audit_person')],
            },
        ),
        CreateModelUnlessThere(
            name='PhoneDevice',
            fields=[
                ('id', models.AutoField(primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=64)),
                ('confirmed', models.BooleanField(default=True)),
                ('number', models.CharField(max_length=128)),
                ('key', models.CharField(max_length=40)),
                ('method', models.CharField(max_length=4)),
                ('throttling_failure_count', models.PositiveIntegerField(default=0)),
                ('throttling_failure_timestamp', models.DateTimeField(null=True)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'db_table': 'two_factor_phonedevice',
            },
        ),
        migrations.RunSQL(TRIGGER, UNDO),
        migrations.RunPython(make_roles, migrations.RunPython.noop),
    ]
