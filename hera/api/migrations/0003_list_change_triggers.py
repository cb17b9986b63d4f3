from django.conf import settings
from django.db import migrations

# Whose lists are made of a table's rows: of `user_id`, of the account itself, of whom the child or pregnancy is
# of; or everybody's. `tests/api/test_versions.py` finds a table that a list reads and that is not here.
TABLES = {
    "auth_user": "account",
    "user_profile_userprofile": "user",
    "child_health_child": "user",
    "child_health_pregnancy": "user",
    "events_notificationevent": "user",
    "surveys_survey": "user",
    "child_health_childend": "child",
    "child_health_dosegiven": "child",
    "child_health_pastvaccination": "child",
    "child_health_plannedvisit": "visit",
    "child_health_pregnancyoutcome": "pregnancy",
    "child_health_pregnancyoutcome_children": "child",
    "child_health_adoptedpack": "everybody",
    "child_health_vaccine": "everybody",
    "child_health_vaccinedose": "everybody",
    "events_notificationschedule": "everybody",
    "events_notificationtemplate": "everybody",
    "events_notificationtype": "everybody",
    "surveys_surveyschedule": "everybody",
    "surveys_surveytemplate": "everybody",
    "surveys_surveytemplateoption": "everybody",
    "surveys_surveytemplatetranslation": "everybody",
}
# Of a message of staff lists read whether it was stopped; how far it has come is written all the time.
STAFF_MESSAGE = "events_instantnotification"
ROWS = {"INSERT": "NEW TABLE AS new_rows", "DELETE": "OLD TABLE AS old_rows"}
ROWS["UPDATE"] = f"{ROWS['DELETE']} {ROWS['INSERT']}"


def trigger(table, whose, event):
    return migrations.RunSQL(
        f"""CREATE OR REPLACE TRIGGER api_lists_have_changed_by_{event.lower()} AFTER {event} ON {table}
            REFERENCING {ROWS[event]} FOR EACH STATEMENT EXECUTE FUNCTION api_lists_have_changed('{whose}')""",
        f"DROP TRIGGER api_lists_have_changed_by_{event.lower()} ON {table}",
    )


class Migration(migrations.Migration):
    """Whoever writes what lists are made of says so."""

    atomic = False  # a table at a time, while people sign in; run again it makes the same

    dependencies = [
        ("api", "0002_list_change"),
        ("child_health", "0023_plan_failure"),
        ("events", "0026_messages_of_two"),
        ("surveys", "0015_after_birth"),
        ("user_profile", "0010_number_changes"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        *(trigger(table, whose, event) for table, whose in TABLES.items() for event in ROWS),
        migrations.RunSQL(
            f"""CREATE OR REPLACE TRIGGER api_lists_have_changed AFTER UPDATE OF state ON {STAFF_MESSAGE} FOR EACH ROW
                WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION api_lists_have_changed()""",
            f"DROP TRIGGER api_lists_have_changed ON {STAFF_MESSAGE}",
        ),
    ]
