"""A person reads all that is kept of her, is forgotten when she says so, and takes back her consent."""

from __future__ import annotations

import datetime as dt
import json
import re

import pytest
import time_machine
from asgiref.sync import async_to_sync
from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection

from hera.api import sessions
from hera.api.models import PhoneSession
from hera.config import Environment
from hera.core import clock
from hera.delivery.channels import registry
from hera.delivery.models import Message
from hera.devserver.loopback import Misbehaviour
from hera.events.models import InstantNotification, NotificationEvent
from hera.otp_auth.models import SmsOtpChallenge
from hera.privacy import provider, retention, selectors, services
from hera.privacy.models import ErasureCount, ProviderErasure
from hera.user_profile.models import Consent, SignIn
from tests.conftest import PROFILE
from tests.delivery.sending import provider_settings, send
from tests.families import make_child, make_pregnancy, make_type, make_user

pytestmark = pytest.mark.django_db(transaction=True)

NUMBER = "+905321234567"


@pytest.fixture
def full(mother):
    """A phone whose owner has one of everything, and somebody else who has too."""
    for user in (mother.user, make_user(name="Somebody else")):
        child = make_child(user, clock.now().date() - dt.timedelta(weeks=9), name=f"child of {user.pk}")
        make_pregnancy(user, clock.now().date() - dt.timedelta(weeks=20), clock.now().date())
        child.past_vaccinations.add(1)
    call_command("generate_notifications", "--force-create-events")
    call_command("generate_surveys", "--force-create-surveys")
    mother.post("/phone_number_change_requests/", {"new_phone_number": "+905329999999"}).expect(201)
    return mother


def code_in_sms(purpose="erasure"):
    from hera.delivery import sealing

    message = Message.objects.filter(purpose=purpose).latest("id")
    return re.search(r"\b\d{6}\b", sealing.unseal(bytes(message.sealed_text)).text)[0]


def rows_with(text: str) -> dict[str, int]:
    """In how many rows of which tables a text still stands, anywhere in the database."""
    found = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT count(*) FROM "{table}" AS t WHERE t::text LIKE %s', [f"%{text}%"])
            if count := cursor.fetchone()[0]:
                found[table] = count
    return found


def test_she_gets_all_of_her_data_and_nothing_of_anybody_else(full):
    everything = full.get("/users/me/export/").expect(200)
    profile = {"auth.User", "user_profile.UserProfile", "user_profile.Consent"}
    family = {"child_health.Child", "child_health.Pregnancy", "child_health.PastVaccination"}
    told = {"events.NotificationEvent", "surveys.Survey", "delivery.Message"}
    for table in profile | family | told:
        assert everything[table], table
    text = json.dumps(everything)
    assert "Somebody else" not in text
    assert f"child of {full.user_id}" in text
    assert "pbkdf2" not in text
    assert '"secret"' not in text


def test_the_export_knows_every_table_that_goes_with_her():
    """What erasing deletes by cascade is what the export shows, table by table."""
    from django.db.models.deletion import Collector

    user = make_user()
    make_child(user, dt.date(2026, 1, 1))
    collector = Collector(using="default")
    collector.collect([user])
    deleted = {model._meta.label for model in collector.data} | {
        query.model._meta.label for query in collector.fast_deletes
    }
    proxies = {model._meta.label for model in apps.get_models() if model._meta.proxy}
    shown = {model._meta.label for model, _path in selectors._tables()}
    assert deleted - shown - proxies <= {"auth.User_groups", "auth.User_user_permissions"}


def test_the_export_can_be_read(full):
    page = full.http.get("/users/me/export/?as=html", headers={"Accept-Language": "ar"})
    assert page.headers["content-type"].startswith("text/html")
    assert '<html lang="ar" dir="rtl">' in page.text
    assert f"child of {full.user_id}" in page.text
    assert "<script" not in page.text


