"""A country's pack in a browser: on a laptop, on a telephone, in the dark, right to left, on paper."""

from __future__ import annotations

import pytest

from tests.browser.test_pages import picture, serious, staff  # noqa: F401  (a fixture)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("browser")]


@pytest.mark.parametrize(
    ("width", "language", "scheme"),
    [(1280, "en", "light"), (1280, "en", "dark"), (1280, "ar", "light"), (390, "en", "light"), (390, "ar", "dark")],
)
def test_a_pack_is_looked_at(staff, live_server, width, language, scheme):  # noqa: F811
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
