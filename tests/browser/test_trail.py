"""Taking a change back in a browser, as a programme admin, in English and in Arabic."""

from __future__ import annotations

import datetime as dt

import pytest

from hera.child_health.models import Child, Vaccine
from hera.core import clock
from hera.panel import roles
from hera.panel.models import AuditEntry
from tests.browser.looking import PASSWORD, picture, serious
from tests.browser.staff_browser import sign_in
from tests.families import make_child, make_user
from tests.staff import make_staff

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("browser")]


@pytest.mark.parametrize("language", ["en", "ar"])
def test_n11_a_wrong_correction_is_taken_back_from_the_trail(page, live_server, programme, language):
    user = make_staff(roles.PROGRAMME_ADMIN, "amina@example.org", password=PASSWORD)
    child = make_child(make_user(name="Amal"), clock.now().date() - dt.timedelta(weeks=9), name="Leyla")
    child.past_vaccinations.add(Vaccine.objects.filter(is_active=True).first())
    sign_in(page, live_server, user, language)
    page.goto(f"{live_server.url}/admin/child_health/child/{child.pk}/change/")
    page.fill("[name=name]", "Layla wrong")
    page.locator("[name=given]:not(:checked)").first.check()
    page.locator("[name=_save]").click()
    page.wait_for_url("**/customuser/**")
    entry = AuditEntry.objects.filter(action="change").latest("id")
    page.goto(f"{live_server.url}/admin/custom_user/auditentry/")
    picture(page, f"trail-{language}")
    page.goto(f"{live_server.url}/admin/custom_user/auditentry/{entry.pk}/change/")
    picture(page, f"trail-entry-{language}")
    page.locator("a[href$='/undo/'], a[href*='undo']").first.click()
    picture(page, f"undo-{language}")
    assert serious(page) == []
    page.locator("form:has(a[href$='/change/']) button").click()
    page.wait_for_url("**/auditentry/*/change/")
    picture(page, f"undone-{language}")
    assert Child.objects.get(pk=child.pk).name == "Leyla"


@pytest.mark.parametrize("language", ["en", "tr", "ar"])
def test_p3_a_child_that_should_not_be_there_is_removed(page, live_server, programme, language):
    mother = make_user(name="Amal")
    child = make_child(mother, clock.now().date() - dt.timedelta(weeks=9), name="Leyla")
    child.past_vaccinations.add(Vaccine.objects.filter(is_active=True).first())
    sign_in(page, live_server, make_staff(roles.CASE_WORKER, "amina@example.org", password=PASSWORD), language)
    page.goto(f"{live_server.url}/admin/child_health/child/{child.pk}/change/")
    picture(page, f"child-{language}")
    page.locator(f"a[href*='/child/{child.pk}/delete/']").first.click()
    page.wait_for_url("**/delete/")
    picture(page, f"child-removed-{language}")
    assert serious(page) == []
    page.locator("form:has([name=post]) [type=submit]").click()
    page.wait_for_url(f"**/customuser/{mother.pk}/change/")
    picture(page, f"child-gone-{language}")
    assert not Child.objects.exists()
