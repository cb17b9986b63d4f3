"""A nurse reads words: no codes of types and surveys, no provider's name or status, no name of an account set aside."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.contrib.auth.models import User
from django.utils import translation

from hera.child_health.dose_names import dose_name
from hera.child_health.models import VaccineDose
from hera.child_health.plan import stored
from hera.core import clock, phone_numbers, timezones
from hera.delivery.models import Attempt, Message
from hera.events.models import NotificationEvent
from hera.panel import roles
from hera.surveys.models import Survey, SurveyTemplate, SurveyTemplateTranslation
from tests.families import make_child, make_type, make_user, make_vaccine

pytestmark = pytest.mark.django_db

LIST = "/admin/custom_user/customuser/"


@pytest.fixture
def told(programme):
    mother, now = make_user(name="Amal"), clock.now()
    event = NotificationEvent.objects.create(
        user=mother, notification_type=make_type("vaccination.one_day_before"), event_key="vaccination/child-1/x",
        notification_available_at=now, notification_expires_at=now, context={"event_type": "vaccination"},
    )  # fmt: skip
    message = Message.objects.create(
        event=event, purpose="notification", channel="sms", state="sent", state_at=now, not_before=now, expires_at=now,
        enqueued_at=now, created_at=now,
    )  # fmt: skip
    Attempt.objects.create(message=message, channel_kind="console", started_at=now, outcome="accepted", status_code=200)
    asked = SurveyTemplate.objects.create(code="vaccination.was_it", survey_type="TEXT")
    for code, question in (("en", "Was {{ person_name }} there?"), ("tr", "{{ person_name }} oradaydı mı?")):
        SurveyTemplateTranslation.objects.create(survey_template=asked, language_code=code, question=question)
    choice = SurveyTemplate.objects.create(code="visit.took_place", survey_type="MULTIPLE_CHOICE")
    SurveyTemplateTranslation.objects.create(survey_template=choice, language_code="en", question="Did you go?")
    choice.options.create(code="visityes", option_en="Yes, I went", option_tr="Evet, gittim")
    Survey.objects.create(
        user=mother, survey_template=choice, context={}, available_at=now, expires_at=now, response="visityes",
        responded_at=now,
    )  # fmt: skip
    Survey.objects.create(
        user=mother, survey_template=asked, context={"person_name": "Leyla"}, available_at=now, expires_at=now,
        response="yes", responded_at=now,
    )  # fmt: skip
    return mother


def test_a_person_s_page_says_what_was_sent_and_asked_in_words(signed_in, told):
    client = signed_in(roles.CASE_WORKER)
    page = client.get(f"{LIST}{told.pk}/change/").content.decode()
    assert "Reminder of a vaccination" in page
    assert "Was Leyla there?" in page
    assert "Yes, I went" in page
    for code in ("vaccination.one_day_before", "console", "200", "vaccination.was_it", "visityes"):
        assert not {f"{code}<", f" {code} "} & set(re.findall(rf"[ ]?{re.escape(code)}[< ]", page)), code
    page = client.get(f"{LIST}{told.pk}/change/", headers={"Accept-Language": "tr"}).content.decode()
    assert "Leyla oradaydı mı?" in page
    assert "Aşı hatırlatması" in page


def test_who_looks_after_the_sending_sees_the_provider(signed_in, told):
    page = signed_in(roles.PROGRAMME_ADMIN).get(f"{LIST}{told.pk}/change/").content.decode()
    assert "console 200" in page


def test_an_account_set_aside_has_no_number(signed_in, told):
    User.objects.filter(pk=told.pk).update(username=f"{phone_numbers.SET_ASIDE}{told.pk}", is_active=False)
    client = signed_in(roles.CASE_WORKER)
    pages = client.get(f"{LIST}{told.pk}/change/").content.decode(), client.get(f"{LIST}?name=Amal").content.decode()
    for page in pages:
        assert f"set-aside-{told.pk}" not in page
        assert "Amal" in page


def test_the_worklist_says_dose_in_her_language(signed_in):
    make_vaccine(8, name="Hexa")
    VaccineDose.objects.update(name="Dose 1")
    make_child(make_user(), clock.today_in(timezones.default()) - dt.timedelta(weeks=8))
    stored.catch_up()
    client = signed_in(roles.CASE_WORKER)
    assert "Hexa · Dose 1" in client.get("/admin/worklist/").content.decode()
    with translation.override("tr"):
        said = dose_name("Dose 1")
    assert said != "Dose 1"
    assert f"Hexa · {said}" in client.get("/admin/worklist/", headers={"Accept-Language": "tr"}).content.decode()
