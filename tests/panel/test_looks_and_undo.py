"""Looks, changes and the way back: what the trail knows of people, and what goes when they are erased."""

from __future__ import annotations

import datetime as dt
from urllib.parse import urlencode

import pytest
import time_machine
from django.contrib.admin.models import LogEntry
from django.core.management import call_command
from django.db import connection

from hera.child_health.models import Child, PastVaccination, PastVaccinationChange, Pregnancy, Vaccine
from hera.core import clock
from hera.core.ports import Action
from hera.events.models import InstantNotification, NotificationType
from hera.panel import audit, audit_values, roles
from hera.panel.models import AuditEntry, AuditValues
from hera.privacy.services import erase
from tests.families import make_type

pytestmark = pytest.mark.django_db

LIST = "/admin/custom_user/customuser/"
TRAIL = "/admin/custom_user/auditentry/"


def test_s9_looks_at_records_lists_and_histories_are_written_down(signed_in, amal):
    client = signed_in(roles.PROGRAMME_ADMIN)
    child, number = amal.children.get(), amal.username
    client.get(f"{LIST}?{urlencode({'number': number})}")
    client.get(f"/admin/child_health/child/{child.pk}/change/")
    client.get(f"/admin/child_health/pregnancy/{amal.pregnancies.get().pk}/change/")
    client.get(f"/admin/user_profile/userprofile/{amal.profile.pk}/change/")
    client.get(f"/admin/child_health/child/{child.pk}/history/")
    client.get("/admin/delivery/message/?state__exact=failed")
    seen = list(AuditEntry.objects.filter(action=Action.VIEW).order_by("id").values_list("about", "person"))
    assert seen == [
        ("people, list", None),
        (f"child_health.child {child.pk}", amal.pk),
        (f"child_health.pregnancy {amal.pregnancies.get().pk}", amal.pk),
        (f"user_profile.userprofile {amal.profile.pk}", amal.pk),
        (f"child_health.child {child.pk}, history", amal.pk),
        ("delivery.message, list", None),
    ]
    first, last = AuditEntry.objects.order_by("id").first(), AuditEntry.objects.order_by("id").last()
    assert (first.detail["found"], first.detail["shown"]) == (1, 1)
    assert first.detail["asked"] == audit.asked({"number": number})
    assert list(last.detail["asked"]) == ["state__exact"]


def test_s9_a_message_with_a_person_is_a_look_at_her(signed_in, amal):
    call_command("generate_notifications", "--force-create-events")
    message = amal.notification_events.first().messages.first()
    signed_in(roles.OPERATOR).get(f"/admin/delivery/message/{message.pk}/change/")
    assert AuditEntry.objects.get().person == amal.pk


def test_s9_a_look_costs_two_statements_more(signed_in, amal, django_assert_max_num_queries):
    client, child = signed_in(roles.CASE_WORKER), amal.children.get()
    with django_assert_max_num_queries(12):
        client.get(f"/admin/child_health/child/{child.pk}/change/")


def correct(client, child, **changed):
    """Correct a child as the page does; returns the trail's entry."""
    fields = {
        "name": child.name,
        "gender": child.gender,
        "date_of_birth": child.date_of_birth.isoformat(),
        "given": list(child.past_vaccinations.values_list("pk", flat=True)),
        **changed,
    }
    answer = client.post(f"/admin/child_health/child/{child.pk}/change/", fields)
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    return AuditEntry.objects.filter(action=Action.CHANGE).latest("id")


def trail_with(text: str) -> list[str]:
    """The tables of the trail, and of Django's own log, in which a text stands."""
    found = []
    with connection.cursor() as cursor:
        for table in ("custom_user_auditentry", "custom_user_auditvalues", "django_admin_log"):
            cursor.execute(f"SELECT count(*) FROM {table} AS t WHERE t::text LIKE %s", [f"%{text}%"])
            if cursor.fetchone()[0]:
                found.append(table)
    return found


