"""A nurse's morning: whom to call, on her phone, in her language; she notes a call, and goes on."""

from __future__ import annotations

import datetime as dt

import pytest

from hera.child_health.plan import stored
from hera.core import clock
from hera.panel import roles
from hera.people.models import Contact
from tests.browser.looking import PASSWORD, picture, serious
from tests.browser.test_trail import sign_in
from tests.families import make_child, make_user
from tests.staff import make_staff

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("browser")]


@pytest.mark.parametrize(("language", "width"), [("tr", 1280), ("ar", 390)])
def test_a_nurse_calls_and_notes_what_came_of_it(page, live_server, programme, language, width):
    for name, weeks in (("Zeynep", 9), ("أمل", 30)):
        make_child(make_user(name=name), clock.now().date() - dt.timedelta(weeks=weeks))
    stored.catch_up()
    page.set_viewport_size({"width": width, "height": 844})
    sign_in(page, live_server, make_staff(roles.CASE_WORKER, "nurse@example.org", password=PASSWORD), language)
    picture(page, f"nurse-home-{language}")
    assert serious(page) == []
    page.locator(
        "#content a[href='/admin/worklist/?kind=overdue'], main a[href='/admin/worklist/?kind=overdue']"
    ).click()
    page.wait_for_url("**/worklist/?kind=overdue")
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
    page.wait_for_url("**/worklist/?kind=overdue")
    page.wait_for_load_state("load")
    assert page.locator("li:has(details)").count() == 1
    assert Contact.objects.get().outcome == "no_answer"
