import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

# Only rows are added, so that no writer waits for another. No statement joins rows written with rows written: a plan
# that was made for one row would be kept for a hundred thousand.
FUNCTION = """
CREATE FUNCTION api_lists_have_changed() RETURNS trigger LANGUAGE plpgsql AS $fn$
DECLARE
    of_whom bigint[];
BEGIN
    IF TG_LEVEL = 'ROW' THEN
        INSERT INTO public.api_listchange (user_id) VALUES (NULL);
        RETURN NULL;
    END IF;
    CASE TG_ARGV[0]
    WHEN 'everybody' THEN
        IF TG_OP = 'DELETE' THEN
            INSERT INTO public.api_listchange (user_id) SELECT NULL WHERE EXISTS (SELECT FROM old_rows);
        ELSE
            INSERT INTO public.api_listchange (user_id) SELECT NULL WHERE EXISTS (SELECT FROM new_rows);
        END IF;
        RETURN NULL;
    WHEN 'account' THEN
        IF TG_OP = 'DELETE' THEN  -- what was written of her before, in the same transaction too
            DELETE FROM public.api_listchange WHERE user_id IN (SELECT id FROM old_rows);
            RETURN NULL;
        END IF;
        of_whom := ARRAY(SELECT id FROM new_rows);
    WHEN 'user' THEN
        IF TG_OP <> 'DELETE' THEN
            of_whom := ARRAY(SELECT user_id FROM new_rows);
        END IF;
        IF TG_OP <> 'INSERT' THEN
            of_whom := of_whom || ARRAY(SELECT user_id FROM old_rows);
        END IF;
    WHEN 'child' THEN
        IF TG_OP = 'DELETE' THEN
            of_whom := ARRAY(SELECT child_id FROM old_rows);
        ELSE
            of_whom := ARRAY(SELECT child_id FROM new_rows);
        END IF;
        of_whom := ARRAY(SELECT user_id FROM public.child_health_child WHERE id = ANY (of_whom));
    WHEN 'pregnancy' THEN
        IF TG_OP = 'DELETE' THEN
            of_whom := ARRAY(SELECT pregnancy_id FROM old_rows);
        ELSE
            of_whom := ARRAY(SELECT pregnancy_id FROM new_rows);
        END IF;
        of_whom := ARRAY(SELECT user_id FROM public.child_health_pregnancy WHERE id = ANY (of_whom));
    WHEN 'visit' THEN
        IF TG_OP = 'DELETE' THEN
            of_whom := ARRAY(
                SELECT user_id FROM public.child_health_child WHERE id IN (SELECT child_id FROM old_rows)
                UNION ALL SELECT user_id FROM public.child_health_pregnancy
                WHERE id IN (SELECT pregnancy_id FROM old_rows));
        ELSE
            of_whom := ARRAY(
                SELECT user_id FROM public.child_health_child WHERE id IN (SELECT child_id FROM new_rows)
                UNION ALL SELECT user_id FROM public.child_health_pregnancy
                WHERE id IN (SELECT pregnancy_id FROM new_rows));
        END IF;
    END CASE;
    INSERT INTO public.api_listchange (user_id) SELECT DISTINCT one FROM unnest(of_whom) one WHERE one IS NOT NULL;
    RETURN NULL;
END $fn$;
"""


class Migration(migrations.Migration):
    """What phones have of their lists already."""

    dependencies = [
        ("api", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ListChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("stamp", models.UUIDField(db_default=models.Func(function="gen_random_uuid"))),
                ("made_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "user",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={"indexes": [models.Index(fields=["user"], include=("stamp",), name="api_list_changes_of")]},
        ),
        migrations.RunSQL(FUNCTION, "DROP FUNCTION api_lists_have_changed()"),
    ]