def test_she_is_forgotten_everywhere(full, admin_client):
    user, name = full.user, f"child of {full.user_id}"
    InstantNotification.objects.create(notification_type=make_type(), phone_numbers=[NUMBER, "+905320000000"])
    full.post("/users/me/erasure_code/").expect(202)
    full.call("DELETE", "/users/me/", {"secret": code_in_sms()}).expect(204)
    assert not User.objects.filter(pk=user.pk).exists()
    assert rows_with(name) == {}
    assert set(rows_with(NUMBER)) == {"privacy_providererasure"}, "until the push provider has been told"
    assert ErasureCount.objects.get().people == 1
    full.get("/users/me/").expect(401)
    assert User.objects.filter(profile__name="Somebody else").exists()
    assert NotificationEvent.objects.exists()


@pytest.mark.parametrize("code", ["000000", "", None, "x" * 100])
def test_nothing_is_erased_with_a_wrong_code(full, code):
    full.post("/users/me/erasure_code/").expect(202)
    answer = full.call("DELETE", "/users/me/", {"secret": code} if code is not None else None)
    assert answer.status == 400
    assert User.objects.filter(pk=full.user_id).exists()


def test_five_wrong_guesses_end_a_code(full):
    full.post("/users/me/erasure_code/").expect(202)
    right = code_in_sms()
    for _ in range(5):
        full.call("DELETE", "/users/me/", {"secret": "999999" if right != "999999" else "888888"}).expect(400)
    full.call("DELETE", "/users/me/", {"secret": right}).expect(400)
    assert User.objects.filter(pk=full.user_id).exists()


def test_a_code_is_asked_for_only_so_often(full):
    full.post("/users/me/erasure_code/").expect(202)
    full.post("/users/me/erasure_code/").expect(202)
    assert full.post("/users/me/erasure_code/").status == 429


def test_the_push_provider_forgets_her_too_however_long_it_is_down(full, onesignal, messagebird, monkeypatch):
    chosen = registry.load_settings(Environment(provider_settings(onesignal, messagebird)), is_local=False)
    monkeypatch.setattr(settings, "CHANNELS", chosen)
    services.erase(full.user)
    names = set(ProviderErasure.objects.values_list("external_id", flat=True))
    assert NUMBER in names
    onesignal.misbehave(*[Misbehaviour(503)] * len(names))
    assert async_to_sync(provider.forget_all)() == 0
    assert ProviderErasure.objects.exclude(error="").count() == len(names)
    assert async_to_sync(provider.forget_all)() == len(names)
    assert not ProviderErasure.objects.exists()
    assert any(path.endswith("/users/by/external_id/%2B905321234567") for path in onesignal.erased)


def test_consent_is_recorded_with_its_version_and_withdrawing_it_stops_messages(mother):
    consent = mother.get("/users/me/consent/").expect(200)
    assert (consent["agreed"], consent["version"]) == (True, "1")
    assert Consent.objects.get().agreed_at.isoformat()[:10] == PROFILE["agree_to_terms_at"][:10]
    assert mother.call("PATCH", "/users/me/consent/", {"agreed": False}).expect(200)["agreed"] is False
    assert set(mother.get("/users/me/channels/").expect(200).values()) == {False}
    make_pregnancy(mother.user, clock.now().date() - dt.timedelta(weeks=20), clock.now().date())
    call_command("generate_notifications", "--force-create-events")
    assert send(whenever=True).state == "withdrawn"
    assert not Message.objects.filter(purpose="notification", state__in=["sent", "delivered"]).exists()
    assert mother.call("PATCH", "/users/me/consent/", {"agreed": True}).expect(200)["agreed"] is True
    assert set(mother.get("/users/me/channels/").expect(200).values()) == {True}
    assert [bool(row.withdrawn_at) for row in Consent.objects.order_by("id")] == [True, False]


