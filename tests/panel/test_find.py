"""The search on every page: people by permission, pages of the role's own menu, and help in the reader's language."""

from __future__ import annotations

import dataclasses

import pytest
from django.urls import reverse

from hera.panel import roles
from hera.panel.models import AuditEntry
from tests.families import make_user

pytestmark = pytest.mark.django_db
PAGE = "/admin/find/"


@pytest.fixture
def amal(db):
    return make_user(number="+905321234567", name="Amal Yılmaz")


@pytest.mark.parametrize("asked", ["0532 123", "+90532", "34567", "٠٥٣٢ ١٢٣", "۳۴۵۶۷", "amal", "Yıl"])
def test_a_nurse_finds_somebody_by_number_in_any_script_or_name(signed_in, amal, settings, asked):
    settings.HERA = dataclasses.replace(settings.HERA, otp_allowed_countries=frozenset({"TR"}))
    make_user(number="+4915123456780", name="Somebody else")
    page = signed_in(roles.CASE_WORKER).get(PAGE, {"q": asked}).text
    assert f"/admin/custom_user/customuser/{amal.pk}/change/" in page
    assert "Somebody else" not in page
    [entry] = AuditEntry.objects.filter(about="people, search")
    assert entry.detail["found"] == 1
    assert asked not in str(entry.detail)


@pytest.mark.parametrize("role", [roles.RESEARCHER, roles.CONTENT_EDITOR, roles.OPERATOR])
def test_who_may_not_know_people_finds_nobody(signed_in, amal, role):
    page = signed_in(role).get(PAGE, {"q": "amal"}).text
    assert "customuser/" not in page.split('id="content"')[1]
    assert "Your role finds nobody" in page
    assert not AuditEntry.objects.filter(about="people, search").exists()


@pytest.mark.parametrize(
    ("role", "asked", "finds"),
    [
        (roles.CASE_WORKER, "call", ("/admin/worklist/",)),
        (roles.CASE_WORKER, "targets", ()),
        (roles.PROGRAMME_ADMIN, "targets", ("/admin/figures/target/",)),
        (roles.CONTENT_EDITOR, "CHANGE reminder", ("/admin/events/notificationtype/",)),
        (roles.OPERATOR, "factor lost", ("recovery code",)),
        (roles.CASE_WORKER, "audit trail", ()),
    ],
)
def test_pages_and_help_are_those_of_the_role(signed_in, role, asked, finds):
    page = signed_in(role).get(PAGE, {"q": asked}).text.split('id="content"')[1]
    assert [one for one in finds if one not in page] == []
    assert ("Nothing was found" in page) is (not finds)


@pytest.mark.parametrize(
    ("language", "asked", "finds"),
    [("tr", "ARANACAK", "Kimler aranacak"), ("tr", "şüphe", ""), ("ar", "نتصل", "من نتصل بها")],
)
def test_it_is_asked_in_the_reader_s_language(signed_in, language, asked, finds):
    client = signed_in(roles.CASE_WORKER)
    page = client.get(PAGE, {"q": asked}, headers={"accept-language": language}).text.split('id="content"')[1]
    assert (finds in page) if finds else ("/admin/worklist/" not in page)


def test_every_page_has_it(signed_in, amal):
    client = signed_in(roles.PROGRAMME_ADMIN)
    for page in (
        "/admin/", "/admin/custom_user/customuser/", f"/admin/custom_user/customuser/{amal.pk}/change/",
        "/admin/events/notificationtype/", "/admin/events/notificationtype/add/", "/admin/figures/by_month/",
        "/admin/password_change/", reverse("admin:my_second_factor"),
    ):  # fmt: skip
        text = client.get(page).text
        assert text.count('id="find-anything"') == 1, page
        assert f'action="{PAGE}"' in text
    assert client.get(PAGE).text.count('id="find-anything"') == 1, "there it is on the page itself"
    client.logout()
    assert 'id="find-anything"' not in client.get("/admin/login/").text


def test_nothing_asked_is_all_pages_and_all_help(signed_in):
    page = signed_in(roles.CASE_WORKER).get(PAGE).text
    assert "/admin/worklist/" in page
    assert "recovery code" in page
    assert not AuditEntry.objects.filter(about="people, search").exists()


def test_it_is_a_few_statements(signed_in, amal, django_assert_max_num_queries):
    client = signed_in(roles.CASE_WORKER)
    for number in range(20):
        make_user(name=f"Amal {number}")
    with django_assert_max_num_queries(12):
        page = client.get(PAGE, {"q": "amal"}).text
    assert "All who were found" in page
    assert "?find=amal" in page
