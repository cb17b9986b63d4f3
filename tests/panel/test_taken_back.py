"""A table that was brought is kept for 30 days, and taken back as a whole while nothing of it has changed since."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hera.child_health import doses
from hera.child_health.models import Child, DoseGiven, Vaccine, VaccineDose
from hera.core import clock
from hera.health_center.models import CenterOfPerson, HealthCenter
from hera.panel import brought_kept, roles
from hera.panel.models import AuditEntry, BroughtRow, BroughtTable
from tests.brought import bring, confirmed, csv_of

pytestmark = pytest.mark.django_db

CENTRES, VACCINES, DOSES = (
    "/admin/health_center/healthcenter/",
    "/admin/child_health/vaccine/",
    "/admin/child_health/dosegiven/",
)
HEAD = ["name", "address", "geolocation", "catchment_km"]


@pytest.fixture
def admin(signed_in):
    return signed_in(roles.PROGRAMME_ADMIN)


@pytest.fixture
def brought_centres(admin):
    """A centre that a table changed, and one that it made."""
    HealthCenter.objects.create(name="Fatih", address="Old street", geolocation="41.0,28.9", catchment_km=3)
    rows = [HEAD, ["fatih", "New street", "٤١٫٥,28.9", "٧"], ["Besni", "Square", "37.7,37.8", ""]]
    assert "1 new, 1 changed" in confirmed(admin, CENTRES, csv_of(rows), "merkezler.csv")
    return BroughtTable.objects.get()


def undo(client, table):
    return client.post(f"/admin/brought/{table.pk}/", follow=True).text


def test_a_table_says_who_brought_what_and_is_taken_back(admin, brought_centres):
    assert HealthCenter.objects.get(name="Fatih").geolocation == "41.5,28.9"
    listed = admin.get("/admin/brought/").text
    assert "merkezler.csv" in listed
    assert "programme.admin@example.org" in listed
    page = admin.get(f"/admin/brought/{brought_centres.pk}/").text
    for said in ("1 record is removed", "1 record is set back", "Old street", "New street"):
        assert said in page
    assert "It was taken back" in undo(admin, brought_centres)
    [centre] = HealthCenter.objects.all()
    assert (centre.name, centre.address, centre.geolocation, centre.catchment_km) == (
        "Fatih", "Old street", "41.0,28.9", 3,
    )  # fmt: skip
    entry = AuditEntry.objects.get(detail__taken_back=True)
    assert (entry.detail["removed"], entry.detail["set_back"]) == (1, 1)
    assert "can no longer be taken back" in undo(admin, brought_centres), "once"
    assert "It was taken back" in admin.get(f"/admin/brought/{brought_centres.pk}/").text


def test_all_or_nothing_where_something_has_changed_since(admin, brought_centres):
    HealthCenter.objects.filter(name="Fatih").update(address="Third street")
    page = admin.get(f"/admin/brought/{brought_centres.pk}/").text
    assert "1 record is no longer as the table left it" in page
    assert "Take this table back" not in page
    assert "can no longer be taken back" in undo(admin, brought_centres)
    assert HealthCenter.objects.count() == 2


def test_a_new_centre_that_people_go_to_is_kept(admin, brought_centres, amal):
    CenterOfPerson.objects.create(user=amal, center=HealthCenter.objects.get(name="Besni"), set_at=clock.now())
    assert "It cannot be taken back" in admin.get(f"/admin/brought/{brought_centres.pk}/").text


def test_a_vaccine_goes_back_with_its_doses_and_a_new_one_that_is_on_calendars_is_switched_off(admin):
    made = Vaccine.objects.create(name="MMR", is_active=True)
    VaccineDose.objects.create(vaccine=made, name="Dose 1", week_age=52)
    head = ["name", "doses", "is_active", "applicable_for_female", "applicable_for_male", "nickname"]
    rows = [head, ["MMR", "Dose 1 @ 40", "1", "1", "1", "M"], ["Hexa", "Dose 1 @ ٨", "۱", "1", "1", "H"]]
    said = bring(admin, VACCINES, csv_of([*rows, ["Zoster", "Dose 1", "1", "1", "1", "Z"]]))
    assert "1 new, 1 changed, 1 refused" in said
    assert "Line 4: doses: Write doses as" in said, said[said.index("Line 4") :][:300]
    confirmed(admin, VACCINES, csv_of(rows))
    table = BroughtTable.objects.get()
    assert "1 record is switched off" in admin.get(f"/admin/brought/{table.pk}/").text
    undo(admin, table)
    assert list(made.doses.values_list("week_age", flat=True)) == [52]
    assert not Vaccine.objects.get(name="Hexa").is_active


def test_doses_are_taken_back_and_can_be_brought_again(admin, amal, programme):
    Child.objects.update(date_of_birth=dt.date(2026, 1, 5))
    rows = [["number", "vaccine", "dose", "date"], ["905321234567", "BCG", "Dose 1", "46084"]]
    confirmed(admin, DOSES, csv_of(rows))
    assert DoseGiven.objects.get().date == dt.date(2026, 3, 3), "a spreadsheet's number of a day"
    undo(admin, BroughtTable.objects.get())
    assert not DoseGiven.objects.exists()
    assert "1 new" in confirmed(admin, DOSES, csv_of(rows))
    doses.retract(DoseGiven.objects.select_related("child").get(), "wrong child")
    assert "It cannot be taken back" in admin.get(f"/admin/brought/{BroughtTable.objects.latest('pk').pk}/").text


def test_it_is_kept_for_30_days_and_seen_by_who_could_have_brought_it(admin, brought_centres, signed_in):
    page = f"/admin/brought/{brought_centres.pk}/"
    assert signed_in(roles.CONTENT_EDITOR).get(page).status_code == 200
    worker = signed_in(roles.CASE_WORKER)
    assert worker.get(page).status_code == 403
    assert worker.post(page).status_code == 403
    assert "merkezler.csv" not in worker.get("/admin/brought/").text
    assert signed_in(roles.RESEARCHER).get("/admin/brought/").status_code == 403
    with time_machine.travel(clock.now() + brought_kept.KEPT + dt.timedelta(minutes=1)):
        brought_kept.delete_old()
    assert not BroughtTable.objects.exists()
    assert not BroughtRow.objects.exists()


def test_a_look_at_many_rows_asks_as_often_as_one_at_few(admin):
    counts = []
    for many in (1, 30):
        rows = [[f"Centre {many} {number}", "-", "41.0,28.9", ""] for number in range(many)]
        confirmed(admin, CENTRES, csv_of([HEAD, *rows]))
        page = f"/admin/brought/{BroughtTable.objects.latest('pk').pk}/"
        admin.get(page)
        with CaptureQueriesContext(connection) as queries:
            admin.get(page)
        counts.append(len(queries))
    assert counts[0] == counts[1]
