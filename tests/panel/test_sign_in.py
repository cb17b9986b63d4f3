"""Nothing of the panel opens before a password and a second factor were given."""

from __future__ import annotations

import hashlib
import re

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client

from hera.core.ports import Action
from hera.panel import accounts, second_factor
from hera.panel.models import AuditEntry, Authenticator
from tests.staff import code_of, code_of_key, enrolled, shown_key

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
    key = shown_key(page)
    assert "This is not the code" in client.post("/admin/second_factor/enrol/", {"code": "000000"}).content.decode()
    assert client.get("/admin/").status_code == 302
    page = client.post("/admin/second_factor/enrol/", {"code": code_of_key(key)}).content.decode()
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
    assert Authenticator.objects.filter(user=nurse).count() == 1


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


def test_who_is_signed_in_cannot_guess_another_s_password_without_end(client, nurse):
    """S12: an earlier session, of a password only, began the count of any other name anew at each try."""
    User.objects.create_superuser("thief@example.org", password=PASSWORD)
    assert log_in(client, username="thief@example.org").status_code == 302
    for _ in range(10):
        answer = log_in(client, password="wrong")
        assert answer.status_code == 200
    assert 'name="password"' in answer.content.decode(), "a wrong password leads nowhere"
    assert log_in(client).status_code == 429
    assert log_in(Client()).status_code == 429


def test_the_second_factor_leads_nowhere_else(client, nurse):
    device = enrolled(nurse)
    log_in(client)
    answer = client.post("/admin/second_factor/?next=https://evil.example.org/", {"code": code_of(device)})
    assert answer["Location"] == "/admin/"


WHERE_IT_ENDS = {
    "": "/admin/",
    "?next=": "/admin/",
    "?next=/admin/": "/admin/",
    "?next=/admin/auth/user/": "/admin/auth/user/",
    "?next=/accounts/profile/": "/admin/",  # nothing of the panel: raw JSON
    "?next=https://evil.example.org/admin/": "/admin/",
    "?next=//evil.example.org/admin/": "/admin/",
    "?next=/admin/login/": "/admin/",
    "?next=/admin/logout/": "/admin/",
    "?next=/admin/second_factor/%3Fnext=/admin/": "/admin/",
    "?next=/admin/second_factor/enrol/": "/admin/",
}


@pytest.mark.parametrize("has_one", [True, False])
@pytest.mark.parametrize("asked", WHERE_IT_ENDS)
def test_every_way_of_signing_in_ends_in_the_panel(client, nurse, asked, has_one):
    """N4: a new account's first sign-in ended in raw JSON (404) at /accounts/profile/."""
    device = enrolled(nurse) if has_one else None
    answer = client.post(f"/admin/login/{asked}", LOG_IN)
    for _ in range(5):
        address = answer["Location"] if answer.status_code == 302 else ""
        if not address.startswith(("/admin/login/", "/admin/second_factor/")):
            answer = client.get(address)
            if answer.status_code != 302:
                break
            address = answer["Location"]
        answer = client.get(address)
        if answer.status_code == 200:
            break
    assert answer.wsgi_request.path == f"/admin/second_factor/{'' if has_one else 'enrol/'}"
    asked_for = answer.wsgi_request.get_full_path()
    if device:
        answer = client.post(asked_for, {"code": code_of(device)})
        assert answer["Location"] == WHERE_IT_ENDS[asked]
    else:
        page = client.post(asked_for, {"code": code_of_key(shown_key(answer.content.decode()))}).content.decode()
        assert f'href="{WHERE_IT_ENDS[asked]}"' in page
    assert client.get(WHERE_IT_ENDS[asked]).status_code == 200


def test_an_invitation_s_first_sign_in_ends_on_the_first_page(client, nurse):
    """N4: from the link to the panel, as a browser follows it."""
    form = client.get(accounts.set_up_path(nurse), follow=True)
    fields = {"new_password1": PASSWORD + "!", "new_password2": PASSWORD + "!"}
    form = client.post(form.wsgi_request.path, fields, follow=True)
    assert form.wsgi_request.path == "/admin/login/"
    assert client.session.get("enrolment_seed") is None
    form = client.post("/admin/login/", {**LOG_IN, "password": PASSWORD + "!"}, follow=True)
    assert form.wsgi_request.path == "/admin/second_factor/enrol/"
    page = client.post(form.wsgi_request.get_full_path(), {"code": code_of_key(shown_key(form.content.decode()))})
    assert 'href="/admin/"' in page.content.decode()
    assert client.get("/admin/").status_code == 200


@pytest.mark.parametrize("address", ["/account/login/", "/account/two_factor/"])
def test_the_earlier_addresses_lead_on(client, address):
    """P10: where staff of the earlier HERA signed in."""
    answer = client.get(address, follow=True)
    assert (answer.status_code, answer.wsgi_request.path) == (200, "/admin/login/")


