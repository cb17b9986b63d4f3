"""A child's doses on the person's page, with a pack in use."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine

from hera.child_health.models import DoseGiven
from hera.child_health.packs import adopting, reading
from hera.config import REPOSITORY
from hera.core import clock
from hera.panel import roles
from tests.families import make_child, make_user

pytestmark = pytest.mark.django_db
D = dt.date
PACK = REPOSITORY / "packs" / "TR-2025-04-14.yaml"


@pytest.fixture
def page(signed_in, programme, django_assert_max_num_queries):
    with time_machine.travel(dt.datetime(2026, 6, 1, 9, tzinfo=dt.UTC)):
        pack = reading.read(PACK)
        ids = {key: dose.id for key, (_, dose) in pack.pack.doses().items()}
        mother = make_user()
        child = make_child(mother, D(2026, 3, 1), known_on=D(2026, 3, 1))
        adopting.adopt(pack)
        for key, day, source in [
            ("pcv-1", D(2026, 5, 1), "card"),
            ("pcv-1", D(2026, 5, 5), "survey"),
            ("mmr-1", D(2026, 5, 20), "card"),
        ]:
            DoseGiven.objects.create(
                child=child,
                vaccine_dose_id=ids[key],
                date=day,
                precision="day",
                source=source,
                entered_at=clock.now(),
            )

        vaccines = {key: vaccine.id for key, (vaccine, _) in pack.pack.doses().items()}
        DoseGiven.objects.create(
            child=child, vaccine_id=vaccines["hexa-1"], due_by=D(2026, 5, 1), source="tick", entered_at=clock.now()
        )
        DoseGiven.objects.filter(source="card", vaccine_dose_id=ids["pcv-1"]).update(text="the one in the leg")

        def read(role: str) -> str:
            client = signed_in(role)
            with django_assert_max_num_queries(26):
                return client.get(f"/admin/custom_user/customuser/{mother.pk}/change/").content.decode()

        yield read


def test_a_case_worker_reads_each_dose_and_why_it_does_not_count(page):
    shown = page(roles.CASE_WORKER)
    for text in (
        "to come",
        "given",
        "Planned for",
        "before the child was old enough",
        "Which day is right?",
        "By disease",
        "Tuberculosis",
        "the vaccine was ticked",
        "\u2068the one in the leg\u2069",
    ):
        assert text in shown, text


def test_who_sees_people_masked_reads_no_day(page):
    shown = page(roles.RESEARCHER)
    for text in ("Planned for", "old enough", "Which day is right?", "By disease"):
        assert text not in shown, text
