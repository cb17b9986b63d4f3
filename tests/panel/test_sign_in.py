"""Nothing of the panel opens before a password and a second factor were given."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from hera.core.ports import Action
from hera.panel import second_factor
from hera.panel.models import AuditEntry
from tests.staff import code_of, enrolled, sign_in

pytestmark = pytest.mark.django_db

PASSWORD = "a long enough password"
LOG_IN = {"username": "nurse@example.org", "password": PASSWORD}


@pytest.fixture
def nurse():
    return User.objects.create_superuser("nurse@example.org", "nurse@example.org", PASSWORD)


def log_in(client, **changed):
    return client.post("/admin/login/?next=/admin/", {**LOG_IN, **changed})


def test_a_password_alone_opens_nothing(client, nurse):
    enrolled(nurse)
    assert log_in(client).status_code == 302
    for address in ("/admin/", "/admin/events/notificationtype/", "/admin/search/?s=x", "/admin/jsi18n/"):
        answer = client.get(address)
        assert answer.status_code == 302, address
        assert "/admin/login/" in answer["Location"]
    answer = client.get("/admin/login/?next=/admin/auth/user/")
    assert answer["Location"] == "/admin/second_factor/?next=%2Fadmin%2Fauth%2Fuser%2F"


def test_the_code_of_the_authenticator_opens_what_was_asked_for(client, nurse):
    device = enrolled(nurse)
    log_in(client)
    answer = client.post("/admin/second_factor/?next=/admin/auth/user/", {"code": code_of(device)})
    assert answer["Location"] == "/admin/auth/user/"
    assert client.get("/admin/auth/user/").status_code == 200
    [entry] = AuditEntry.objects.filter(action=Action.SIGN_IN)
    assert entry.actor_name == nurse.username


def test_a_code_opens_once(client, nurse):
    device = enrolled(nurse)
    log_in(client)
    code = code_of(device)
    assert client.post("/admin/second_factor/", {"code": code}).status_code == 302
    client.logout()
    log_in(client)
    assert "was used already" in client.post("/admin/second_factor/", {"code": code}).content.decode()
    assert client.get("/admin/").status_code == 302


def test_who_has_no_second_factor_must_set_one_up_first(client, nurse):
    log_in(client)
    assert (
        client.get("/admin/second_factor/?next=/admin/")["Location"] == "/admin/second_factor/enrol/?next=%2Fadmin%2F"
    )
    page = client.get("/admin/second_factor/enrol/").content.decode()
    assert "<svg" in page
    device = TOTPDevice.objects.get(user=nurse)
    assert second_factor.typed_key(device) in page
    assert client.post("/admin/second_factor/enrol/", {"code": "000000"}).status_code == 200
    assert client.get("/admin/").status_code == 302
    device.refresh_from_db()
    device.throttle_reset()
    page = client.post("/admin/second_factor/enrol/", {"code": code_of(device)}).content.decode()
    codes = re.findall(r"<li>(\w+)</li>", page)
    assert len(set(codes)) == second_factor.RECOVERY_CODES
    assert client.get("/admin/").status_code == 200

    client.logout()  # the phone is lost
    log_in(client)
    assert client.post("/admin/second_factor/", {"code": f" {codes[0]} "}).status_code == 302
    assert client.get("/admin/").status_code == 200
    client.logout()
    log_in(client)
    assert client.post("/admin/second_factor/", {"code": codes[0]}).status_code == 200, "each opens once"


def test_a_second_authenticator_cannot_be_slipped_in_by_who_knows_only_the_password(client, nurse):
    enrolled(nurse)
    log_in(client)
    assert client.get("/admin/second_factor/enrol/")["Location"] == "/admin/second_factor/"
    client.post("/admin/second_factor/enrol/", {"code": "000000"})
    assert TOTPDevice.objects.filter(user=nurse).count() == 1


def test_guessing_codes_is_slowed_down(client, nurse):
    device = enrolled(nurse)
    log_in(client)
    client.post("/admin/second_factor/", {"code": "000000"})
    assert client.post("/admin/second_factor/", {"code": code_of(device)}).status_code == 200, "not in the same second"


def test_guessing_passwords_ends(client, nurse):
    for _ in range(10):
        assert log_in(client, password="wrong").status_code == 200
    answer = log_in(client)
    assert answer.status_code == 429
    assert "Minutes to wait before the next one: 15" in answer.content.decode()
    assert answer["Retry-After"]


def test_a_right_password_starts_the_count_anew(client, nurse):
    for _ in range(3):
        for _ in range(9):
            log_in(client, password="wrong")
        assert log_in(client).status_code == 302
        client.logout()


def test_the_second_factor_leads_nowhere_else(client, nurse):
    device = enrolled(nurse)
    log_in(client)
    answer = client.post("/admin/second_factor/?next=https://evil.example.org/", {"code": code_of(device)})
    assert answer["Location"] == "/admin/"


@pytest.mark.parametrize("path", ["/admin/second_factor/", "/admin/second_factor/enrol/"])
def test_the_pages_are_closed_to_who_gave_no_password(client, path):
    assert client.get(path)["Location"] == "/admin/login/"
    client.force_login(User.objects.create_user("+905321234567"))
    assert client.get(path)["Location"] == "/admin/login/"


def test_an_administrator_is_invited_by_a_link_that_works_once(client, capsys):
    call_command("invite_admin", "Ops@example.org", "--base", "https://hera.example.org/")
    link = capsys.readouterr().out.strip()
    assert link.startswith("https://hera.example.org/admin/set_up/")
    path = link.removeprefix("https://hera.example.org")
    form = client.get(path)
    assert form.status_code == 302  # the token goes into the session, and out of the address
    fields = {"new_password1": "too short", "new_password2": "too short"}
    assert "at least 12" in client.post(form["Location"], fields).content.decode()
    fields = {"new_password1": PASSWORD, "new_password2": PASSWORD}
    assert client.post(form["Location"], fields)["Location"] == "/admin/login/"
    client.logout()
    assert "was used already" in client.get(path).content.decode()
    assert log_in(client, username="ops@example.org").status_code == 302
    assert client.get("/admin/").status_code == 302, "a second factor is asked for first"


def test_no_second_invitation_where_somebody_administers(client, nurse, capsys):
    call_command("invite_admin", "ops@example.org", "--base", "https://x", "--if-none")
    assert capsys.readouterr().out == "There is an administrator already.\n"
    assert not User.objects.filter(username="ops@example.org").exists()
    with pytest.raises(CommandError, match="no e-mail address"):
        call_command("invite_admin", "ops", "--base", "https://x")


def test_recovery_codes_are_listed_nowhere(client, nurse):
    second_factor.new_recovery_codes(nurse)
    sign_in(client, nurse)
    page = client.get(f"/admin/auth/user/{nurse.pk}/change/").content.decode()
    device = StaticDevice.objects.get(user=nurse)
    assert device.token_set.first().token not in page
