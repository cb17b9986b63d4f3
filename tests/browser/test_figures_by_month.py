"""The manager's month in a browser: read in two directions, on a laptop and a phone, and on paper."""

from __future__ import annotations

import datetime as dt

import pytest

from hera.child_health.plan import stored
from hera.core import clock
from hera.figures import counting, reports
from hera.figures.models import Target
from tests.browser.looking import picture, serious
from tests.families import make_child, make_user, tick


@pytest.fixture
def counted(db, programme):
    today = clock.today_in(dt.UTC)
    for number in range(8):
        child = make_child(make_user(language="ar"), today - dt.timedelta(weeks=10 + 4 * number))
        if number % 2:
            tick(child, 1, 2)
    stored.catch_up()
    Target.objects.create(measure="coverage", percent=80)
    counting.count_all()


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize(("language", "direction"), [("tr", "ltr"), ("ar", "rtl")])
def test_a_measure_is_read_in_each_direction(staff, live_server, counted, width, language, direction):
    staff.set_viewport_size({"width": width, "height": 844})
    staff.set_extra_http_headers({"Accept-Language": language})
    for query in ("", "?by=language"):
        staff.goto(f"{live_server.url}/admin/figures/by_month/{query}")
        assert staff.evaluate("document.documentElement.dir") == direction
        assert staff.locator("figure svg[role=img]").count() == 2
        picture(staff, f"figures-by-month-{language}-{width}")
        assert serious(staff) == []
        assert staff.evaluate("document.documentElement.scrollWidth") <= width, "nothing hangs over the edge"


def test_it_prints_without_its_form(staff, live_server, counted):
    staff.goto(f"{live_server.url}/admin/figures/by_month/")
    staff.emulate_media(media="print")
    assert not staff.locator("select[name=measure]").is_visible()
    assert staff.locator("figure svg").first.is_visible()


@pytest.mark.parametrize(("language", "direction", "width"), [("tr", "ltr", 1280), ("ar", "rtl", 390)])
def test_a_report_is_asked_for_and_downloaded(staff, live_server, counted, width, language, direction):
    staff.set_viewport_size({"width": width, "height": 844})
    staff.set_extra_http_headers({"Accept-Language": language})
    staff.goto(f"{live_server.url}/admin/figures/reports/")
    assert staff.evaluate("document.documentElement.dir") == direction
    staff.locator("form button.bg-primary-600").click()
    reports.make_all()
    staff.goto(f"{live_server.url}/admin/figures/reports/")
    picture(staff, f"reports-{language}-{width}")
    assert serious(staff) == []
    assert staff.evaluate("document.documentElement.scrollWidth") <= width, "nothing hangs over the edge"
    with staff.expect_download() as download:
        staff.locator("table a").click()
    assert download.value.path().read_bytes().startswith(b"%PDF-")
