"""Records that stand for no dose: one rule in the database, for due ages, and one for packs."""

from __future__ import annotations

import datetime as dt
import itertools

import pytest
from django.db import connection

from hera.child_health import services
from hera.child_health.doses import Entry, record, stands, that_stand
from hera.child_health.models import DoseGiven, VaccineDose
from hera.child_health.partial_dates import PartialDate
from hera.child_health.plan.doses_told import is_possible
from hera.child_health.plan.given_sql import STANDS
from hera.child_health.plan.worked_out import subjects_of
from tests.families import make_child, make_user

pytestmark = pytest.mark.django_db
D = dt.date
BORN, TOLD = D(2025, 2, 28), D(2026, 3, 1)
DAYS = [D(2024, 12, 31), D(2025, 1, 1), D(2025, 2, 1), D(2025, 2, 27), BORN, TOLD, TOLD + dt.timedelta(days=1)]
FIRSTS = [D(2024, 1, 1), D(2025, 1, 1), D(2025, 2, 1), D(2025, 3, 1), D(2026, 4, 1), D(2027, 1, 1)]


@pytest.mark.parametrize("born", [BORN, TOLD, TOLD + dt.timedelta(days=20)], ids=str)
def test_both_rules_say_the_same(programme, born):
    """Also where the birth was told to be later than the dose since."""
    child = make_child(make_user(), born)
    days = [("day", day) for day in [*DAYS, TOLD + dt.timedelta(days=2)]]
    days += [*itertools.product(("month", "year"), FIRSTS), ("unknown", None)]
    for precision, day in days:
        DoseGiven.objects.create(
            child=child, vaccine_dose_id=6, date=day, precision=precision, source="card",
            entered_at=dt.datetime.combine(TOLD, dt.time(12), dt.UTC),
        )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT given.id FROM child_health_dosegiven given JOIN child_health_child child ON child.id = child_id"
            f" WHERE {STANDS}"
        )
        by_database = {pk for (pk,) in cursor.fetchall()}
    records = subjects_of([child.pk])[child.pk].records
    assert by_database == {one.pk for one in records if is_possible(one, born)}
    assert set(that_stand(DoseGiven.objects.all()).values_list("pk", flat=True)) == by_database
    assert {one.pk for one in DoseGiven.objects.select_related("child") if stands(one)} == by_database
    assert 0 < len(by_database) < len(days)


@pytest.mark.parametrize("text", ["", "2025"])
def test_a_vaccine_that_a_card_has_three_times_is_three_doses(programme, text):
    child = make_child(make_user(), BORN)
    card = [Entry(product="Hexaxim", date=PartialDate.read(text)) for _ in range(3)]
    for _ in range(2):  # the same card once more
        record(child, card, DoseGiven.Source.CARD, today=TOLD)
        assert DoseGiven.objects.count() == 3


def test_entries_of_a_phone_with_keys_of_their_own_are_doses_of_their_own(programme):
    child = make_child(make_user(), BORN)
    for key in ("a", "b", "b"):
        record(child, [Entry(product="Hexaxim", client_key=key)], DoseGiven.Source.MOTHER, today=TOLD)
    assert DoseGiven.objects.count() == 2


def test_one_day_is_one_dose(programme):
    child = make_child(make_user(), BORN)
    card = [Entry(product="Hexaxim", date=PartialDate.read("2025-05-01"), client_key=key) for key in ("a", "b")]
    record(child, card, DoseGiven.Source.CARD, today=TOLD)
    assert DoseGiven.objects.count() == 1


def test_a_vaccine_of_the_programme_twice_in_a_year_is_its_first_two_doses(programme):
    child = make_child(make_user(), BORN)
    card = [Entry(product="OPA", date=PartialDate.read("2025")) for _ in range(2)]
    for _ in range(2):
        record(child, card, DoseGiven.Source.CARD, today=TOLD)
    given = DoseGiven.objects.order_by("pk").values_list("vaccine_dose_id", flat=True)
    weeks = VaccineDose.objects.filter(vaccine__name="OPA").order_by("week_age").values_list("pk", flat=True)
    assert list(given) == list(weeks)[:2]


@pytest.mark.parametrize(
    "cards",
    [
        [["2025", "2026-02-10"]],
        [["2026-02-10", "2025"]],
        [["", "2025-06-01"]],
        [["2026-02-10"], ["2025-09-01"]],
        [["2025"], ["2026-02-10"]],
        [["2025-09", "2025-09-04", "2026-02-10"]],
    ],
    ids=str,
)
def test_different_days_and_years_of_a_vaccine_are_different_doses(programme, cards):
    child = make_child(make_user(), BORN)
    for _ in range(2):  # the same cards once more
        for card in cards:
            entries = [Entry(product="OPA", date=PartialDate.read(text)) for text in card]
            record(child, entries, DoseGiven.Source.CARD, today=TOLD)
    weeks = VaccineDose.objects.filter(vaccine__name="OPA").order_by("week_age").values_list("pk", flat=True)
    assert set(DoseGiven.objects.values_list("vaccine_dose_id", flat=True)) == set(weeks[:2])


def test_what_cannot_have_been_hides_no_answer(programme):
    child = make_child(make_user(), BORN)
    record(child, [Entry(vaccine_dose_id=6, date=PartialDate.read("2036-03-01"))], DoseGiven.Source.CARD, today=TOLD)
    services.take_answer(child.user, child.pk, [6], D(2026, 2, 1), "answer")
    [answered] = DoseGiven.objects.filter(source="survey")
    assert stands(answered)


def test_a_dose_in_a_campaign_takes_no_number_from_one_of_the_schedule(programme):
    child = make_child(make_user(), BORN)
    card = [
        Entry(product="OPA", date=PartialDate.read("2025-06-01"), campaign=True),
        Entry(product="OPA", date=PartialDate.read("2025-09-01")),
    ]
    drops, routine = record(child, card, DoseGiven.Source.CARD, today=TOLD)
    first = VaccineDose.objects.filter(vaccine__name="OPA").earliest("week_age")
    assert (drops.vaccine_dose_id, routine.vaccine_dose_id) == (first.pk, first.pk)
