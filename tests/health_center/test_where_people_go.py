"""Where a person goes: chosen, or the nearest; how far that is; and what staff see of it."""

from __future__ import annotations

import pytest

from hera.health_center import places, selectors, services
from hera.health_center.models import CenterOfPerson, HealthCenter
from hera.panel import roles
from hera.panel.models import AuditEntry
from hera.user_profile import moved_records
from tests.families import make_user

pytestmark = pytest.mark.django_db
ISTANBUL, ANKARA = (41.0082, 28.9784), (39.9334, 32.8597)


def make_center(name: str, place: str = "", **more) -> HealthCenter:
    return HealthCenter.objects.create(name=name, address="Somewhere", geolocation=place, **more)


@pytest.fixture
def fatih(db):
    return make_center("Fatih", "41.0186,28.9397", district="Fatih")


@pytest.fixture
def mother(db):
    return make_user(name="Zeynep")


def page_of(mother) -> str:
    return f"/admin/custom_user/customuser/{mother.pk}/centre/"


@pytest.mark.parametrize(
    ("one", "other", "far"),
    [
        (ISTANBUL, ANKARA, 350),
        (ISTANBUL, ISTANBUL, 0),
        ((0, 179.5), (0, -179.5), 111),  # across the date line
        ((90, 0), (-90, 77), 20_015),
    ],
)
def test_how_far_two_places_are_apart(one, other, far):
    assert places.kilometres(one, other) == pytest.approx(far, abs=2)
    assert places.kilometres(other, one) == pytest.approx(far, abs=2)


@pytest.mark.parametrize("written", ["", "x", "91,0", "0,181", "41", "41,28,1"])
def test_what_is_no_place(written):
    assert places.read(written) is None


def test_a_home_is_kept_to_about_a_kilometre():
    assert places.about((41.008238, 28.978359)) == "41.01,28.98"


def test_the_nearest_is_one_whose_catchment_she_lives_in(db):
    make_center("Nowhere", "no place")
    near = make_center("Near", "41.05,29.00", catchment_km=1)
    far = make_center("Far", "41.20,29.20", catchment_km=40)
    assert selectors.nearest(ISTANBUL) == far
    far.delete()
    assert selectors.nearest(ISTANBUL) == near, "better the nearest than none"
    near.delete()
    assert selectors.nearest(ISTANBUL) is None


def test_what_staff_choose_stands_and_a_place_makes_the_rest(fatih, mother):
    other = make_center("Ankara", "39.9,32.9")
    chosen = services.set_center(mother, other, ISTANBUL)
    assert (chosen.center, chosen.is_nearest, round(chosen.kilometres)) == (other, False, 354)
    nearest = services.set_center(mother, None, ISTANBUL)
    assert (nearest.center, nearest.is_nearest, round(nearest.kilometres)) == (fatih, True, 4)
    assert services.set_center(mother, fatih).kilometres is None
    assert services.set_center(mother, None) is None
    assert not CenterOfPerson.objects.exists()


def test_it_goes_along_when_one_account_is_taken_into_another(fatih, mother):
    services.set_center(mother, fatih)
    holder, third = make_user(), make_user()
    moved_records.move_all(mother, holder)
    assert selectors.center_of(holder).center == fatih
    services.set_center(third, make_center("Other"))
    moved_records.move_all(third, holder)
    assert selectors.center_of(holder).center == fatih


def test_a_case_worker_chooses_it_on_her_page(signed_in, fatih, mother):
    worker = signed_in(roles.CASE_WORKER)
    assert "Fatih" in worker.get(page_of(mother)).text
    answer = worker.post(page_of(mother), {"center": fatih.pk, "geolocation": "٤١.٠٠٨٢, ٢٨.٩٧٨٤"}, follow=True)
    assert "Fatih, Fatih, 4 km" in answer.text
    entry = AuditEntry.objects.filter(action="change").latest("id")
    assert (entry.about, entry.person, entry.detail["fields"]) == (
        "health centre",
        mother.pk,
        ["center", "geolocation"],
    )
    assert "41.0" not in str(entry.detail)
    answer = worker.post(page_of(mother), {}, follow=True)
    assert "4 km" not in answer.text


@pytest.mark.parametrize("sent", [{"center": "x"}, {"center": "99999999999999999999"}, {"geolocation": "91,0"}])
def test_what_cannot_be_is_said(signed_in, fatih, mother, sent):
    answer = signed_in(roles.CASE_WORKER).post(page_of(mother), sent)
    assert answer.status_code == 400
    assert 'role="alert"' in answer.text
    assert not CenterOfPerson.objects.exists()


@pytest.mark.parametrize("role", [roles.RESEARCHER, roles.CONTENT_EDITOR, roles.OPERATOR])
def test_no_other_role_sees_or_chooses_it(signed_in, fatih, mother, role):
    services.set_center(mother, fatih)
    other = signed_in(role)
    assert other.get(page_of(mother)).status_code == 403
    assert other.post(page_of(mother), {"center": ""}).status_code == 403
    assert "Fatih" not in other.get(f"/admin/custom_user/customuser/{mother.pk}/change/").text


def test_a_centre_that_people_go_to_is_kept(signed_in, fatih, mother):
    services.set_center(mother, fatih)
    editor = signed_in(roles.CONTENT_EDITOR)
    answer = editor.post(f"/admin/health_center/healthcenter/{fatih.pk}/delete/", {"post": "yes"}, follow=True)
    assert "is kept" in answer.text
    assert HealthCenter.objects.filter(pk=fatih.pk).exists()
