from django.db import migrations, models

# The visits after a birth follow from what is told of it, and of its children: of a pregnancy that is over.
STALE = """
CREATE FUNCTION child_health_plans_after_birth_are_stale(users bigint[], outcomes bigint[], pregnancies bigint[])
RETURNS void LANGUAGE plpgsql AS $fn$
DECLARE
    found bigint[];
BEGIN
    SELECT array_agg(id) INTO found FROM (
        SELECT id FROM public.child_health_pregnancy WHERE user_id = ANY (users) AND ended_at IS NOT NULL
        UNION SELECT pregnancy_id FROM public.child_health_pregnancyoutcome WHERE id = ANY (outcomes)
        UNION SELECT unnest(pregnancies)
    ) pregnancy;
    IF found IS NOT NULL THEN
        PERFORM FROM public.child_health_pregnancy WHERE id = ANY (found) ORDER BY id FOR NO KEY UPDATE;
        UPDATE public.child_health_pregnancy SET plan_version = NULL
        WHERE id = ANY (found) AND plan_version IS NOT NULL;
    END IF;
END $fn$;
CREATE FUNCTION child_health_plan_after_birth_is_stale() RETURNS trigger LANGUAGE plpgsql AS $fn$
BEGIN
    CASE TG_TABLE_NAME
    WHEN 'child_health_child' THEN
        PERFORM public.child_health_plans_after_birth_are_stale(ARRAY[NEW.user_id, OLD.user_id], NULL, NULL);
    WHEN 'child_health_childend' THEN
        PERFORM public.child_health_plans_after_birth_are_stale(
            ARRAY(SELECT user_id FROM public.child_health_child WHERE id IN (NEW.child_id, OLD.child_id)), NULL, NULL);
    WHEN 'child_health_pregnancyoutcome' THEN
        PERFORM public.child_health_plans_after_birth_are_stale(
            NULL, NULL, array_remove(ARRAY[NEW.pregnancy_id, OLD.pregnancy_id], NULL));
    ELSE
        PERFORM public.child_health_plans_after_birth_are_stale(
            NULL, ARRAY[NEW.pregnancyoutcome_id, OLD.pregnancyoutcome_id], NULL);
    END CASE;
    RETURN NULL;
END $fn$;
CREATE TRIGGER child_health_plan_after_birth_is_stale AFTER INSERT OR DELETE
    ON child_health_child FOR EACH ROW EXECUTE FUNCTION child_health_plan_after_birth_is_stale();
CREATE TRIGGER child_health_plan_after_birth_has_changed AFTER UPDATE OF user_id, date_of_birth, known_on, ended_at
    ON child_health_child FOR EACH ROW
    WHEN ((OLD.user_id, OLD.date_of_birth, OLD.known_on, OLD.ended_at)
        IS DISTINCT FROM (NEW.user_id, NEW.date_of_birth, NEW.known_on, NEW.ended_at))
    EXECUTE FUNCTION child_health_plan_after_birth_is_stale();
CREATE TRIGGER child_health_plan_after_birth_is_stale AFTER INSERT OR UPDATE OR DELETE
    ON child_health_childend FOR EACH ROW EXECUTE FUNCTION child_health_plan_after_birth_is_stale();
CREATE TRIGGER child_health_plan_after_birth_is_stale AFTER INSERT OR UPDATE OR DELETE
    ON child_health_pregnancyoutcome FOR EACH ROW EXECUTE FUNCTION child_health_plan_after_birth_is_stale();
CREATE TRIGGER child_health_plan_after_birth_is_stale AFTER INSERT OR UPDATE OR DELETE
    ON child_health_pregnancyoutcome_children FOR EACH ROW EXECUTE FUNCTION child_health_plan_after_birth_is_stale();
"""
FRESH = """
DROP TRIGGER child_health_plan_after_birth_is_stale ON child_health_pregnancyoutcome_children;
DROP TRIGGER child_health_plan_after_birth_is_stale ON child_health_pregnancyoutcome;
DROP TRIGGER child_health_plan_after_birth_is_stale ON child_health_childend;
DROP TRIGGER child_health_plan_after_birth_has_changed ON child_health_child;
DROP TRIGGER child_health_plan_after_birth_is_stale ON child_health_child;
DROP FUNCTION child_health_plan_after_birth_is_stale();
DROP FUNCTION child_health_plans_after_birth_are_stale(bigint[], bigint[], bigint[]);
"""
# One more column than 0019 has, and whose it is: her children are part of a birth.
_OF_PREGNANCY = """
DROP TRIGGER child_health_plan_is_stale ON child_health_pregnancy;
CREATE TRIGGER child_health_plan_is_stale BEFORE UPDATE OF {columns}
    ON child_health_pregnancy FOR EACH ROW
    WHEN (({old}) IS DISTINCT FROM ({new}))
    EXECUTE FUNCTION child_health_plan_is_stale();
"""
BEFORE = (
    "estimated_start_date",
    "estimated_delivery_date",
    "declared_on",
    "declared_number_of_prenatal_visits",
    "created_at",
)
AFTER = (*BEFORE, "visits_missed", "user_id")


def of_pregnancy(columns):
    old, new = (", ".join(f"{row}.{column}" for column in columns) for row in ("OLD", "NEW"))
    return _OF_PREGNANCY.format(columns=", ".join(columns), old=old, new=new)


class Migration(migrations.Migration):
    """Visits after birth, and visits that she says she missed."""

    dependencies = [("child_health", "0021_adopted_pack")]

    operations = [
        migrations.AlterField(
            model_name="plannedvisit",
            name="kind",
            field=models.CharField(
                choices=[
                    ("v", "vaccination"),
                    ("a", "antenatal visit"),
                    ("b", "expected birth"),
                    ("n", "visit after birth"),
                ],
                max_length=1,
            ),
        ),
        migrations.AlterField(
            model_name="plannedvisit",
            name="week",
            field=models.IntegerField(
                help_text="Completed weeks of age, or of the pregnancy, on its day; after birth: which of the pack's visits."
            ),
        ),
        migrations.AddField(
            model_name="pregnancy",
            name="visits_missed",
            field=models.JSONField(
                editable=False,
                help_text="The days of visits to which she says she did not come, each with the day on which she said so.",
                null=True,
            ),
        ),
        migrations.RunSQL(of_pregnancy(AFTER), of_pregnancy(BEFORE)),
        migrations.RunSQL(STALE, FRESH),
    ]
