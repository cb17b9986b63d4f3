"""N7: holes in sentences are refused; a schedule far away or at night is asked about first, and its reach is told."""

from __future__ import annotations

import datetime as dt
import re

import pytest

from hera.child_health import calendar
from hera.child_health.plan import stored
from hera.core import clock
from hera.events import checks
from hera.events.models import NotificationSchedule, NotificationTemplateVariable, NotificationType
from hera.panel import audit_values, roles
from hera.panel.models import AuditEntry
from tests.families import make_child, make_schedule, make_type, make_user, make_vaccine

pytestmark = pytest.mark.django_db

ADD = "/admin/events/notificationschedule/add/"
DAY = dt.date(2026, 11, 25)


def test_n7_the_fields_are_those_of_the_events():
    group = calendar.dose_groups([calendar.Dose(1, 0, 1, "BCG", True, True)], "MALE")[0]
    assert set(calendar.vaccination(1, "Leyla", DAY, group).context()) == calendar.FIELDS["vaccination"]
    assert set(calendar.prenatal_visit(1, DAY, 10).context()) == calendar.FIELDS["prenatal_checkup"]


def _fields(kind, **others):
    fields = {"notification_type": kind.pk, "calendar_event_type": "vaccination", "offset_days": "0",
              "time_of_day": "09:00", "push_time_to_live": "1 00:00:00", "is_active": "on"}  # fmt: skip
    return fields | others


def test_n7_texts_that_the_event_cannot_fill_are_refused(signed_in):
    client = signed_in(roles.CONTENT_EDITOR)
    kind = make_type("week.of.pregnancy", en=("A", "B", "Today {{ person_name }} is in week {{ weeks_pregnant }}."))
    page = client.post(ADD, _fields(kind)).content.decode()
    assert "a hole in the sentence" in page
    assert "weeks_pregnant" in page
    page = client.post(ADD, _fields(kind, calendar_event_type="prenatal_checkup")).content.decode()
    assert "person_name" in page, "no name is in an antenatal visit"
    assert not NotificationSchedule.objects.exists()


@pytest.mark.parametrize(
    ("others", "asked"),
    [({"offset_days": "-400"}, "400 days from the visit"), ({"time_of_day": "00:00"}, "At 00:00 people sleep")],
)
def test_n7_what_is_strange_is_asked_about(signed_in, others, asked):
    client = signed_in(roles.CONTENT_EDITOR)
    kind = make_type()
    page = client.post(ADD, _fields(kind, **others))
    assert asked in page.content.decode()
    assert not NotificationSchedule.objects.exists()
    confirmed = page.context["adminform"].form["confirmed"].value()
    other = client.post(ADD, _fields(kind, **others, offset_days_="x") | {"confirmed": "guessed"})
    assert other.status_code == 200
    assert client.post(ADD, _fields(kind, **others) | {"confirmed": confirmed}).status_code == 302


def test_n7_who_gets_it_and_when_is_asked_about_before_it_is_switched_on(signed_in):
    make_vaccine(1)
    for _child in range(3):
        make_child(make_user(), clock.now().date() - dt.timedelta(days=4))
    stored.catch_up()
    client, kind = signed_in(roles.CONTENT_EDITOR), make_type()
    off = {name: value for name, value in _fields(kind).items() if name != "is_active"}
    assert client.post(ADD, off).status_code == 302, "what is off goes to nobody"
    row = NotificationSchedule.objects.get()
    address = f"/admin/events/notificationschedule/{row.pk}/change/"
    asked = client.post(address, _fields(kind))
    assert "It would go to 3 people in the next 7 days." in asked.text
    row.refresh_from_db()
    assert not row.is_active
    confirmed = asked.context["adminform"].form["confirmed"].value()
    page = client.post(address, _fields(kind, confirmed=confirmed), follow=True).text
    assert "Due by this schedule in the next 7 days: 3." in page
    assert client.post(address, _fields(kind, push_time_to_live="2 00:00:00")).status_code == 302, "asked once"
    form = client.get(address).text
    assert "Due in the next 7 days" in form
    assert ": 3)" in form, "the day, and how many"


def test_what_is_in_use_is_switched_off_and_not_deleted(signed_in):
    client = signed_in(roles.CONTENT_EDITOR)
    kind, unused = make_type(), make_type("note.to_all", en=("Title", "Body", "Text"))
    schedule = make_schedule(kind)
    of_kind, of_schedule = "/admin/events/notificationtype/", "/admin/events/notificationschedule/"
    client.post(f"{of_kind}{kind.pk}/delete/", {"post": "yes"})
    client.post(f"{of_kind}{unused.pk}/delete/", {"post": "yes"})
    assert [*NotificationType.objects.filter(pk__in=[kind.pk, unused.pk])] == [kind]
    client.post(of_schedule, {"action": "switch_off", "_selected_action": [schedule.pk]})
    schedule.refresh_from_db()
    assert not schedule.is_active
    entry = AuditEntry.objects.get(about=f"events.notificationschedule {schedule.pk}", action="change")
    assert audit_values.of(entry) == {"is_active": (True, False)}


def test_the_fields_of_its_events_are_offered_to_its_texts(signed_in):
    kind = make_type()
    make_schedule(kind, "prenatal_checkup")
    page = signed_in(roles.CONTENT_EDITOR).get(f"/admin/events/notificationtype/{kind.pk}/change/").text
    offered = re.search(r'data-fields="([^"]*)"', page)[1].split()
    assert set(offered) == calendar.FIELDS["prenatal_checkup"] | {checks.LINK}


@pytest.mark.parametrize(("name", "is_right"), [("vaccine_names", True), ("weeks_pregnant", False), ("surname", False)])
def test_n7_only_what_the_event_has_is_declared(signed_in, name, is_right):
    client = signed_in(roles.CONTENT_EDITOR)
    kind = make_type()
    make_schedule(kind)
    fields = {
        "description": "x", "is_active": "on", "lock_screen": "discreet", "fallback_after": "120",
        "variables-TOTAL_FORMS": "1", "variables-INITIAL_FORMS": "0",
        "variables-0-name": name, "variables-0-example_values": "BCG", "variables-0-description": "x",
        "templates-TOTAL_FORMS": "0", "templates-INITIAL_FORMS": "0",
    }  # fmt: skip
    page = client.post(f"/admin/events/notificationtype/{kind.pk}/change/", fields)
    assert (page.status_code == 302) is is_right, page.content.decode()[:0]
    assert NotificationTemplateVariable.objects.exists() is is_right
