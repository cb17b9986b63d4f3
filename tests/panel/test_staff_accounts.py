"""S12, S11: nobody gets into an account of staff by another way than its owner's."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from hera.core import clock
from hera.panel import accounts, roles, sign_in
from tests.staff import make_staff
from tests.staff import sign_in as let_in

pytestmark = pytest.mark.django_db

PASSWORD, OTHER = "a long winter of snow", "a short summer of rain"
NUMBERS = [
    "+905321111762",
    "905321111762",
    "00905321111762",
    "+۹۰۵۳۲۱۱۱۱۷۶۲",
    "٠٥٣٢١١١١٧٦٢",
    "＋905321111762",
    "0532.111-1762",
]


@pytest.fixture
def chief(client):
    user = make_staff(roles.PROGRAMME_ADMIN, "chief@example.org")
    user.set_password(PASSWORD)
    user.save()
    let_in(client, user)
    return user


@pytest.fixture
def nurse(db):
    return make_staff(roles.CASE_WORKER, "nurse@example.org")


@pytest.mark.parametrize("is_superuser", [True, False])
@pytest.mark.parametrize("whose", ["own", "nurse"])
def test_s12_nobody_sets_a_password_at_djangos_page(client, chief, nurse, is_superuser, whose):
    User.objects.filter(pk=chief.pk).update(is_superuser=is_superuser)
    user = chief if whose == "own" else nurse
    before = user.password
    page = f"/admin/auth/user/{user.pk}/password/"
    fields = {"password1": OTHER, "password2": OTHER, "usable_password": "true"}
    assert client.get(page).status_code == 404
    assert client.post(page, fields).status_code == 404
    user.refresh_from_db()
    assert user.password == before
    shown = client.get(f"/admin/auth/user/{user.pk}/change/").text
    assert "../password/" not in shown
    assert page not in shown


def test_s12_her_own_is_changed_with_the_old_one(client, chief):
    wanted = {"new_password1": OTHER, "new_password2": OTHER}
    assert client.post("/admin/password_change/", {"old_password": "wrong", **wanted}).status_code == 200
    chief.refresh_from_db()
    assert chief.check_password(PASSWORD)
    assert client.post("/admin/password_change/", {"old_password": PASSWORD, **wanted}).status_code == 302
    chief.refresh_from_db()
    assert chief.check_password(OTHER)


@pytest.mark.parametrize("page", ["invite", "reset_second_factor"])
def test_s12_a_way_into_an_account_wants_a_fresh_second_factor(client, chief, nurse, page):
    session = client.session
    session["second_factor_at"] = int((clock.now() - sign_in.FRESH).timestamp()) - 1
    session.save()
    address = f"/admin/auth/user/{nurse.pk}/{page}/"
    for answer in (client.get(address), client.post(address)):
        assert answer.status_code == 302
        assert answer["Location"].startswith("/admin/second_factor/?next=")
    assert "/admin/set_up/" not in client.get("/admin/").text


@pytest.mark.parametrize("name", NUMBERS)
def test_s11_a_phone_number_is_no_name_of_staff(client, chief, nurse, name):
    says = "A phone number is no name of an account"
    assert says in client.post("/admin/auth/user/add/", {"username": name}).text
    page = f"/admin/auth/user/{nurse.pk}/change/"
    assert says in client.post(page, {"username": name, "is_active": "on"}).text
    with pytest.raises(CommandError):
        call_command("invite_admin", name, "--base", "https://hera.example.org")
    with pytest.raises(ValueError, match="phone number"):
        accounts.invite_administrator(name)
    assert set(User.objects.values_list("username", flat=True)) == {"chief@example.org", "nurse@example.org"}


@pytest.mark.parametrize("name", ["nur@example.org", "nur.1990", "+905321111762@example.org"])
def test_s11_other_names_are_taken(client, chief, name):
    client.post("/admin/auth/user/add/", {"username": name})
    assert User.objects.filter(username=name).exists()


@pytest.mark.parametrize("page", ["login/", "second_factor/", "second_factor/enrol/", "password_change/"])
def test_s12_no_page_before_the_panel_leads_to_what_phones_see(client, page):
    client.force_login(make_staff(roles.CASE_WORKER, "new@example.org"))
    assert 'href="/"' not in client.get(f"/admin/{page}", follow=True).text