def test_s10_erasing_a_person_leaves_nothing_of_her_in_the_trail(signed_in, amal):
    client, child = signed_in(roles.PROGRAMME_ADMIN), amal.children.get()
    pk, number = amal.pk, amal.username
    asked = urlencode({"number": number, "name": "Amal"})
    client.get(f"{LIST}?{asked}")
    client.get(f"{LIST}{pk}/change/")
    assert client.post(f"{LIST}export/people-wide/?{asked}").status_code == 200
    correct(client, child, name="Leylaa", date_of_birth="2026-01-02")
    profile = {"name": "Amalia", "gender": "FEMALE", "date_of_birth": "1990-01-01", "language_code": "en"}
    client.post(
        f"/admin/user_profile/userprofile/{amal.profile.pk}/change/", {**profile, "timezone": amal.profile.timezone}
    )
    assert AuditValues.objects.filter(person=amal).count() == 2
    kind = NotificationType.objects.first()
    assert {"number", "name"} == set(AuditEntry.objects.get(action=Action.EXPORT).detail["asked"])
    draft = {"notification_type": kind.pk, "to": "numbers", "numbers": number, "send_at_0": "", "send_at_1": ""}
    InstantNotification.objects.create(notification_type=kind, phone_numbers=[number])
    for message in InstantNotification.objects.all():
        client.post(f"/admin/events/instantnotification/{message.pk}/change/", {**draft, "send": "1"})
    told = (number, number[1:], "Amal", "Leyla", "Leylaa", "Amalia", "1990-01-01")
    for text in told:
        assert trail_with(text) == [], text
    erase(amal)
    assert not AuditValues.objects.filter(person_id=pk).exists()
    for text in told:
        assert trail_with(text) == [], text
    assert AuditEntry.objects.filter(person=pk).exists(), "that she was looked at stays, by her id"


def test_s10_what_was_typed_can_be_compared_and_not_read(settings):
    one = audit.asked({"number": "+905321234567", "gender": "FEMALE"})
    assert set(one) == {"number", "gender"}
    assert one == audit.asked({"gender": "FEMALE", "number": "+905321234567"})
    settings.SECRET_KEY = "another key that is long enough for anybody"
    assert one != audit.asked({"number": "+905321234567", "gender": "FEMALE"})


def test_n11_a_wrong_correction_is_undone_ticks_and_all(signed_in, amal):
    client, child = signed_in(roles.PROGRAMME_ADMIN), amal.children.get()
    born, ticked = child.date_of_birth, list(child.past_vaccinations.values_list("pk", flat=True))
    others = [one.pk for one in Vaccine.objects.filter(is_active=True).order_by("pk")[1:3]]
    entry = correct(client, child, name="Wrong", date_of_birth=(born - dt.timedelta(days=30)).isoformat(), given=others)
    assert audit_values.of(entry)["name"] == ("Leyla", "Wrong")
    assert audit_values.of(entry)["given"] == (ticked, sorted(others, key=str))
    assert "Wrong" not in str(entry.detail)
    page = client.get(f"{TRAIL}{entry.pk}/change/").content.decode()
    for text in ("Leyla", "Wrong", "/undo/"):
        assert text in page, text
    assert "changed again" not in page
    confirmation = client.get(f"{TRAIL}{entry.pk}/undo/").content.decode()
    assert "Becomes again" in confirmation
    assert Child.objects.get(pk=child.pk).name == "Wrong", "nothing is done by looking"
    assert client.post(f"{TRAIL}{entry.pk}/undo/").status_code == 302
    child.refresh_from_db()
    assert (child.name, child.date_of_birth) == ("Leyla", born)
    assert list(PastVaccination.objects.filter(child=child).values_list("vaccine_id", flat=True)) == ticked
    assert PastVaccinationChange.objects.filter(child=child, vaccine_id=others[0], is_ticked=False).exists()
    undone = AuditEntry.objects.filter(action=Action.CHANGE).latest("id")
    assert (undone.person, undone.detail["undoes"], undone.about) == (amal.pk, entry.pk, entry.about)
    again = client.get(f"{TRAIL}{entry.pk}/change/").text
    assert "it was undone, or changed again" in again
    assert "/undo/" not in again
    client.post(f"{TRAIL}{undone.pk}/undo/")
    assert Child.objects.get(pk=child.pk).name == "Wrong", "an undo can be undone"


