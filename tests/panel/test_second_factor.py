"""Second factors: kept so that a copy of the database opens nothing, renewed by their owner, reset by another."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.contrib.auth.models import Group, User
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from hera.core.ports import Action
from hera.panel import recovery_codes, roles, sealing, second_factor
from hera.panel.models import AuditEntry, Authenticator, Passkey, RecoveryCodes
from tests.staff import code_of, code_of_key, enrolled, shown_key, sign_in

pytestmark = pytest.mark.django_db

PASSWORD = "a long enough password"
OTHER_KEY = "another-key-of-more-than-fifty-characters-0123456789-abcdef"


def staff(name, role=None):
    user = User.objects.create_user(name, password=PASSWORD, is_staff=True, is_superuser=role is None)
    if role:
        user.groups.add(Group.objects.get(name=role))
    return user


@pytest.fixture
def nurse():
    return staff("nurse@example.org")


@pytest.fixture
def chief():
    return staff("chief@example.org")


def log_in(client, user):
    client.post("/admin/login/", {"username": user.username, "password": PASSWORD})


def reset_page(user):
    return f"/admin/auth/user/{user.pk}/reset_second_factor/"


# Kept -------------------------------------------------------------------------------------------------------------


def test_a_copy_of_the_database_holds_no_seed_and_no_code(client, nurse):
    """S24: both stood in it as they are typed."""
    log_in(client, nurse)
    seed = shown_key(client.get("/admin/second_factor/enrol/").content.decode())
    page = client.post("/admin/second_factor/enrol/", {"code": code_of_key(seed)}).content.decode()
    codes = re.findall(r"<li>(\w+)</li>", page)
    assert len(codes) == second_factor.RECOVERY_CODES
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        tables = [name for (name,) in cursor.fetchall()]
        for table in tables:
            cursor.execute(f'SELECT to_jsonb(t)::text FROM "{table}" t')
            rows = " ".join(row for (row,) in cursor.fetchall())
            for secret in (seed.hex(), *codes):
                assert secret not in rows, table


def test_recovery_codes_are_copied_by_hand():
    codes = recovery_codes.make()
    salt = recovery_codes.new_salt()
    assert recovery_codes.digest(f" {codes[0].upper()[:5]} {codes[0][5:]} ", salt) == recovery_codes.digest(
        codes[0], salt
    )
    assert recovery_codes.digest(codes[0], recovery_codes.new_salt()) != recovery_codes.digest(codes[0], salt)


def test_a_new_secret_key_opens_what_the_former_one_sealed(client, nurse, settings):
    """Issue 15, 7: rotated by HERA_DJANGO_SECRET_KEY and its fallbacks; after resealing the former one may go."""
    device = enrolled(nurse)
    former, seed = settings.SECRET_KEY, device.bin_key
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = OTHER_KEY, [former]
    log_in(client, nurse)
    assert client.post("/admin/second_factor/", {"code": code_of(device)}).status_code == 302
    call_command("reseal_second_factors")
    settings.SECRET_KEY_FALLBACKS = []
    assert Authenticator.objects.get(pk=device.pk).bin_key == seed


def test_a_wrong_secret_key_says_so(client, nurse, settings, caplog, capsys):
    """Issue 15, 7: one sentence for her, one for the operator; her recovery codes open still."""
    enrolled(nurse)
    [code, *_others] = second_factor.new_recovery_codes(nurse)
    settings.SECRET_KEY = OTHER_KEY
    log_in(client, nurse)
    answer = client.post("/admin/second_factor/", {"code": "000000"})
    assert answer.status_code == 503
    assert "its secret key was changed" in answer.content.decode()
    assert "HERA_DJANGO_SECRET_KEY_FALLBACKS" in caplog.text
    RecoveryCodes.objects.get().throttle_reset()
    with pytest.raises(CommandError, match="HERA_DJANGO_SECRET_KEY_FALLBACKS"):
        call_command("reseal_second_factors")
    assert client.post("/admin/second_factor/", {"code": code}).status_code == 302
    assert client.get("/admin/").status_code == 200


def test_a_code_that_was_not_looked_at_is_not_called_wrong(client, nurse):
    """N13: who was told so of a right recovery code would cross it off."""
    enrolled(nurse)
    [code, *_others] = second_factor.new_recovery_codes(nurse)
    log_in(client, nurse)
    for _guess in range(3):
        client.post("/admin/second_factor/", {"code": "000000"})
        RecoveryCodes.objects.update(throttling_failure_timestamp=timezone.now() - dt.timedelta(minutes=1))
    RecoveryCodes.objects.update(throttling_failure_timestamp=timezone.now())
    page = client.post("/admin/second_factor/", {"code": code}).text
    assert "This is not the code" not in page
    assert re.search(r"Give this one again. Seconds to wait: [1-8]\b", page)
    RecoveryCodes.objects.update(throttling_failure_timestamp=timezone.now() - dt.timedelta(minutes=1))
    assert client.post("/admin/second_factor/", {"code": code}).status_code == 302


@pytest.mark.parametrize(("host", "may"), [("localhost:8000", True), ("127.0.0.1:8000", False), ("[::1]:8000", False)])
def test_passkeys_are_offered_where_browsers_make_them(client, nurse, settings, host, may):
    settings.ALLOWED_HOSTS = ["*"]
    sign_in(client, nurse)
    page = client.get("/admin/second_factor/mine/", headers={"host": host}).text
    assert ("Add a passkey" in page) is may
    assert ("Passkeys want a name in the address" in page) is not may


def test_sealing_tells_a_wrong_key(settings):
    sealed = sealing.seal(b"seed")
    assert sealing.unseal(memoryview(sealed)) == b"seed"
    settings.SECRET_KEY = OTHER_KEY
    for opens in (sealing.unseal, sealing.resealed):
        with pytest.raises(sealing.WrongKey):
            opens(sealed)


# Renewed ----------------------------------------------------------------------------------------------------------


def test_one_renews_one_s_own_recovery_codes(client, nurse):
    """N12"""
    [old, *_others] = second_factor.new_recovery_codes(nurse)
    sign_in(client, nurse)
    assert "<strong>10</strong>" in client.get("/admin/second_factor/mine/").content.decode()
    assert client.get("/admin/second_factor/mine/codes/").status_code == 405
    new = re.findall(r"<li>(\w+)</li>", client.post("/admin/second_factor/mine/codes/").content.decode())
    assert len(set(new)) == 10
    assert old not in new
    [entry] = AuditEntry.objects.filter(action=Action.CHANGE)
    assert (entry.about, entry.detail) == (f"auth.user {nurse.pk}", {"recovery_codes": "renewed"})
    client.logout()
    log_in(client, nurse)
    assert client.post("/admin/second_factor/", {"code": old}).status_code == 200
    RecoveryCodes.objects.get().throttle_reset()
    assert client.post("/admin/second_factor/", {"code": new[0]}).status_code == 302


def test_an_open_browser_is_no_way_in(client, nurse):
    """N12: who finds a browser open makes herself no codes and no passkey: the second factor is asked for again."""
    device = enrolled(nurse)
    sign_in(client, nurse)
    session = client.session
    session["second_factor_at"] -= 16 * 60
    session.save()
    again = "/admin/second_factor/?next=%2Fadmin%2Fsecond_factor%2Fmine%2F"
    assert client.get("/admin/second_factor/mine/")["Location"] == again
    for path in ("codes/", "passkeys/", "passkeys/1/remove/"):
        assert client.post(f"/admin/second_factor/mine/{path}")["Location"] == again
    assert not RecoveryCodes.objects.exists()
    assert client.post(again, {"code": code_of(device)})["Location"] == "/admin/second_factor/mine/"
    assert client.get("/admin/second_factor/mine/").status_code == 200


@pytest.mark.parametrize("path", ["", "codes/", "passkeys/", "passkeys/1/remove/"])
def test_it_is_closed_before_the_second_factor(client, nurse, path):
    enrolled(nurse)
    log_in(client, nurse)
    for answer in (client.get(f"/admin/second_factor/mine/{path}"), client.post(f"/admin/second_factor/mine/{path}")):
        assert answer.status_code == 302
        assert answer["Location"].startswith("/admin/login/")


def test_others_keys_are_not_there(client, nurse, chief):
    key = Passkey.objects.create(user=chief, name="hers", credential_id=b"1", public_key=b"1")
    sign_in(client, nurse)
    assert client.post(f"/admin/second_factor/mine/passkeys/{key.pk}/remove/").status_code == 404
    for answer in ("", "{}", "nonsense", '{"id": "x"}', "[1]", "null", '{"id": 1, "rawId": 2, "response": 3}'):
        client.get("/admin/second_factor/mine/")
        assert client.post("/admin/second_factor/mine/passkeys/", {"credential": answer}).status_code == 302
        page = client.post("/admin/second_factor/", {"credential": answer})
        assert page.status_code == 200
    assert [known.pk for known in Passkey.objects.all()] == [key.pk]


# Reset ------------------------------------------------------------------------------------------------------------


def test_a_second_administrator_resets_and_both_are_told(client, nurse, chief):
    """N12: a lost phone with used-up recovery codes could not be helped."""
    enrolled(nurse)
    second_factor.new_recovery_codes(nurse)
    hers = Client()
    sign_in(hers, nurse)
    assert hers.get("/admin/").status_code == 200
    sign_in(client, chief)
    page = client.get(reset_page(nurse))
    assert page.status_code == 200
    assert Authenticator.objects.filter(user=nurse).exists(), "looking does nothing"
    done = client.post(reset_page(nurse), follow=True).content.decode()
    assert "You reset the second factor of nurse@example.org." in done
    [entry] = AuditEntry.objects.filter(action=Action.CHANGE)
    assert (entry.actor_name, entry.about) == ("chief@example.org", f"auth.user {nurse.pk}")
    assert entry.detail == {"second_factor": "reset"}
    assert hers.get("/admin/").status_code == 302, "what was open with it is closed"

    log_in(hers, nurse)
    page = hers.get("/admin/second_factor/enrol/").content.decode()
    assert "chief@example.org reset your second factor on" in page
    page = hers.post("/admin/second_factor/enrol/", {"code": code_of_key(shown_key(page))}).content.decode()
    assert "chief@example.org reset your second factor on" in page
    hers.logout()
    log_in(hers, nurse)
    [code, *_others] = re.findall(r"<li>(\w+)</li>", page)
    hers.post("/admin/second_factor/", {"code": code})
    assert "chief@example.org reset your second factor on" in hers.get("/admin/").content.decode(), "each time"


def test_nobody_resets_her_own(client, nurse):
    """N12: a session that was taken over would shake the second factor off."""
    enrolled(nurse)
    sign_in(client, nurse)
    for answer in (client.get(reset_page(nurse)), client.post(reset_page(nurse))):
        assert answer.status_code == 403
    assert Authenticator.objects.filter(user=nurse).exists()
    assert "Reset the second factor" not in client.get(f"/admin/auth/user/{nurse.pk}/change/").content.decode()


def test_a_programme_admin_resets_no_superuser(client, nurse):
    """N12"""
    enrolled(nurse)
    admin, worker = staff("admin@example.org", roles.PROGRAMME_ADMIN), staff("worker@example.org", roles.CASE_WORKER)
    enrolled(worker)
    sign_in(client, admin)
    assert client.post(reset_page(nurse)).status_code in {302, 403, 404}
    assert Authenticator.objects.filter(user=nurse).exists()
    assert client.post(reset_page(worker)).status_code == 302
    assert not Authenticator.objects.filter(user=worker).exists()
    assert not second_factor.may_reset(admin, nurse)


@pytest.mark.parametrize("role", sorted(set(roles.PERMISSIONS) - {roles.PROGRAMME_ADMIN}))
def test_other_roles_reset_nobody(client, nurse, role):
    enrolled(nurse)
    sign_in(client, staff("somebody@example.org", role))
    assert client.post(reset_page(nurse)).status_code in {302, 403, 404}
    assert Authenticator.objects.filter(user=nurse).exists()


def test_a_link_is_made_by_a_button_and_not_by_an_address(client, nurse, chief):
    """S24: opening an address made links, and wrote in the trail."""
    sign_in(client, chief)
    assert "/admin/set_up/" not in client.get(f"/admin/auth/user/{nurse.pk}/invite/", follow=True).content.decode()
    assert not AuditEntry.objects.exists()
    page = client.post(f"/admin/auth/user/{nurse.pk}/invite/", follow=True).content.decode()
    assert "/admin/set_up/" in page


def test_names_that_look_alike_are_one(client, chief):
    """S12: a second account under another spelling of a name."""
    sign_in(client, chief)
    for name in ("CHIEF@example.org", "ｃhief@example.org"):
        page = client.post("/admin/auth/user/add/", {"username": name}).content.decode()
        assert "There is an account with this name already." in page
    client.post("/admin/auth/user/add/", {"username": "Nur@Example.org"})
    assert User.objects.filter(username="nur@example.org").exists()
