"""A nurse's morning: whom to call, on her phone, in her language; she notes a call, and goes on."""

from __future__ import annotations

import datetime as dt

import pytest

from hera.child_health.plan import stored
from hera.core import clock
from hera.health_center.models import HealthCenter
from hera.health_center.services import set_center
from hera.panel import roles
from hera.people.models import Contact
from tests.browser.looking import PASSWORD, picture, serious
from tests.browser.staff_browser import sign_in
from tests.families import make_child, make_user
from tests.staff import make_staff

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("browser")]


@pytest.mark.parametrize(("language", "width"), [("tr", 1280), ("ar", 390)])
def test_a_nurse_calls_and_notes_what_came_of_it(page, live_server, programme, language, width):
    centre = HealthCenter.objects.create(name="Fatih", address="-", geolocation="41.1,28.8", district="Fatih")
    for name, weeks in (("Zeynep", 9), ("أمل", 30)):
        mother = make_user(name=name)
        make_child(mother, clock.now().date() - dt.timedelta(weeks=weeks))
        set_center(mother, centre, (41.0, 28.9))
    stored.catch_up()
    page.set_viewport_size({"width": width, "height": 844})
    sign_in(page, live_server, make_staff(roles.CASE_WORKER, "nurse@example.org", password=PASSWORD), language)
    picture(page, f"nurse-home-{language}")
    assert serious(page) == []
    page.locator(
        "#content a[href='/admin/worklist/?kind=overdue'], main a[href='/admin/worklist/?kind=overdue']"
    ).click()
    page.wait_for_url("**/worklist/?kind=overdue")
    page.locator("form[method=get] summary").click()
    page.locator("[name=district]").select_option("Fatih")
    page.locator("form[method=get] details button").click()
    page.wait_for_url("**district=Fatih**")
    rows = page.locator("li:has(details)")
    assert rows.count() == 2
    first = rows.first
    assert first.locator("a[href^='tel:+90']").count() == 1
    first.locator("summary").click()
    picture(page, f"worklist-{language}")
    assert serious(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    first.locator("[name=outcome]").select_option("no_answer")
    first.locator("button").click()
    page.wait_for_load_state("load")
    assert page.locator("li:has(details)").count() == 1
    assert Contact.objects.get().outcome == "no_answer"
