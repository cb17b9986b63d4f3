"""A child's doses on the person's page in a browser, on a telephone and right to left."""

from __future__ import annotations

import datetime as dt

import pytest

from hera.child_health.models import DoseGiven
from hera.child_health.packs import adopting, reading
from hera.config import REPOSITORY
from hera.core import clock
from tests.browser.looking import picture, serious
from tests.families import make_child, make_user

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("browser")]


@pytest.mark.parametrize(("width", "language"), [(390, "en"), (390, "ar"), (1280, "en")])
def test_a_child_s_doses_are_looked_at(staff, live_server, width, language):
    pack = reading.read(REPOSITORY / "packs" / "TR-2025-04-14.yaml")
    ids = {key: dose.id for key, (_, dose) in pack.pack.doses().items()}
    born = clock.now().date() - dt.timedelta(days=100)
    mother = make_user()
    child = make_child(mother, born, known_on=born)
    adopting.adopt(pack)
    for key, age, source in [("pcv-1", 61, "card"), ("pcv-1", 65, "survey"), ("mmr-1", 80, "card")]:
        DoseGiven.objects.create(
            child=child,
            vaccine_dose_id=ids[key],
            date=born + dt.timedelta(days=age),
            precision="day",
            source=source,
            entered_at=clock.now(),
        )
    bcg = pack.pack.doses()["bcg-1"][0].id
    DoseGiven.objects.create(
        child=child, vaccine_id=bcg, due_by=born + dt.timedelta(days=90), source="tick", entered_at=clock.now()
    )
    staff.set_viewport_size({"width": width, "height": 844})
    staff.set_extra_http_headers({"Accept-Language": language})
    staff.goto(f"{live_server.url}/admin/custom_user/customuser/{mother.pk}/change/")
    staff.locator("details:has(dl) > summary").click()
    picture(staff, f"doses-{width}-{language}")
    assert staff.locator("article table tbody tr").count() >= 15
    for header in staff.locator("article table th").all():
        assert header.evaluate("cell => getComputedStyle(cell).textAlign") == "start"
    assert serious(staff) == []
    assert staff.evaluate("document.documentElement.scrollWidth") <= width
