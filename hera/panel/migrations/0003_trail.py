"""The trail becomes a chain: the database numbers, dates and links entries. Its owner: `schema_changes/trail_owner.py`."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from hera.schema_changes import trail_owner

# Of a row `r`: what its hash covers. `panel/chain.py` has the same, so that a changed function deceives nobody.
CANONICAL = """convert_to(jsonb_build_array(r.id, to_char(r.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'),
    r.actor_id, r.actor_name, r.action, r.about, r.person, r.detail, r.address)::text, 'UTF8')"""

# Filters used to be kept as typed. Which fields were asked stays; what was typed into them named people.
WHAT_WAS_TYPED_GOES = """
DROP TRIGGER append_only ON custom_user_auditentry;
DROP FUNCTION custom_user_audit_is_append_only();
UPDATE custom_user_auditentry SET detail = detail - 'criteria' || jsonb_build_object(
    'asked', (SELECT coalesce(jsonb_object_agg(name, NULL), '{}') FROM jsonb_object_keys(detail->'criteria') AS name))
WHERE jsonb_typeof(detail->'criteria') = 'object';
UPDATE custom_user_auditentry SET detail = detail - 'criteria' WHERE detail ? 'criteria';
"""

# Entries from before the chain are numbered without gaps and linked as they stand.
LINK_WHAT_IS_THERE = f"""
DO $do$
DECLARE
    r custom_user_auditentry;
    number bigint := 0;
    link bytea := decode(repeat('00', 32), 'hex');
BEGIN
    FOR r IN SELECT * FROM custom_user_auditentry ORDER BY id LOOP
        number := number + 1;
        UPDATE custom_user_auditentry SET id = number WHERE id = r.id;
        r.id := number;
        link := sha256(link || {CANONICAL});
        UPDATE custom_user_auditentry SET hash = link WHERE id = number;
    END LOOP;
    INSERT INTO custom_user_audithead (id, last_id, last_hash, anchor_id, anchor_hash)
    VALUES (1, number, link, 0, decode(repeat('00', 32), 'hex'));
END $do$;
"""

FUNCTIONS = f"""
CREATE FUNCTION custom_user_audit_link() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $fn$
DECLARE
    r public.custom_user_auditentry;
    head public.custom_user_audithead;
BEGIN
    -- Whoever adds an entry waits here for the one before it: the chain has no forks, and its instants are in order.
    SELECT * INTO head FROM public.custom_user_audithead WHERE id = 1 FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the head of the audit trail is missing';
    END IF;
    NEW.id := head.last_id + 1;
    NEW.at := clock_timestamp();
    r := NEW;
    NEW.hash := sha256(head.last_hash || {CANONICAL});
    UPDATE public.custom_user_audithead SET last_id = NEW.id, last_hash = NEW.hash WHERE id = 1;
    RETURN NEW;
END $fn$;
CREATE TRIGGER link BEFORE INSERT ON custom_user_auditentry
    FOR EACH ROW EXECUTE FUNCTION custom_user_audit_link();

CREATE FUNCTION custom_user_audit_is_append_only() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $fn$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.at < now() - interval '90 days' THEN
            RETURN OLD;
        END IF;
    ELSIF TG_OP = 'TRUNCATE' THEN
        -- A superuser could switch this trigger off; the head then says what is missing.
        IF (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
            RETURN NULL;
        END IF;
    END IF;
    RAISE EXCEPTION 'the audit trail is append-only';
END $fn$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON custom_user_auditentry
    FOR EACH ROW EXECUTE FUNCTION custom_user_audit_is_append_only();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON custom_user_auditentry
    FOR EACH STATEMENT EXECUTE FUNCTION custom_user_audit_is_append_only();

CREATE FUNCTION custom_user_audit_forget(kept_days integer) RETURNS bigint LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $fn$
DECLARE
    upto bigint;
    link bytea;
    gone bigint;
BEGIN
    IF kept_days IS NULL OR kept_days < 90 THEN
        RAISE EXCEPTION 'the audit trail is kept for 90 days at least';
    END IF;
    PERFORM 1 FROM public.custom_user_audithead WHERE id = 1 FOR UPDATE;
    -- From the beginning up to the first that is young enough: what remains is one chain.
    SELECT max(id) INTO upto FROM public.custom_user_auditentry WHERE id < coalesce(
        (SELECT min(id) FROM public.custom_user_auditentry WHERE at >= now() - make_interval(days => kept_days)),
        9223372036854775807);
    IF upto IS NULL THEN
        RETURN 0;
    END IF;
    SELECT hash INTO link FROM public.custom_user_auditentry WHERE id = upto;
    DELETE FROM public.custom_user_auditentry WHERE id <= upto;
    GET DIAGNOSTICS gone = ROW_COUNT;
    UPDATE public.custom_user_audithead SET anchor_id = upto, anchor_hash = link, anchored_at = now() WHERE id = 1;
    RETURN gone;
END $fn$;
"""


def hand_over(apps, schema_editor):
    trail_owner.hand_over_if_prepared(schema_editor.connection)


class Migration(migrations.Migration):

    dependencies = [
        ('custom_user', '0002_staff_side'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='AuditHead',
            fields=[
                ('id', models.SmallIntegerField(primary_key=True, serialize=False)),
                ('last_id', models.BigIntegerField()),
                ('last_hash', models.BinaryField()),
                ('anchor_id', models.BigIntegerField()),
                ('anchor_hash', models.BinaryField()),
                ('anchored_at', models.DateTimeField(null=True)),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='AuditCheck',
            fields=[
                ('id', models.SmallIntegerField(primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
                ('trouble', models.TextField(blank=True)),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='AuditValues',
            fields=[
                ('entry_id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('made_at', models.DateTimeField(db_index=True)),
                ('sealed_text', models.BinaryField()),
                ('person', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.AddField(
            model_name='auditentry',
            name='hash',
            field=models.BinaryField(default=b''),
        ),
        migrations.RunSQL(WHAT_WAS_TYPED_GOES, migrations.RunSQL.noop),
        migrations.RunSQL(LINK_WHAT_IS_THERE, migrations.RunSQL.noop),
        migrations.RunSQL(FUNCTIONS, migrations.RunSQL.noop),
        migrations.RunPython(hand_over, migrations.RunPython.noop),
    ]
