"""A nurse registers a mother who has no phone, on her own phone or a laptop, in her language."""

from __future__ import annotations

import datetime as dt

import pytest

from hera.core import clock
from hera.health_center.models import HealthCenter
from hera.panel import roles
from hera.user_profile.models import UserProfile
from tests.browser.looking import PASSWORD, picture, serious
from tests.browser.staff_browser import sign_in
from tests.staff import make_staff

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("browser")]


@pytest.mark.parametrize(("language", "width"), [("tr", 1280), ("ar", 390)])
def test_a_nurse_registers_a_mother_without_a_phone(page, live_server, programme, language, width):
    HealthCenter.objects.create(name="Fatih", address="-", geolocation="41.0,28.9", district="Fatih")
    page.set_viewport_size({"width": width, "height": 844})
    sign_in(page, live_server, make_staff(roles.CASE_WORKER, "nurse@example.org", password=PASSWORD), language)
    page.goto(f"{live_server.url}/admin/worklist/")
    page.locator("#content a[href='/admin/register/']").click()  # the menu has it too
    page.wait_for_url("**/register/")
    picture(page, f"register-{language}")
    assert serious(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.locator("[name=name]").fill("أمل")
    page.locator("[name=date_of_birth]").fill("1995-01-01")
    page.locator("[name=language]").select_option("ar")
    page.locator("[name=geolocation]").fill("41.02,28.94")
    page.locator("[name=child-0-name]").fill("ليلى")
    page.locator("[name=child-0-gender]").select_option("FEMALE")
    page.locator("[name=child-0-date_of_birth]").fill((clock.now().date() - dt.timedelta(weeks=9)).isoformat())
    page.locator("[name=agreed]").check()
    page.locator("form:has([name=agreed]) button").click()
    page.wait_for_url("**/change/")
    picture(page, f"registered-{language}")
    assert serious(page) == []
    mother = UserProfile.objects.get().user
    assert (mother.children.count(), mother.center_of_person.is_nearest) == (1, True)
    with page.expect_download() as printed:
        page.locator(f"a[href$='/customuser/{mother.pk}/card/']").click()
    assert printed.value.suggested_filename == f"card-{mother.pk}.pdf"