def test_the_page_for_people_whose_app_cannot(full):
    page = full.http
    page.headers.pop("Content-Type")
    page.headers.pop("Authorization", None)
    assert 'name="number"' in page.get("/my_data/").text
    assert 'name="code"' in page.post("/my_data/", data={"step": "number", "number": NUMBER}).text
    wrong = page.post("/my_data/", data={"step": "code", "number": NUMBER, "code": "000000"}).text
    assert "incorrect" in wrong
    choice = page.post("/my_data/", data={"step": "code", "number": NUMBER, "code": code_in_sms("sign_in")})
    token = re.search(r'name="token" value="(\w+)"', choice.text)[1]
    assert "set-cookie" not in choice.headers
    session = PhoneSession.objects.get(agent="/my_data/")
    assert f"child of {full.user_id}" in page.post("/my_data/", data={"step": "export", "token": token}).text
    assert not PhoneSession.objects.filter(pk=session.pk).exists(), "S19: it ends after use"
    assert 'name="number"' in page.post("/my_data/", data={"step": "ask", "token": token, "number": NUMBER}).text
    page.post("/my_data/", data={"step": "number", "number": NUMBER})
    choice = page.post("/my_data/", data={"step": "code", "number": NUMBER, "code": code_in_sms("sign_in")})
    token = re.search(r'name="token" value="(\w+)"', choice.text)[1]
    assert "undone" in page.post("/my_data/", data={"step": "ask", "token": token, "number": NUMBER}).text
    page.post("/my_data/", data={"step": "erase", "token": token, "code": "000000"})
    assert User.objects.filter(pk=full.user_id).exists()
    done = page.post("/my_data/", data={"step": "erase", "token": token, "code": code_in_sms()})
    assert "deleted" in done.text
    assert not User.objects.filter(pk=full.user_id).exists()


def test_s19_a_session_of_the_page_lives_for_minutes_and_signs_no_phone_out(phone):
    user = phone.sign_in_directly(NUMBER)
    page = sessions.begin_page(user)
    phone.get("/users/me/").expect(200)
    assert sessions.find(page).agent == "/my_data/"
    assert 'value="export"' not in phone.http.post("/my_data/", json={}).text
    with time_machine.travel(clock.now() + dt.timedelta(minutes=16)):
        assert sessions.find(page) is None
        assert retention.delete_old()["page_sessions"] == 1
        phone.get("/users/me/").expect(200)


def test_s19_who_deletes_after_a_copy_is_told_to_sign_in_again(phone):
    token = sessions.begin_page(phone.sign_in_directly(NUMBER))
    asked = {"step": "export", "token": token, "number": NUMBER}
    phone.http.headers.pop("Content-Type")
    assert "attachment" in phone.http.post("/my_data/", data=asked).headers["Content-Disposition"]
    page = phone.http.post("/my_data/", data=asked | {"step": "ask"}).text
    assert "Please ask for a new code" in page
    assert f'value="{NUMBER}"' in page


def test_s19_a_phones_token_opens_no_page(client, programme):
    token = sessions.begin(make_user(number=NUMBER), agent="/my_data/")
    page = client.post("/my_data/", {"step": "export", "token": token}).content.decode()
    assert 'name="number"' in page


def test_f12_a_sign_in_calls_the_deletion_at_the_provider_off(full, onesignal, messagebird, monkeypatch):
    chosen = registry.load_settings(Environment(provider_settings(onesignal, messagebird)), is_local=False)
    monkeypatch.setattr(settings, "CHANNELS", chosen)
    services.erase(full.user)
    ProviderErasure.objects.create(external_id="+905329999998", asked_at=clock.now())
    full.sign_in(NUMBER)
    assert async_to_sync(provider.forget_all)() == 1
    assert not ProviderErasure.objects.exists()
    assert [path.split("/")[-1] for path in onesignal.erased] == ["%2B905329999998"]


@pytest.mark.parametrize("step", ["export", "ask", "erase", "nonsense"])
def test_the_page_gives_nothing_to_who_has_no_token(client, programme, step):
    page = client.post("/my_data/", {"step": step, "token": "0" * 40, "code": "1", "number": NUMBER}).content.decode()
    assert 'name="number"' in page