def test_n11_a_record_that_has_changed_since_is_left_alone(signed_in, amal):
    client, child = signed_in(roles.PROGRAMME_ADMIN), amal.children.get()
    entry = correct(client, child, name="Wrong")
    correct(client, child, name="Right")
    assert "changed since" in client.get(f"{TRAIL}{entry.pk}/undo/").content.decode()
    assert "changed since" in client.post(f"{TRAIL}{entry.pk}/undo/", follow=True).content.decode()
    assert Child.objects.get(pk=child.pk).name == "Right"


def test_n11_fields_that_the_change_did_not_touch_stay_as_they_are_now(signed_in, amal):
    client, child = signed_in(roles.PROGRAMME_ADMIN), amal.children.get()
    entry = correct(client, child, name="Wrong")
    correct(client, Child.objects.get(pk=child.pk), gender="MALE")
    client.post(f"{TRAIL}{entry.pk}/undo/")
    child.refresh_from_db()
    assert (child.name, child.gender) == ("Leyla", "MALE")
    assert child.past_vaccinations.exists()


def test_n11_after_thirty_days_and_for_others_there_is_no_way_back(signed_in, client, amal):
    child = amal.children.get()
    case_worker = signed_in(roles.CASE_WORKER)
    entry = correct(case_worker, child, name="Wrong")
    assert case_worker.get(f"{TRAIL}{entry.pk}/undo/").status_code == 403
    administrator = signed_in(roles.PROGRAMME_ADMIN)
    assert administrator.get(f"{TRAIL}{entry.pk}/undo/").status_code == 200
    with time_machine.travel(clock.now() + dt.timedelta(days=31)):
        assert audit_values.of(entry) == {}
        assert audit_values.delete_old() == 1


def test_n11_values_that_somebody_has_changed_are_not_believed(signed_in, amal):
    child = amal.children.get()
    entry = correct(signed_in(roles.PROGRAMME_ADMIN), child, name="Wrong")
    AuditValues.objects.filter(pk=entry.pk).delete()
    audit_values.keep(entry.pk, amal.pk, {"name": ("Forged", "Wrong")})
    assert audit_values.of(entry) == {}


def test_n11_an_undone_pregnancy_has_its_dates_again(signed_in, amal):
    """It was declared anew, today, and every visit moved."""
    client, pregnancy = signed_in(roles.PROGRAMME_ADMIN), amal.pregnancies.get()
    month_ago = clock.now().date() - dt.timedelta(days=30)
    Pregnancy.objects.update(
        declared_pregnancy_week=10,
        declared_date_of_last_menstrual_period=None,
        declared_on=month_ago,
        estimated_start_date=month_ago - dt.timedelta(weeks=10),
        estimated_delivery_date=month_ago + dt.timedelta(weeks=30),
    )
    before = Pregnancy.objects.values().get()
    page = f"/admin/child_health/pregnancy/{pregnancy.pk}/change/"
    fields = {"declared_pregnancy_week": 20, "declared_date_of_last_menstrual_period": ""}
    assert client.post(page, fields | {"declared_number_of_prenatal_visits": ""}).status_code == 302
    entry = AuditEntry.objects.filter(action=Action.CHANGE).latest("id")
    assert Pregnancy.objects.get().estimated_start_date != before["estimated_start_date"]
    assert before["estimated_delivery_date"].isoformat() in client.get(f"{TRAIL}{entry.pk}/undo/").text
    client.post(f"{TRAIL}{entry.pk}/undo/")
    after = Pregnancy.objects.values().get()
    assert {**after, "updated_at": None} == {**before, "updated_at": None}
    wrong = AuditEntry.objects.filter(action=Action.CHANGE).latest("id")
    client.post(f"{TRAIL}{wrong.pk}/undo/")
    assert Pregnancy.objects.get().declared_pregnancy_week == 20


