"""Registering a family without a phone app: she is called or visited, and nothing is sent while she has no number."""

from __future__ import annotations

import datetime as dt

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command

from hera.campaigns import services as campaigns
from hera.child_health.models import Child, Pregnancy
from hera.core import clock, phone_numbers, timezones
from hera.delivery.models import Message
from hera.events.models import InstantNotification, NotificationEvent
from hera.health_center.models import HealthCenter
from hera.panel import roles
from hera.panel.models import AuditEntry
from hera.people import worklist
from hera.people.filter import PeopleFilter
from hera.people.selectors import page_of
from hera.people.worklist import Kind
from hera.privacy import inactivity
from hera.user_profile.models import NumberChange, PushTarget
from tests.families import make_type, make_user, make_vaccine

pytestmark = pytest.mark.django_db

PAGE = "/admin/register/"
ROWS = {"child-TOTAL_FORMS": "4", "child-INITIAL_FORMS": "0"}


def today() -> dt.date:
    return clock.today_in(timezones.default())


def sent(**more) -> dict[str, object]:
    child = {
        "child-0-name": "Leyla", "child-0-gender": "FEMALE",
        "child-0-date_of_birth": (today() - dt.timedelta(weeks=8)).isoformat(),
    }  # fmt: skip
    her = {"name": "Zeynep", "date_of_birth": "1995-01-01", "language": "ar", "agreed": "on"}
    return {**ROWS, **her, **child, **more}


@pytest.fixture
def worker(signed_in):
    make_vaccine(8, name="Hexa")
    return signed_in(roles.CASE_WORKER)


def test_a_mother_without_a_number_is_on_the_list_and_nothing_is_sent(worker):
    centre = HealthCenter.objects.create(name="Fatih", address="-", geolocation="41.0,28.9")
    kind = make_type("vaccination.today", en=("Title", "Body", "Text"))
    kind.schedules.create(calendar_event_type="vaccination", offset_days=0, time_of_day=dt.time(0))
    answer = worker.post(PAGE, sent(center=centre.pk, week="12"), follow=True)
    assert "She is registered" in answer.text
    assert "none: to be visited" in answer.text
    mother = User.objects.get(profile__name="Zeynep")
    assert phone_numbers.shown(mother.username) == ""
    assert not mother.has_usable_password()
    assert (mother.children.get().name, mother.center_of_person.center) == ("Leyla", centre)
    assert Pregnancy.objects.get(user=mother).declared_pregnancy_week == 12
    assert mother.profile.language_code == "ar"
    assert [row.person for row in worklist.of(Kind.TODAY)] == [mother.pk]
    assert "no number: to be visited" in worker.get("/admin/worklist/").text
    call_command("generate_notifications", "--force-create-events")
    assert NotificationEvent.objects.filter(user=mother).exists()
    assert not Message.objects.exists()
    entry = AuditEntry.objects.filter(action="add").latest("id")
    assert (entry.about, entry.person) == ("person", mother.pk)
    assert "Zeynep" not in str(entry.detail)


def test_no_message_of_staff_and_no_warning_goes_to_who_has_no_number(worker, settings):
    worker.post(PAGE, sent())
    mother, reached = User.objects.get(profile__name="Zeynep"), make_user()
    to_all = InstantNotification(notification_type=make_type("note", en=("Title", "Body", "Text")), criteria={})
    assert set(campaigns.recipients(to_all)) == {reached}
    assert campaigns.numbers_of([str(mother.pk), str(reached.pk)]) == [reached.username]
    User.objects.update(date_joined=clock.now() - dt.timedelta(days=5000))
    Child.objects.all().delete()
    inactivity.look()
    assert not hasattr(User.objects.get(pk=mother.pk), "inactivity_warning")


def test_her_number_is_one_that_nobody_has_proven(worker):
    worker.post(PAGE, sent(number="+90 532 123 45 67"))
    mother = User.objects.get(username="+905321234567")
    assert not NumberChange.objects.get(user=mother).new_is_proven
    assert not PushTarget.objects.exists()


def test_a_number_can_be_given_to_her_later(worker):
    worker.post(PAGE, sent())
    mother = User.objects.get(profile__name="Zeynep")
    address = f"/admin/custom_user/customuser/{mother.pk}/account/"
    worker.post(address, {"deed": "move", "number": "+905321234567"})
    mother.refresh_from_db()
    assert mother.username == "+905321234567"
    assert not Message.objects.exists(), "there is no former number to tell"


def test_no_digits_find_who_has_no_number(worker):
    worker.post(PAGE, sent())
    for digit in "0123456789":
        form = PeopleFilter({"number": digit})
        assert form.is_valid()
        assert page_of(form).users == []


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"name": ""}, "This field is required"),
        ({"agreed": ""}, "This field is required"),
        ({"number": "12"}, "valid phone number"),
        ({"date_of_birth": "2999-01-01"}, "in the future"),
        ({"child-0-date_of_birth": "2999-01-01"}, "in the future"),
        ({"child-0-date_of_birth": "1800-01-01"}, "1990"),
        ({"child-0-gender": ""}, "This field is required"),
        ({"child-0-name": "", "child-0-gender": "", "child-0-date_of_birth": ""}, "at least one child"),
        ({"last_menstrual_period": "2001-01-01"}, "too long ago"),
        ({"week": "60"}, "less than or equal to 42"),
        (
            {"week": "30", "last_menstrual_period": (today() - dt.timedelta(weeks=8)).isoformat()},
            "Week 30 and this day do not belong together: by this day it is week 8.",
        ),
        ({"geolocation": "here"}, "Use latitude and longitude"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_is_made(worker, wrong, says):
    answer = worker.post(PAGE, sent(**wrong))
    assert answer.status_code == 400
    assert says in answer.text
    assert not User.objects.filter(is_staff=False).exists()


def test_a_week_and_a_day_that_contradict_each_other_stay_in_the_form_until_one_is_mended(worker):
    day = (today() - dt.timedelta(weeks=8)).isoformat()
    refused = worker.post(PAGE, sent(week="30", last_menstrual_period=day)).text
    assert 'value="30"' in refused
    assert f'value="{day}"' in refused
    assert "She is registered" in worker.post(PAGE, sent(week="9", last_menstrual_period=day), follow=True).text
    assert Pregnancy.objects.get().declared_date_of_last_menstrual_period.isoformat() == day


def test_a_number_that_somebody_has_is_refused_and_nothing_is_made(worker):
    make_user(number="+905321234567")
    answer = worker.post(PAGE, sent(number="+905321234567"))
    assert answer.status_code == 400
    assert "already in use" in answer.text
    assert User.objects.filter(is_staff=False).count() == 1


def test_who_may_be_known_already_is_asked_about(worker):
    worker.post(PAGE, sent())
    answer = worker.post(PAGE, sent())
    assert answer.status_code == 400
    assert "known already" in answer.text
    assert worker.post(PAGE, sent(is_another="on")).status_code == 302
    assert User.objects.filter(profile__name="Zeynep").count() == 2


@pytest.mark.parametrize(("years", "is_refused"), [(6, True), (9, True), (11, False), (59, False), (62, True)])
def test_a_mother_is_of_an_age_at_which_one_can_be(worker, years, is_refused):
    born = today().replace(day=1) - dt.timedelta(days=round(365.25 * years))
    answer = worker.post(PAGE, sent(date_of_birth=born.isoformat()), follow=True)
    assert ("A mother is between 10 and 60 years old" in answer.text) is is_refused
    assert User.objects.filter(profile__name="Zeynep").exists() is not is_refused