def test_what_is_old_is_deleted(programme):
    user = make_user()
    now = clock.now()
    for days in (500, 450, 1):
        SignIn.objects.create(user=user, signed_in_at=now - dt.timedelta(days=days))
    alone = make_user()
    SignIn.objects.create(user=alone, signed_in_at=now - dt.timedelta(days=900))
    for days in (2, 0):
        SmsOtpChallenge.objects.create(phone_number="+1", secret="x", expires_at=now - dt.timedelta(days=days))
    nothing_else = {"places": 0, "page_sessions": 0, "kept_answers": 0, "number_changes": 0, "list_changes": 0}
    assert retention.delete_old() == {"codes": 1, "sign_ins": 2, **nothing_else}
    assert SignIn.objects.filter(user=alone).exists(), "the newest says her language"


def page_of(phone, number=NUMBER, **headers):
    """Her page after number and code, and how to post its next step."""
    phone.http.headers.pop("Content-Type", None)
    phone.http.headers.update(headers)
    phone.http.post("/my_data/", data={"step": "number", "number": number})
    page = phone.http.post("/my_data/", data={"step": "code", "number": number, "code": code_in_sms("sign_in")}).text
    token = re.search(r'name="token" value="(\w+)"', page)[1]
    return page, lambda **fields: phone.http.post("/my_data/", data={"token": token, "number": number, **fields}).text


def test_f13_she_switches_channels_off_and_on_without_an_app(mother):
    page, go_on = page_of(mother)
    assert re.findall(r'name="channel" value="(\w+)" checked', page) == ["push", "sms", "whatsapp", "web_push"]
    assert "<script" not in page
    page = go_on(step="channels", channel=["push"])
    assert mother.get("/users/me/channels/").expect(200) == {
        "push": True,
        "sms": False,
        "whatsapp": False,
        "web_push": False,
    }
    assert re.findall(r'name="channel" value="(\w+)" checked', page) == ["push"]
    go_on(step="channels", channel=["push", "sms"])
    assert mother.get("/users/me/channels/").expect(200) == {
        "push": True,
        "sms": True,
        "whatsapp": False,
        "web_push": False,
    }
    go_on(step="channels")
    assert not any(mother.get("/users/me/channels/").expect(200).values())
    assert 'name="number"' in mother.http.post("/my_data/", data={"step": "channels", "token": "0" * 40}).text
    assert mother.get("/users/me/channels/").expect(200)["push"] is False


@pytest.mark.parametrize("language", ["ar", "prs", "ps", "tr"])
def test_f13_the_switches_are_in_her_language_whatever_the_browsers(mother, language):
    mother.patch(f"/user_profiles/{mother.user_id}/", {"language_code": language}).expect(200)
    page, go_on = page_of(mother, **{"Accept-Language": "en"})
    for shown in (page, go_on(step="channels", channel="sms")):
        assert f'lang="{language}" dir="{"ltr" if language == "tr" else "rtl"}"' in shown


def test_f4_the_page_shows_nothing_of_who_had_the_number_long_ago_and_gives_it_back_for_a_birth_date(mother):
    child = make_child(mother.user, clock.now().date() - dt.timedelta(weeks=30), name="Leyla")
    with time_machine.travel(clock.now() + dt.timedelta(days=181)):
        page, go_on = page_of(mother)
        assert 'name="born"' in page
        assert "Leyla" not in go_on(step="export")
        page, go_on = page_of(mother)
        wrong, no_date = go_on(step="born", born="1999-01-02"), go_on(step="born", born="12")
        assert "yours again" in wrong
        assert "no date" in no_date
        right = go_on(step="born", born=child.date_of_birth.isoformat())
        assert "yours again" in right
        assert 'name="born"' not in right
        assert "Leyla" in go_on(step="export")
