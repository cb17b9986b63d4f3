"""Every route of the API, called as somebody else, as nobody, and as staff: nothing leaks, nothing changes.

A new route fails here until it is classified.
"""

from __future__ import annotations

import datetime as dt
import json

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection
from drf_spectacular.generators import SchemaGenerator

from hera.api import sessions
from hera.core import clock
from hera.delivery import links
from hera.user_profile.models import WebPushSubscription
from tests.families import make_child, make_pregnancy, make_user
from tests.staff import sign_in

pytestmark = pytest.mark.django_db

PUBLIC = {
    "/health_centers/",
    "/otp_auth/attempt_challenge/",
    "/otp_auth/check_registration/",
    "/otp_auth/request_challenge/",
}
# What answers with the caller's own data, and takes no id.
OWN = {
    "/calendar_events/", "/children/", "/notification_events/", "/notification_events/mark_all_as_read/",
    "/onboarding_progresses/", "/phone_number_change_requests/", "/pregnancies/", "/pregnancies/active/", "/surveys/",
    "/surveys/pending/", "/user_profiles/", "/users/me/", "/users/me/center/", "/users/me/channels/",
    "/users/me/consent/", "/users/me/erasure_code/", "/users/me/export/", "/users/me/sessions/", "/vaccine_doses/",
    "/vaccines/", "/visits_after_birth/", "/web_push/", "/web_push/subscriptions/",
}  # fmt: skip
# What takes the id of a row: whose id it is that a stranger tries.
BY_ID = {
    "/children/{id}/": "child",
    "/children/{id}/doses/": "child",
    "/children/{id}/doses/{dose}/": "child",
    "/children/{id}/doses_not_given/": "child",
    "/children/{id}/doses_not_given/{dose}/": "child",
    "/children/{id}/end/": "child",
    "/children/{id}/pause/": "child",
    "/links/{code}/opened/": "link",
    "/onboarding_progresses/{id}/": "user",
    "/phone_number_change_requests/{id}/": "change",
    "/phone_number_change_requests/{id}/attempt_solve/": "change",
    "/phone_number_change_requests/{id}/resend_otp/": "change",
    "/pregnancies/{id}/": "pregnancy",
    "/pregnancies/{id}/outcome/": "pregnancy",
    "/surveys/{id}/": "survey",
    "/surveys/{id}/response/": "survey",
    "/user_profiles/{id}/": "user",
    "/users/me/sessions/{id}/": "session",
    "/web_push/subscriptions/{id}/": "browser",
}
METHODS = ("get", "post", "put", "patch", "delete")
BODY = {
    "name": "Mallory", "gender": "MALE", "date_of_birth": "2020-01-01", "agree_to_terms_at": "2026-01-01T00:00:00Z",
    "past_vaccinations": [], "declared_pregnancy_week": "12", "response": "yes", "guess_secret": "000000",
    "new_phone_number": "+905320000001", "has_filled_profile": True,
}  # fmt: skip


def routes() -> dict[str, dict]:
    return SchemaGenerator().get_schema(request=None, public=True)["paths"]


@pytest.fixture
def amal(client, programme):
    """Somebody with one of everything, and the ids of hers."""
    mother = make_user(name="Amal the mother", number="+905321234567")
    child = make_child(mother, clock.now().date() - dt.timedelta(weeks=9), name="Leyla of Amal")
    pregnancy = make_pregnancy(mother, clock.now().date() - dt.timedelta(weeks=20), clock.now().date())
    call_command("generate_notifications", "--force-create-events")
    call_command("generate_surveys", "--force-create-surveys")
    headers = {"Authorization": f"Token {sessions.begin(mother)}"}
    for path in ("/onboarding_progresses/", "/phone_number_change_requests/"):
        made = client.post(path, json.dumps(BODY), content_type="application/json", headers=headers)
        assert made.status_code == 201
    session = mother.phone_sessions.get()
    browser = WebPushSubscription.objects.create(
        user=mother, session=session, endpoint="https://push.example.org/a", created_at=clock.now()
    )
    return {
        "browser": browser.pk,
        "link": links.code_of(mother.notification_events.first().pk),
        "user": mother.pk,
        "child": child.pk,
        "pregnancy": pregnancy.pk,
        "survey": mother.surveys.first().pk,
        "session": session.pk,
        "change": mother.phone_number_change_request.pk,
    }


