"""The doses of the programme by number, as our own web app names them."""

from __future__ import annotations

import pytest

from hera.child_health.models import VaccineDose
from tests.families import make_user, make_vaccine
from tests.own_lists import read

pytestmark = pytest.mark.django_db


def numbers(user) -> list[tuple[str, int | None]]:
    return [(row["vaccine_name"], row["number"]) for row in read("/vaccine_doses/", user)]


def test_a_dose_has_the_number_of_its_name_or_else_of_its_place():
    user = make_user()
    hepatitis, alone, named = make_vaccine(0, 4, 24, name="HepB"), make_vaccine(0, name="BCG"), make_vaccine(name="MMR")
    for week, name in ((40, "Dose 1"), (52, "Booster"), (200, "Dose 2 (R)")):
        VaccineDose.objects.create(vaccine=named, name=name, week_age=week)
    assert numbers(user) == [
        *((hepatitis.name, number) for number in (1, 2, 3)),
        (alone.name, None),
        ("MMR", 1), ("MMR", 2), ("MMR", 3),
    ]  # fmt: skip
    make_vaccine(3, name="Old", active=False)
    VaccineDose.objects.filter(vaccine=hepatitis, week_age=24).update(is_active=False)
    assert numbers(user)[:3] == [("HepB", 1), ("HepB", 2), ("BCG", None)]
