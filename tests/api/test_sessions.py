"""Phones stay signed in side by side; the table of them opens nothing; tokens of the earlier HERA are taken over."""

from __future__ import annotations

import dataclasses
import datetime as dt
import logging

import pytest
import time_machine
from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection
from rest_framework.authtoken.models import Token

from hera.api import sessions
from hera.api.models import PhoneSession
from hera.core import clock
from hera.delivery import code_caps
from hera.delivery.models import Message
from hera.otp_auth import services as otp
from tests.delivery.sending import send
from tests.families import make_user
from tests.threads import at_once

pytestmark = pytest.mark.django_db

NUMBER = "+905321234567"


def change(monkeypatch, **changed):
    monkeypatch.setattr(settings, "HERA", dataclasses.replace(settings.HERA, **changed))


def test_the_token_itself_is_kept_nowhere():
    token = sessions.begin(make_user())
    with connection.cursor() as cursor:
        cursor.execute("SELECT t::text FROM api_phonesession t")
        [(row,)] = cursor.fetchall()
    assert token not in row
    assert sessions.find(PhoneSession.objects.get().key_hash[:40]) is None, "what is in the table opens nothing"
    assert sessions.find(PhoneSession.objects.get().key_hash) is None


def test_a_token_of_the_earlier_hera_works_and_is_taken_over_when_it_is_used(client):
    user = make_user()
    token = Token.objects.create(user=user).key
    for _ in range(3):
        answer = client.get("/users/me/", headers={"Authorization": f"Token {token}"})
        assert (answer.status_code, answer.json()["id"]) == (200, user.pk)
    assert not Token.objects.exists()
    assert PhoneSession.objects.get().key_hash == sessions.hash_of(token)


@pytest.mark.django_db(transaction=True)
def test_two_calls_at_once_with_an_old_token_both_get_through():
    token = Token.objects.create(user=make_user()).key
    assert None not in at_once(8, lambda _place: sessions.find(token))
    assert sessions.find(token) is not None
    assert PhoneSession.objects.count() == 1


def test_signing_in_on_another_phone_ends_nothing(monkeypatch):
    user = make_user()
    first, second = sessions.begin(user, "phone one"), sessions.begin(user, "phone two")
    assert first != second
    assert sessions.find(first).user == sessions.find(second).user == user
    third = sessions.begin(user, alone=True)
    assert sessions.find(first) is sessions.find(second) is None
    assert sessions.find(third)


def test_a_person_has_so_many_phones_at_most():
    user = make_user()
    tokens = [sessions.begin(user) for _ in range(sessions.MOST + 3)]
    assert PhoneSession.objects.count() == sessions.MOST
    assert sessions.find(tokens[-1])
    assert sessions.find(tokens[0]) is None


def test_a_session_is_one_query_and_its_last_use_is_noted_once_a_day(django_assert_num_queries):
    token = sessions.begin(make_user())
    with django_assert_num_queries(1):
        sessions.find(token)
    with time_machine.travel(clock.now() + dt.timedelta(days=2)):
        with django_assert_num_queries(2):
            sessions.find(token)
        with django_assert_num_queries(1):
            sessions.find(token)


def test_she_lists_and_ends_her_sessions(client):
    user = make_user()
    here, lost = sessions.begin(user, "the phone she has"), sessions.begin(user, "the phone she lost")
    headers = {"Authorization": f"Token {here}"}
    listed = client.get("/users/me/sessions/", headers=headers).json()
    assert {row["agent"]: row["is_current"] for row in listed} == {
        "the phone she has": True,
        "the phone she lost": False,
    }
    [old] = [row["id"] for row in listed if not row["is_current"]]
    assert client.delete(f"/users/me/sessions/{old}/", headers=headers).status_code == 204
    assert client.delete(f"/users/me/sessions/{old}/", headers=headers).status_code == 404
    assert client.get("/users/me/", headers={"Authorization": f"Token {lost}"}).status_code == 401
    assert client.get("/users/me/", headers=headers).status_code == 200


def ask(address="10.0.0.1", number=NUMBER):
    return otp.request_challenge(number, language_code=None, address=address)


@pytest.mark.parametrize(
    ("changed", "scope"),
    [
        ({"otp_daily_limit_total": 2}, "otp-total-day"),
        ({"otp_daily_limit_per_prefix": 2}, "otp-prefix-day"),
        ({"otp_daily_limit_per_address": 2}, None),
    ],
)
def test_codes_of_a_day_end(monkeypatch, caplog, changed, scope):
    change(monkeypatch, **changed)
    numbers = [f"+90532123450{number}" for number in range(3)]
    ask(number=numbers[0])
    ask(number=numbers[1])
    with caplog.at_level(logging.ERROR), pytest.raises(otp.limits.LimitReached):
        ask(number=numbers[2])
    assert Message.objects.count() == 2
    alarms = [record.limit for record in caplog.records if record.message == "the codes of a day are used up"]
    assert alarms == ([scope] if scope else [])
    assert numbers[2] not in caplog.text
    with time_machine.travel(clock.now() + dt.timedelta(days=1, minutes=1)):
        ask(number=numbers[2])


def test_what_is_asked_for_is_counted_for_an_alarm(monkeypatch):
    assert code_caps.codes_today() == 0
    ask()
    assert code_caps.codes_today() == 1


def test_the_switch_sends_codes_to_known_numbers_only_and_answers_all_alike(client, monkeypatch):
    change(monkeypatch, otp_only_known_numbers=True)
    make_user(number=NUMBER)
    answers = [
        client.post("/otp_auth/request_challenge/", {"phone_number": number}, content_type="application/json")
        for number in (NUMBER, "+905320000000")
    ]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert set(answers[0].json()) == set(answers[1].json())
    assert Message.objects.count() == 2
    send()
    assert list(Message.objects.order_by("id").values_list("state", flat=True)) == ["delivered", "undeliverable"]


def test_a_deactivated_person_is_told_so_after_the_right_code_only(client):
    from hera.delivery import sealing

    user = make_user(number=NUMBER)
    ask()
    User.objects.filter(pk=user.pk).update(is_active=False)
    code = sealing.unseal(bytes(Message.objects.get().sealed_text)).text[:6]
    body = {"phone_number": NUMBER, "secret": "000000" if code != "000000" else "111111"}
    wrong = client.post("/otp_auth/attempt_challenge/", body, content_type="application/json")
    assert "closed" not in wrong.json()["detail"]
    right = client.post("/otp_auth/attempt_challenge/", {**body, "secret": code}, content_type="application/json")
    assert right.status_code == 400
    assert right.json()["detail"] == "This account is closed. Please ask your health team."
    assert not PhoneSession.objects.exists()
    assert User.objects.count() == 1