def test_n11_what_was_in_tables_and_what_was_deleted_can_be_read(signed_in, amal, programme):
    client, child, vaccine = signed_in(roles.PROGRAMME_ADMIN), amal.children.get(), Vaccine.objects.first()
    vaccine.is_active = False
    vaccine.save()
    dose = vaccine.doses.first()
    fields = {"name": vaccine.name, "nickname": "", "applicable_for_female": "on", "applicable_for_male": "on"}
    fields |= {"doses-TOTAL_FORMS": 1, "doses-INITIAL_FORMS": 1, "doses-0-id": dose.pk, "doses-0-vaccine": vaccine.pk}
    fields |= {"doses-0-name": dose.name, "doses-0-week_age": dose.week_age + 3, "doses-0-is_active": "on"}
    assert client.post(f"/admin/child_health/vaccine/{vaccine.pk}/change/", fields).status_code == 302
    entry = AuditEntry.objects.filter(action=Action.CHANGE).latest("id")
    name = f"vaccinedose {dose.pk}.week_age"
    assert audit_values.of(entry)[name] == (dose.week_age, dose.week_age + 3)
    assert name in client.get(f"{TRAIL}{entry.pk}/change/").text
    client.post(f"/admin/child_health/child/{child.pk}/delete/", {"post": "yes"})
    entry = AuditEntry.objects.get(action=Action.DELETE)
    assert audit_values.of(entry)["name"] == ("Leyla", None)
    assert "Leyla" in client.get(f"{TRAIL}{entry.pk}/change/").text
    client.post(f"/admin/child_health/vaccine/{vaccine.pk}/switch/", {"wanted": "on"})
    assert audit_values.of(AuditEntry.objects.latest("id")) == {"is_active": (False, True)}


def test_n11_a_new_secret_key_leaves_the_way_back(signed_in, amal, settings):
    client, child = signed_in(roles.PROGRAMME_ADMIN), amal.children.get()
    entry = correct(client, child, name="Wrong")
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another key that is long enough for anybody"
    assert audit_values.of(entry) == {"name": ("Leyla", "Wrong")}


def test_s10_what_is_typed_into_a_staff_message_is_kept_nowhere_beside_it(signed_in, amal):
    client, kind = signed_in(roles.PROGRAMME_ADMIN), make_type(en=("Hello", "Open HERA", "Come."))
    message = InstantNotification.objects.create(notification_type=kind, phone_numbers=[], criteria={})
    fields = {"notification_type": kind.pk, "numbers": amal.username, "to": "numbers"}
    answer = client.post(f"/admin/events/instantnotification/{message.pk}/change/", fields)
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    assert InstantNotification.objects.get().phone_numbers == [amal.username]
    assert not AuditValues.objects.exists()


def test_n11_content_can_be_undone_too(signed_in, programme):
    client = signed_in(roles.PROGRAMME_ADMIN)
    vaccine = Vaccine.objects.first()
    page = f"/admin/child_health/vaccine/{vaccine.pk}/change/"
    values = {"name": "Misspelt", "doses-TOTAL_FORMS": 0, "doses-INITIAL_FORMS": 0}
    values |= {"applicable_for_female": "on", "applicable_for_male": "on"}
    asked = client.post(page, values)
    answer = client.post(page, values | {"confirmed": asked.context["adminform"].form.data["confirmed"]})
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    entry = AuditEntry.objects.filter(action=Action.CHANGE).latest("id")
    undone = client.post(f"{TRAIL}{entry.pk}/undo/", follow=True)
    assert Vaccine.objects.get(pk=vaccine.pk).name == vaccine.name, [str(told) for told in undone.context["messages"]]


def test_django_s_own_log_names_nobody(signed_in, amal):
    correct(signed_in(roles.CASE_WORKER), amal.children.get(), name="Wrong")
    [entry] = LogEntry.objects.all()
    assert (entry.object_repr, entry.change_message) == (f"child_health.child {amal.children.get().pk}", "")
