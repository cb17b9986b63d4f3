from django.db import migrations, models

# One more column than 0019 has.
_OF_CHILD = """
DROP TRIGGER child_health_plan_is_stale ON child_health_child;
CREATE TRIGGER child_health_plan_is_stale BEFORE UPDATE OF {columns}
    ON child_health_child FOR EACH ROW
    WHEN (({old}) IS DISTINCT FROM ({new}))
    EXECUTE FUNCTION child_health_plan_is_stale();
"""
# Nothing is told in a pause: what was due in it is planned after it.
WITH_PAUSES = """
CREATE TRIGGER child_health_plan_of_child_is_stale AFTER INSERT OR UPDATE OR DELETE
    ON child_health_childpause FOR EACH ROW EXECUTE FUNCTION child_health_plan_of_child_is_stale();
CREATE TRIGGER child_health_plan_of_child_is_stale AFTER INSERT OR UPDATE OR DELETE
    ON child_health_childend FOR EACH ROW EXECUTE FUNCTION child_health_plan_of_child_is_stale();
"""
WITHOUT_PAUSES = """
DROP TRIGGER child_health_plan_of_child_is_stale ON child_health_childend;
DROP TRIGGER child_health_plan_of_child_is_stale ON child_health_childpause;
"""
BEFORE = ("date_of_birth", "gender", "known_on")
AFTER = (*BEFORE, "doses_not_given")


def of_child(columns):
    old, new = (", ".join(f"{row}.{column}" for column in columns) for row in ("OLD", "NEW"))
    return _OF_CHILD.format(columns=", ".join(columns), old=old, new=new)


class Migration(migrations.Migration):
    """Doses that were told not to have been given, and what was due while nobody was to be told."""

    dependencies = [("child_health", "0023_plan_failure")]

    operations = [
        migrations.AddField(
            model_name="child",
            name="doses_not_given",
            field=models.JSONField(
                editable=False,
                help_text="By their ids, doses that were told not to have been given, each with the day of that.",
                null=True,
            ),
        ),
        migrations.AddIndex(
            model_name="dosegiven",
            index=models.Index(
                fields=["child"],
                condition=models.Q(("retracted_at__isnull", False)),
                name="child_health_doses_retracted",
            ),
        ),
        migrations.RunSQL(of_child(AFTER), of_child(BEFORE)),
        migrations.RunSQL(WITH_PAUSES, WITHOUT_PAUSES),
    ]
