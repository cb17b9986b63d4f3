"""Targets: of all, of one dose, of a place; the nearest counts, on the page, in charts and in the report."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine

from hera.child_health.models import DoseGiven, Vaccine, VaccineDose
from hera.child_health.plan import stored
from hera.core import clock
from hera.figures import counting, plots, report, sources, tabulated, targets
from hera.figures.measures import MEASURES
from hera.figures.models import Target
from hera.health_center.models import CenterOfPerson, HealthCenter
from hera.panel import roles
from tests.families import make_child, make_user

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 11, 20, 9, tzinfo=dt.UTC)
BORN, MONTHS = dt.date(2026, 7, 1), (dt.date(2026, 8, 1), dt.date(2026, 11, 1))
ADD = "/admin/figures/target/add/"
COVERAGE = MEASURES["coverage"]


@pytest.fixture
def dose(programme):
    with time_machine.travel(NOW, tick=False):
        Vaccine.objects.update(is_active=False)
        vaccine = Vaccine.objects.create(name="Penta", is_active=True)
        doses = [VaccineDose.objects.create(vaccine=vaccine, name=f"Dose {n}", week_age=4 + 4 * n) for n in (1, 2)]
        mother = make_user()
        center = HealthCenter.objects.create(name="Fatih", address="x", geolocation="41,28", district="Fatih district")
        CenterOfPerson.objects.create(user=mother, center=center, set_at=clock.now())
        child = make_child(mother, BORN, known_on=BORN)
        make_child(make_user(), BORN, known_on=BORN)
        DoseGiven.objects.create(
            child=child, vaccine_dose=doses[0], date=dt.date(2026, 8, 26), precision="day", source="card",
            entered_at=clock.now(),
        )  # fmt: skip
        stored.catch_up()
        counting.count(sources.DOSES)
        yield doses[0]


def goal(percent, **of):
    return Target.objects.create(measure="coverage", percent=percent, **of)


def test_the_nearest_counts(dose):
    goal(90), goal(80, series=str(dose.pk)), goal(70, dimension="centre", value="7")
    goal(60, series=str(dose.pk), dimension="centre", value="7")
    found = targets.of(COVERAGE)
    assert [
        found.of(), found.of("0"), found.of(str(dose.pk)), found.of("", "centre", "7"), found.of("", "centre", "8"),
        found.of(str(dose.pk), "centre", "7"), found.of(str(dose.pk), "centre", "8"),
    ] == [90, 90, 80, 70, 90, 60, 80]  # fmt: skip
    assert targets.of(MEASURES["late"]).of() is None


def test_each_row_has_its_own(dose):
    goal(90), goal(80, series=str(dose.pk)), goal(40, dimension="district", value="Fatih district")
    rows = {row.name: row.target for row in tabulated.table_of(COVERAGE, *MONTHS).rows}
    assert rows == {"Penta, Dose 1": 80, "Penta, Dose 2": 90}
    by_district = tabulated.table_of(COVERAGE, *MONTHS, by="district")
    assert {row.name: row.target for row in by_district.rows} == {"Fatih district": 40, "not known": 90}
    assert (by_district.target, by_district.total.target) == (90, 90)
    of_dose = tabulated.table_of(COVERAGE, *MONTHS, series=str(dose.pk))
    assert (of_dose.target, of_dose.rows[0].target) == (80, 80)
    drawn = plots.by_row(by_district)
    assert drawn.count('stroke="#b45309" stroke-dasharray') == 2


def test_the_page_says_what_each_row_should_be(signed_in, dose, django_assert_max_num_queries):
    goal(40, dimension="district", value="Fatih district")
    client = signed_in(roles.PROGRAMME_ADMIN)
    with django_assert_max_num_queries(20):
        page = client.get("/admin/figures/by_month/", {"by": "district", "from": "2026-08"}).text
    assert "40.0%" in page
    assert page.count("meets the target") == 1, "nobody has said what the others should be"


def test_a_manager_sets_them_and_sees_of_what_they_are(signed_in, dose, django_assert_max_num_queries):
    client = signed_in(roles.PROGRAMME_ADMIN)
    center = HealthCenter.objects.get()
    page = client.get(ADD).text
    assert f'value="coverage/{dose.pk}"' in page
    assert f'value="centre/{center.pk}"' in page
    wanted = {"measure": "coverage", "of": f"coverage/{dose.pk}", "where": f"centre/{center.pk}", "percent": "75"}
    client.post(ADD, wanted)
    [made] = Target.objects.all()
    assert (made.series, made.dimension, made.value) == (str(dose.pk), "centre", str(center.pk))
    assert "already" in client.post(ADD, wanted).text, "one of each"
    assert "does not belong" in client.post(ADD, {**wanted, "measure": "late", "where": ""}).text
    client.post(ADD, {"measure": "coverage", "where": "district/Fatih district", "percent": "70"})
    client.post(ADD, {"measure": "coverage", "percent": "90"})
    with django_assert_max_num_queries(12):
        page = client.get("/admin/figures/target/").text
    for said in ("Penta, Dose 1", "Fatih district", "everywhere", "all together"):
        assert said in page
    changed = client.post(f"/admin/figures/target/{made.pk}/change/", {**wanted, "percent": "76"})
    assert changed.status_code == 302
    made.refresh_from_db()
    assert (made.percent, made.series) == (76, str(dose.pk))


def test_a_report_has_a_column_of_them_where_they_differ(dose):
    goal(90), goal(80, series=str(dose.pk))
    assert report.made(dt.date(2026, 11, 1), "tr", masked=False, reached=lambda _percent: None).startswith(b"%PDF-")