SPELLINGS = ["ｎurse@example.org", "NURSE@example.org", " nurse@example.org ", "nurſe@example.org", "Nurse@EXAMPLE.ORG"]


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_another_spelling_is_the_same_name(client, nurse, spelling):
    """S12: a wide letter began a count of its own. One name: found, and counted, alike."""
    assert log_in(client, username=spelling).status_code == 302
    client.logout()
    for _ in range(10):
        log_in(client, password="wrong")
    assert log_in(client, username=spelling).status_code == 429
    form = {**LOG_IN, "username": spelling}
    assert client.post("/data_dashboard/login/", form).status_code == 429


def test_the_dashboard_knows_each_spelling_too(client, nurse):
    """S12"""
    for spelling in SPELLINGS:
        answer = client.post("/data_dashboard/login/", {**LOG_IN, "username": spelling})
        assert "Please sign in at" in answer.json()["detail"], "known, and told where to sign in"


def test_a_name_that_was_kept_with_capitals_still_opens(client):
    """S12: accounts of the earlier HERA are named as they were typed."""
    User.objects.create_superuser("Ops@Example.org", password=PASSWORD)
    assert log_in(client, username="Ops@Example.org").status_code == 302
    client.logout()
    for _ in range(10):
        log_in(client, username="ops@example.org", password="wrong")
    assert log_in(client, username="Ops@Example.org").status_code == 429


def test_each_enrolment_has_a_seed_of_its_own(client, nurse):
    """S14: the seed was one for all, and known to whoever had the password before."""
    thief = Client()
    log_in(thief)
    hers = shown_key(thief.get("/admin/second_factor/enrol/").content.decode())
    log_in(client)
    mine = shown_key(client.get("/admin/second_factor/enrol/").content.decode())
    assert mine != hers
    assert mine == shown_key(client.get("/admin/second_factor/enrol/").content.decode()), "a look again changes nothing"
    assert (
        "This is not the code"
        in client.post("/admin/second_factor/enrol/", {"code": code_of_key(hers)}).content.decode()
    )
    assert client.post("/admin/second_factor/enrol/", {"code": code_of_key(mine)}).status_code == 200
    answer = thief.post("/admin/second_factor/enrol/", {"code": code_of_key(hers)})
    assert answer["Location"] == "/admin/second_factor/"
    assert Authenticator.objects.count() == 1


def test_a_used_link_ends_what_was_begun_with_the_old_password(client, nurse):
    """S14: a session from before, and the seed in it, are worth nothing after the link."""
    thief = Client()
    log_in(thief)
    thief.get("/admin/second_factor/enrol/")
    nurse.refresh_from_db()
    form = client.get(accounts.set_up_path(nurse), follow=True)
    client.post(form.wsgi_request.path, {"new_password1": PASSWORD + "!", "new_password2": PASSWORD + "!"})
    assert thief.get("/admin/second_factor/enrol/")["Location"] == "/admin/login/"


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


def test_looking_at_a_link_does_nothing(client, nurse):
    """S24: whatever follows links, as mail and chat programs do, uses nothing up and changes nothing."""
    path = accounts.set_up_path(nurse)
    before = User.objects.filter(pk=nurse.pk).values().get()
    for _ in range(3):
        assert Client().get(path, follow=True).status_code == 200
    assert User.objects.filter(pk=nurse.pk).values().get() == before
    assert 'name="new_password1"' in client.get(path, follow=True).content.decode()


def test_a_link_in_a_log_is_half_a_link(client, capsys):
    """S24: what the command prints where others read opens nothing; only who asked for it has the other half."""
    half = "made-up-by-who-asks"
    digest = hashlib.sha256(half.encode()).hexdigest()
    call_command("invite_admin", "ops@example.org", "--base", "https://x", "--other-half", digest)
    path = capsys.readouterr().out.strip().removeprefix("https://x")
    for wrong in (path, path[:-1] + "~/", path[:-1] + "~other/", path[:-1] + f"~{digest}/"):
        assert "was used already" in client.get(wrong, follow=True).content.decode(), wrong
    assert 'name="new_password1"' in client.get(f"{path[:-1]}~{half}/", follow=True).content.decode()
    with pytest.raises(CommandError, match="SHA-256"):
        call_command("invite_admin", "ops@example.org", "--base", "https://x", "--other-half", half)


def test_no_second_invitation_where_somebody_administers(client, nurse, capsys):
    call_command("invite_admin", "ops@example.org", "--base", "https://x", "--if-none")
    assert capsys.readouterr().out == "There is an administrator already.\n"
    assert not User.objects.filter(username="ops@example.org").exists()
    with pytest.raises(CommandError, match="no e-mail address"):
        call_command("invite_admin", "ops", "--base", "https://x")
