"""A test of a notification goes to the phone of whoever wrote it, and to nobody else's."""

from __future__ import annotations

import datetime as dt
import re

import pytest
import time_machine

from hera.campaigns.models import StaffPhone
from hera.core import clock
from hera.delivery import sealing
from hera.delivery.models import Message
from hera.events.models import NotificationEvent
from hera.panel import roles
from hera.panel.models import AuditEntry
from tests.families import make_type, make_user
from tests.staff import make_staff, sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def kind(programme):
    kind = make_type("test.reminder", en=("HERA", "Open", "Dear {{ person_name }}"))
    kind.variables.create(name="person_name", example_values=["Ali", "Abdurrahman"], description="-")
    return kind


@pytest.fixture
def address(kind):
    return f"/admin/send_test/{kind.pk}/"


@pytest.fixture
def editor(client):
    user = make_staff(roles.CONTENT_EDITOR, "editor@example.org")
    sign_in(client, user)
    return client


def _code():
    message = Message.objects.filter(purpose="staff_phone").latest("id")
    sealed = sealing.unseal(bytes(message.sealed_text))
    assert sealed.to == "+905321234567"
    return re.search(r"\d{6}", sealed.text)[0]


def _said(answer):
    return answer.content.decode()


def test_number_code_test(editor, address, kind):
    mine = make_user(number="+905321234567")
    make_user(number="+905320000002")
    assert "A code is on its way" in _said(editor.post(address, {"number": "+90 0532 123 45 67"}, follow=True))
    assert "+905321234567" in _said(editor.post(address, {"code": f" {_code()} "}, follow=True))
    assert "Sent to +905321234567." in _said(editor.post(address, {}, follow=True))
    event = NotificationEvent.objects.get()
    assert (event.user, event.notification_type, event.context) == (mine, kind, {"person_name": "Abdurrahman"})
    assert Message.objects.get(event=event).state == "queued"
    entry = AuditEntry.objects.get(action="message")
    assert (entry.about, entry.detail) == (f"events.notificationtype {kind.pk}", {"test": True})


def test_nothing_is_sent_before_the_phone_is_shown_to_be_hers(editor, address):
    make_user(number="+905321234567")
    assert "Show first" in _said(editor.post(address, {}, follow=True))
    editor.post(address, {"number": "+905321234567"})
    assert "Show first" in _said(editor.post(address, {}, follow=True))
    assert "incorrect or has expired" in _said(editor.post(address, {"code": "000000"}, follow=True))
    assert "Show first" in _said(editor.post(address, {}, follow=True))
    assert not NotificationEvent.objects.exists()


def test_another_number_has_to_be_shown_anew(editor, address):
    make_user(number="+905321234567")
    editor.post(address, {"number": "+905321234567"})
    editor.post(address, {"code": _code()})
    editor.post(address, {"number": "+905320000002"})
    assert "Show first" in _said(editor.post(address, {}, follow=True))


def test_a_code_is_good_for_ten_minutes_five_guesses_and_one_number(editor, address):
    editor.post(address, {"number": "+905321234567"})
    code = _code()
    with time_machine.travel(clock.now() + dt.timedelta(minutes=11)):
        editor.post(address, {"code": code})
    assert StaffPhone.objects.get().proved_at is None
    for _ in range(5):
        editor.post(address, {"code": "x"})  # no six digits, so no guess
        editor.post(address, {"code": "000000" if code != "000000" else "111111"})
    editor.post(address, {"code": code})
    assert StaffPhone.objects.get().proved_at is None


@pytest.mark.parametrize("number", ["", "12", "editor@example.org", "+900000"])
def test_what_is_no_number_is_refused(editor, address, number):
    assert "not a valid phone number" in _said(editor.post(address, {"number": number}, follow=True))


def test_codes_are_few_and_tests_too(editor, address):
    for _ in range(5):
        editor.post(address, {"number": "+905321234567"})
    assert "often enough" in _said(editor.post(address, {"number": "+905321234567"}, follow=True))
    make_user(number="+905321234567")
    editor.post(address, {"code": _code()})
    for _ in range(5):
        editor.post(address, {})
    assert "often enough" in _said(editor.post(address, {}, follow=True))
    assert NotificationEvent.objects.count() == 5


def test_without_an_app_there_is_nobody_to_send_it_to(editor, address):
    editor.post(address, {"number": "+905321234567"})
    editor.post(address, {"code": _code()})
    assert "Sign in to the HERA app" in _said(editor.post(address, {}, follow=True))


def test_who_may_not_change_texts_tests_none(client, address):
    user = make_staff(roles.CASE_WORKER, "worker@example.org")
    sign_in(client, user)
    assert client.post(address, {}).status_code == 403
    assert client.get("/admin/send_test/999999/").status_code == 403
