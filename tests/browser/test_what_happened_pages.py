"""Endings, pauses, the card and tables of doses, in a browser: on a laptop and on a telephone."""

from __future__ import annotations

import datetime as dt

import pytest

from hera.child_health import doses, endings
from hera.child_health.models import Child, DoseGiven, Pregnancy, VaccineDose
from hera.child_health.partial_dates import PartialDate
from hera.core import clock
from tests.browser.looking import picture, serious
from tests.families import make_child, make_pregnancy, make_user

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("browser")]


@pytest.fixture
def amal(programme):
    """A mother with a pregnancy that runs and one that was lost, and children who are reminded of, paused and ended."""
    today = clock.now().date()
    mother = make_user(number="+905321234567")
    leyla, musa, nur = (
        make_child(mother, today - dt.timedelta(weeks=40), name=name) for name in ("Leyla", "Musa", "Nur")
    )
    first = VaccineDose.objects.filter(vaccine__name="BCG").get()
    told = doses.Entry(vaccine_dose_id=first.pk, date=PartialDate(today, doses.Precision.MONTH), place="Besni")
    doses.record(leyla, [told], DoseGiven.Source.MOTHER, today=today)
    [wrong] = doses.record(leyla, [doses.Entry(text="MMR, Aleppo", lot="B7")], DoseGiven.Source.CARD, today=today)
    doses.retract(wrong, "another child's card")
    older = make_pregnancy(mother, today - dt.timedelta(weeks=60), today - dt.timedelta(weeks=50))
    endings.end_pregnancy(older, endings.Kind.LOSS, endings.By(), date=today - dt.timedelta(weeks=40))
    make_pregnancy(mother, today - dt.timedelta(weeks=39), today - dt.timedelta(weeks=20))
    endings.pause_child(musa, today + dt.timedelta(days=40), endings.By())
    endings.end_child(nur, endings.Reason.MOVED, endings.By())
    return mother


def look(page, name, width):
    picture(page, f"{name}-{width}")
    assert serious(page) == [], name
    assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{name}: something hangs over the edge"


@pytest.mark.parametrize(("width", "language"), [(1280, "en"), (390, "en"), (390, "ar")])
def test_what_happened_is_entered(staff, live_server, amal, tmp_path, width, language):
    staff.set_viewport_size({"width": width, "height": 844})
    staff.set_extra_http_headers({"Accept-Language": language})
    name = f"{language}-{{}}".format
    home = f"{live_server.url}/admin/custom_user/customuser/{amal.pk}/change/"
    leyla, pregnancy = Child.objects.get(name="Leyla"), Pregnancy.objects.get(ended_at=None)
    records = f"{live_server.url}/admin/child_health"
    for page, address in {
        "which-end": f"pregnancy/{pregnancy.pk}/end/",
        "loss": f"pregnancy/{pregnancy.pk}/end/?kind=loss",
        "birth": f"pregnancy/{pregnancy.pk}/end/?kind=birth",
        "pregnancy-added-while-one-runs": f"pregnancy/add/?person={amal.pk}",
        "child-end": f"child/{leyla.pk}/end/",
        "child-pause": f"child/{leyla.pk}/pause/",
        "card": f"child/{leyla.pk}/card/",
        "doses-import": "dosegiven/import/",
    }.items():
        staff.goto(f"{records}/{address}")
        look(staff, name(page), width)
    staff.goto(home)
    look(staff, name("person"), width)
    staff.goto(f"{records}/child/{leyla.pk}/card/")
    retract = staff.locator("details summary").first.bounding_box()
    assert retract["x"] >= 0
    assert retract["x"] + retract["width"] <= width, "on a phone too it is on the screen"
    dose = VaccineDose.objects.filter(vaccine__name="OPA").earliest("week_age")
    staff.select_option("[name=dose-0-dose]", str(dose.pk))
    staff.fill("[name=dose-0-date]", "31.2.2026")
    staff.fill("[name=dose-1-text]", "Pentavac")
    staff.locator("form:has([name=dose-0-dose]) button").last.click()
    staff.wait_for_selector("fieldset [role=alert]")
    look(staff, name("card-refused"), width)
    staff.fill("[name=dose-0-date]", str(clock.now().year))
    staff.locator("form:has([name=dose-0-dose]) button").last.click()
    staff.wait_for_selector("td:has-text('Pentavac')")
    look(staff, name("card-recorded"), width)
    assert DoseGiven.objects.filter(source="card", retracted_at=None).count() == 2
    table = tmp_path / "doses.csv"
    table.write_bytes(f"\ufeffnumber;child;vaccine;date\r\n905321234567;Leyla;KKK;{clock.now().year}\r\n".encode())
    staff.goto(f"{records}/dosegiven/import/")
    staff.set_input_files("[name=import_file]", table)
    staff.locator("form [type=submit]").last.click()
    staff.wait_for_selector("td:has-text('KKK')")
    look(staff, name("doses-import-preview"), width)
    staff.locator("form [type=submit], form [name=confirm]").last.click()
    staff.wait_for_url("**/customuser/")
    assert DoseGiven.objects.filter(source="import").count() == 1
    table.write_text("number,vaccine\n+905320000000,KKK\n")
    staff.goto(f"{records}/dosegiven/import/")
    staff.set_input_files("[name=import_file]", table)
    staff.locator("form [type=submit]").last.click()
    staff.wait_for_load_state()
    look(staff, name("doses-import-refused"), width)
