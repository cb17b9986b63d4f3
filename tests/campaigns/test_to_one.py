"""Writing to one mother from her page: in her language, through the machinery of all messages, with what came of it."""

from __future__ import annotations

import dataclasses
from decimal import Decimal

import pytest
from django.contrib.auth.models import User

from hera.campaigns import services
from hera.core import clock, phone_numbers
from hera.delivery.models import Message
from hera.events.models import InstantNotification, NotificationTemplate
from hera.panel import roles
from hera.panel.models import AuditEntry
from hera.people import accounts
from hera.price_list import PriceList, Tariff
from hera.privacy.services import erase
from tests.families import make_type, make_user
from tests.own_lists import notifications_of

pytestmark = pytest.mark.django_db
TEXTS = {
    "push_title": "خبر لك",
    "push_body": "افتحي هيرا",
    "in_app_content": "عزيزتي {{ person_name }}، ننتظرك غدًا.",
}
State = InstantNotification.State


@pytest.fixture
def nour(programme):
    return make_user(language="ar", number="+905321234567", name="نور")


@pytest.fixture
def nurse(signed_in):
    return signed_in(roles.CASE_WORKER)


def page_of(person):
    return f"/admin/write/{person.pk}/"


def her_page(person):
    return f"/admin/custom_user/customuser/{person.pk}/change/"


def test_a_nurse_writes_looks_sends_and_sees_what_came_of_it(nurse, nour):
    assert page_of(nour) in nurse.get(her_page(nour)).text
    page = nurse.get(page_of(nour)).text
    assert 'dir="rtl"' in page
    looked = nurse.post(page_of(nour), {**TEXTS, "deed": "look"}).text
    assert looked.count('class="phone-card"') == 2
    assert "عزيزتي نور، ننتظرك غدًا." in looked
    assert "costs nothing" in looked
    assert not InstantNotification.objects.exists()
    sent = nurse.post(page_of(nour), {**TEXTS, "deed": "send"}, follow=True)
    assert sent.redirect_chain[-1][0] == her_page(nour)
    message = InstantNotification.objects.get()
    assert (message.state, message.phone_numbers) == (State.SCHEDULED, ["+905321234567"])
    assert sum(services.send_due(clock.now())) == 1
    assert notifications_of(nour)[0]["in_app_content"] == "عزيزتي نور، ننتظرك غدًا."
    Message.objects.update(state="failed", reason="HTTP 402: our account at the provider has no credit")
    page = nurse.get(her_page(nour)).text
    for shown in ("خبر لك", "ننتظرك غدًا", "case.worker@example.org", "our account at the provider has no credit"):
        assert shown in page
    [entry] = AuditEntry.objects.filter(action="message")
    assert (entry.about, entry.person) == (f"message {message.pk}", nour.pk)


def test_the_button_pressed_twice_sends_once(nurse, nour):
    for _press in range(2):
        page = nurse.post(page_of(nour), {**TEXTS, "deed": "send"}, follow=True).text
    assert "You have just sent her this." in page
    assert InstantNotification.objects.count() == 1
    nurse.post(page_of(nour), {**TEXTS, "in_app_content": "شيء آخر", "deed": "send"})
    assert InstantNotification.objects.count() == 2


def test_no_second_person_is_asked_however_the_setting_is(nurse, nour, settings):
    settings.HERA = dataclasses.replace(settings.HERA, message_approval_above=0)
    nurse.post(page_of(nour), {**TEXTS, "deed": "send"})
    assert InstantNotification.objects.get().state == State.SCHEDULED


def test_a_type_says_it_and_what_it_may_cost_is_told_first(nurse, nour, settings):
    tariff = Tariff(Decimal("0.1"), {"90": Decimal("0.01")})
    settings.HERA = dataclasses.replace(settings.HERA, text_prices=PriceList("EUR", tariff, tariff))
    kind = make_type("news.clinic_moved", ar=("أ" * 60, "ب" * 60, "ج"))
    kind.fallback_channel = "sms"
    kind.save()
    make_type("vaccination.only_by_calendar")  # its texts name a vaccine
    assert "vaccination.only_by_calendar" not in nurse.get(page_of(nour)).text
    looked = nurse.post(page_of(nour), {"kind": kind.pk, "deed": "look"}).text
    assert "0.02 EUR" in looked
    nurse.post(page_of(nour), {"kind": kind.pk, "deed": "send"})
    assert InstantNotification.objects.get().notification_type == kind


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {**TEXTS, "push_body": ""},
        {**TEXTS, "push_title": "{{ person_name }}"},
        {**TEXTS, "in_app_content": "{{ week_age }}"},
        {**TEXTS, "in_app_content": "{% if %}"},
        {**TEXTS, "kind": "both"},
        {"kind": "999999"},
    ],
)
def test_what_is_wrong_is_said_and_nothing_sent(nurse, nour, wrong):
    kind = make_type("note.to_all_of_them", en=("Title", "Body", "Text"))
    fields = {**wrong, "deed": "send"} | ({"kind": kind.pk} if wrong.get("kind") == "both" else {})
    assert nurse.post(page_of(nour), fields).status_code == 400
    assert not InstantNotification.objects.exists()


def test_whom_nothing_reaches_is_said_before_anybody_writes(nurse, nour):
    elsewhere = make_user(number=f"{phone_numbers.NO_NUMBER}1", name="No number")
    assert "She has no number" in nurse.get(page_of(elsewhere)).text
    accounts.set_open(nour, is_open=False)
    assert "Her account is closed" in nurse.get(page_of(nour)).text
    for person in (elsewhere, nour):
        nurse.post(page_of(person), {**TEXTS, "deed": "send"})
    assert not InstantNotification.objects.exists()


def test_it_is_shown_as_it_is_typed(nurse, nour):
    answer = nurse.post(f"{page_of(nour)}preview/", {**TEXTS, "own_fallback": "sms"}).json()
    assert [line["kind"] for line in answer["ar"]] == ["push_title", "push_body", "in_app_content", "segments"]
    assert "نور" in answer["ar"][2]["text"]
    assert nurse.get(f"{page_of(nour)}preview/").status_code == 405


@pytest.mark.parametrize("role", [roles.CONTENT_EDITOR, roles.RESEARCHER, roles.OPERATOR])
def test_it_is_for_who_corrects_her_records(signed_in, nour, role):
    client = signed_in(role)
    assert client.get(page_of(nour)).status_code == 403
    assert client.post(f"{page_of(nour)}preview/", TEXTS).status_code == 403


def test_staff_are_written_to_by_nobody(nurse, nour):
    staff = User.objects.get(username="case.worker@example.org")
    assert nurse.get(page_of(staff)).status_code == 404


def test_when_she_is_erased_what_was_written_to_her_goes_too(nurse, nour):
    for letter in range(2):
        nurse.post(page_of(nour), {**TEXTS, "push_title": f"{letter}", "deed": "send"})
    next(services.send_due(clock.now()))
    erase(nour)
    assert not NotificationTemplate.objects.filter(in_app_content=TEXTS["in_app_content"]).exists()
    assert [message.phone_numbers for message in InstantNotification.objects.all()] == [[], []]


def test_the_pages_cost_the_same_however_much_was_written(nurse, nour, django_assert_max_num_queries):
    for letter in range(3):
        nurse.post(page_of(nour), {**TEXTS, "push_title": f"{letter}", "deed": "send"})
    assert sum(services.send_due(clock.now())) == 3
    with django_assert_max_num_queries(31):
        nurse.get(her_page(nour))
    with django_assert_max_num_queries(16):
        nurse.get(page_of(nour))