def address_of(path: str, ids: dict) -> str:
    hers = str(ids.get(BY_ID.get(path, ""), 1))
    return path.replace("{id}", hers).replace("{code}", hers).replace("{dose}", "1")


def call(client, method: str, address: str, body: dict, headers: dict):
    if method == "get":
        return client.get(address, headers=headers)
    return getattr(client, method)(address, json.dumps(body), content_type="application/json", headers=headers)


def snapshot(user_id: int) -> dict[str, list]:
    """Every row of hers, in every table that says whose it is."""
    found = {}
    with connection.cursor() as cursor:
        of_somebody = "column_name = 'user_id' AND table_schema = 'public'"
        cursor.execute(f"SELECT table_name FROM information_schema.columns WHERE {of_somebody}")
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT t::text FROM "{table}" t WHERE user_id = %s ORDER BY 1', [user_id])
            found[table] = cursor.fetchall()
        cursor.execute("SELECT t::text FROM auth_user t WHERE id = %s", [user_id])
        found["auth_user"] = cursor.fetchall()
    return found


def test_every_route_is_classified():
    assert set(routes()) == PUBLIC | OWN | set(BY_ID)


@pytest.mark.parametrize("path", sorted(BY_ID))
def test_a_stranger_finds_nothing_under_somebody_else_s_id(client, amal, path):
    headers = {"Authorization": f"Token {sessions.begin(make_user(name='Mallory'))}"}
    before = snapshot(amal["user"])
    address = address_of(path, amal)
    for method in METHODS:
        answer = call(client, method, address, BODY, headers)
        is_known = method in routes()[path]
        # Answering a survey twice, or somebody else's, is no error that a shipped client could show (docs/clients.md).
        assert answer.status_code == (404 if is_known else 405), (method, path, answer.content)
        assert b"Amal" not in answer.content
        assert b"5321234567" not in answer.content
    assert snapshot(amal["user"]) == before


@pytest.mark.parametrize("path", sorted(OWN))
def test_what_takes_no_id_shows_nothing_of_somebody_else(client, amal, path):
    headers = {"Authorization": f"Token {sessions.begin(make_user(name='Mallory'))}"}
    before = snapshot(amal["user"])
    for method in METHODS:
        # A stranger names ids of hers wherever one could be believed.
        body = {**BODY, "id": amal["child"], "user": amal["user"], "user_id": amal["user"]}
        address = f"{path}?user={amal['user']}&id={amal['child']}"
        answer = call(client, method, address, body, headers)
        assert answer.status_code < 500, (method, path, answer.content)
        assert b"of Amal" not in answer.content
        assert b"Amal the mother" not in answer.content
        assert b"5321234567" not in answer.content
    assert snapshot(amal["user"]) == before


@pytest.mark.parametrize("path", sorted(OWN | set(BY_ID)))
@pytest.mark.parametrize("who", ["nobody", "a wrong token", "staff", "a deactivated person"])
def test_who_is_not_signed_in_by_phone_gets_nothing(client, amal, path, who):
    headers = {}
    if who == "a wrong token":
        headers = {"Authorization": "Token " + "0" * 40}
    elif who == "staff":
        sign_in(client, User.objects.create_superuser("root@example.org"))
    elif who == "a deactivated person":
        headers = {"Authorization": f"Token {sessions.begin(make_user(active=False))}"}
    before = snapshot(amal["user"])
    address = address_of(path, amal)
    for method in routes()[path]:
        answer = call(client, method, address, BODY, headers)
        assert answer.status_code == 401, (method, path, answer.content)
    assert snapshot(amal["user"]) == before
