"""The menu is by tasks, one order for all languages, and holds for each role what it may open."""

from __future__ import annotations

import re

import pytest
from django.utils.translation import gettext, override

from hera.config import LANGUAGES
from hera.panel import roles
from tests.panel.test_roles import PAGES

pytestmark = pytest.mark.django_db

# Opened from another page, with which they have to do.
NOT_IN_IT = {
    "/admin/packs/TR-2025-04-14/",
    "/admin/packs/TR-2025-04-14/adopt/",
    "/admin/studies/back/",
    "/admin/find/",
}


def menu_of(client, page="/admin/", language="en"):
    text = client.get(page, headers={"Accept-Language": language}).content.decode()
    shown = text[text.index('id="nav-sidebar-apps"') :]
    shown = shown[: shown.index("</div>\n\n")] if "</div>\n\n\n" in shown else shown
    return re.findall(r'<li>\s*<a href="(/admin/[^"]*)" class="([^"]*)"', shown)


@pytest.mark.parametrize("role", sorted(roles.PERMISSIONS))
def test_a_role_finds_in_the_menu_what_it_may_open(signed_in, role):
    client = signed_in(role)
    found = [address for address, _classes in menu_of(client)]
    assert [client.get(address).status_code for address in found] == [200] * len(found)
    assert {page for page, allowed in PAGES.items() if role in allowed} - NOT_IN_IT <= set(found)
    assert len(set(found)) == len(found)


def test_its_order_is_the_same_in_every_language(signed_in):
    client = signed_in(roles.PROGRAMME_ADMIN)
    orders = {tuple(address for address, _ in menu_of(client, language=language)) for language in LANGUAGES}
    assert len(orders) == 1


@pytest.mark.parametrize(
    ("page", "marked"),
    [
        ("/admin/", "/admin/"),
        ("/admin/custom_user/customuser/", "/admin/custom_user/customuser/"),
        ("/admin/custom_user/customuser/exports/", "/admin/custom_user/customuser/exports/"),
        ("/admin/packs/TR-2025-04-14/", "/admin/packs/"),
        ("/admin/child_health/vaccine/add/", "/admin/child_health/vaccine/"),
        ("/admin/child_health/child/{child}/change/", "/admin/custom_user/customuser/"),
        ("/admin/child_health/child/{child}/card/", "/admin/custom_user/customuser/"),
        ("/admin/password_change/", None),
    ],
)
def test_one_line_says_where_one_is(signed_in, amal, page, marked):
    rows = menu_of(signed_in(roles.PROGRAMME_ADMIN), page.format(child=amal.children.get().pk))
    assert [address for address, classes in rows if classes.endswith(" active")] == ([marked] if marked else [])


@pytest.mark.parametrize("language", [language for language in LANGUAGES if language != "en"])
def test_its_headings_are_translated(language):
    with override(language):
        for heading in ("Families", "Figures and files", "Programme", "Reminders and surveys", "Staff"):
            assert gettext(heading) != heading
