"""A country's pack in a browser: on a laptop, on a telephone, in the dark, right to left, on paper."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.browser.looking import picture, serious
from tests.families import make_pregnancy, make_user

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("browser")]

EDGES = "all => all.map(one => one.getBoundingClientRect()).map(box => [box.left, box.right])"


@pytest.mark.parametrize(
    ("width", "language", "scheme"),
    [(1280, "en", "light"), (1280, "ar", "dark"), (390, "ar", "light")],
)
def test_a_pack_is_looked_at(staff, live_server, width, language, scheme):
    staff.set_viewport_size({"width": width, "height": 844})
    staff.set_extra_http_headers({"Accept-Language": language})
    staff.emulate_media(color_scheme=scheme)
    for name, address in {
        "packs": "",
        "pack": "TR-2025-04-14/",
        "pack-against": "DE-2026-01-22/?against=TR-2025-04-14",
    }.items():
        staff.goto(f"{live_server.url}/admin/packs/{address}")
        picture(staff, f"{name}-{width}-{language}-{scheme}")
        assert serious(staff) == [], name
        assert staff.evaluate("document.documentElement.scrollWidth") <= width, f"{name}: something hangs over the edge"
        if address:
            chart = staff.locator("svg.pack-chart")
            assert chart.bounding_box()["width"] > width / 2
            assert chart.locator("svg.dose").count() == {"pack": 18, "pack-against": 20}[name]
            [(left, right)] = chart.evaluate_all(EDGES)
            for its_left, its_right in chart.locator("text, rect.on-time").evaluate_all(EDGES):
                assert left - 1 <= its_left, name
                assert its_right <= right + 1, name


def test_a_pack_is_printed(staff, live_server):
    staff.set_viewport_size({"width": 794, "height": 1123})
    staff.emulate_media(color_scheme="dark")
    staff.goto(f"{live_server.url}/admin/packs/TR-2025-04-14/")
    staff.emulate_media(media="print")
    picture(staff, "pack-printed")
    assert staff.locator("nav[aria-label='On this page']").is_hidden()
    assert staff.locator("#cases td", has_text="28 September 2026").first.is_visible(), "what is folded is printed"
    colour = staff.locator("svg.pack-chart text").first.evaluate("one => getComputedStyle(one).fill")
    assert colour == "rgb(31, 41, 55)", "dark on white, whatever the screen is like"


@pytest.mark.parametrize(("width", "language"), [(1280, "en"), (390, "ar")])
def test_a_pack_is_adopted_and_left(staff, live_server, width, language):
    pack = f"{live_server.url}/admin/packs/TR-2025-04-14/"
    make_pregnancy(make_user(), dt.date(2026, 1, 5), dt.date(2026, 2, 2))
    staff.set_viewport_size({"width": width, "height": 844})
    staff.set_extra_http_headers({"Accept-Language": language})
    staff.goto(f"{pack}adopt/")
    picture(staff, f"pack-adopting-{width}-{language}")
    assert serious(staff) == []
    assert staff.evaluate("document.documentElement.scrollWidth") <= width
    staff.locator("main form button, #content form button").last.click()
    staff.wait_for_url(pack)
    picture(staff, f"pack-adopted-{width}-{language}")
    assert serious(staff) == []
    staff.goto(f"{live_server.url}/admin/child_health/vaccine/")
    picture(staff, f"vaccines-by-a-pack-{width}-{language}")
    assert "TR-2025-04-14" in staff.locator("body").inner_text()
    assert serious(staff) == []
    staff.goto(f"{pack}leave/")
    picture(staff, f"pack-leaving-{width}-{language}")
    assert serious(staff) == []
    assert staff.evaluate("document.documentElement.scrollWidth") <= width
    staff.fill("[name=typed]", "TR-2025-04-14")
    staff.locator("[name=typed]").press("Enter")
    staff.wait_for_url(f"{live_server.url}/admin/packs/")
