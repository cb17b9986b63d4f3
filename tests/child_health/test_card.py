"""A child's card by a pack: every dose, how it stands, and why a record does not count."""

from __future__ import annotations

import dataclasses
import datetime as dt
import random

import pytest

from hera.child_health.card import Standing, card_of
from hera.child_health.plan.by_pack import ByPack
from hera.child_health.plan.due_ages import DueAges
from hera.child_health.plan.subject import Record, subject_of
from hera.config import REPOSITORY
from hera.immunization import pack_file
from hera.immunization.verdicts import Reason

D = dt.date
PACK = pack_file.load(REPOSITORY / "packs" / "TR-2025-04-14.yaml")
BY_PACK = ByPack(PACK, D(2025, 4, 14), DueAges({}))
ID = {key: dose.id for key, (_, dose) in PACK.doses().items()}
VACCINE = {key: vaccine.id for key, (vaccine, _) in PACK.doses().items()}
BORN = D(2026, 3, 1)


def told(key: str | None, day: D | None, pk: int, **changed: object) -> Record:
    record = Record(ID.get(key or ""), None, None, day, "day" if day else "unknown", "", "", "card", False, BORN, pk)
    return record._replace(**{"entered_on": day or BORN, **changed})


def card(*records: Record, today: D):
    found = card_of(BY_PACK, subject_of(BORN, "FEMALE", BORN, records), today)
    return found, {key: row for row in found.rows for key in ID if ID[key] == row.dose_id}


def test_a_child_on_time():
    _, rows = card(
        told("hepb-1", BORN, 1), told("hexa-1", D(2026, 5, 1), 2), told("pcv-1", D(2026, 5, 1), 3), today=D(2026, 5, 2)
    )
    assert [rows[key].standing for key in ("hexa-1", "pcv-1", "bcg-1", "hexa-2")] == [
        Standing.GIVEN,
        Standing.GIVEN,
        Standing.DUE,
        Standing.TO_COME,
    ]
    assert rows["hexa-1"].record.day == D(2026, 5, 1)
    assert rows["hexa-2"].planned.due == D(2026, 7, 1)


def test_what_nobody_gave_is_overdue():
    _, rows = card(today=D(2026, 12, 1))
    assert rows["pcv-1"].standing is Standing.OVERDUE


def test_a_dose_given_too_early_is_missing_and_says_why():
    _, rows = card(told("mmr-1", D(2026, 8, 1), 1), today=D(2026, 8, 2))
    assert rows["mmr-1"].standing is Standing.TO_COME
    assert [one.reason for one in rows["mmr-1"].not_counted] == [Reason.TOO_YOUNG]


def test_mmr_twenty_days_after_varicella():
    _, rows = card(told("var-1", D(2027, 3, 1), 1), told("mmr-1", D(2027, 3, 21), 2), today=D(2027, 3, 22))
    assert rows["var-1"].standing is Standing.GIVEN
    assert [one.reason for one in rows["mmr-1"].not_counted] == [Reason.LIVE_CONFLICT]


def test_a_tick_tells_of_no_day():
    tick = told(None, None, 1, vaccine_id=VACCINE["pcv-1"], due_by=D(2026, 5, 1), source="tick")
    _, rows = card(tick, today=D(2026, 5, 2))
    assert rows["pcv-1"].standing is Standing.UNDATED
    assert rows["pcv-1"].record is None


def test_records_that_contradict_each_other_are_both_shown():
    seen, heard = told("pcv-1", D(2026, 5, 1), 1), told("pcv-1", D(2026, 5, 5), 2, source="survey")
    _, rows = card(heard, seen, today=D(2026, 5, 6))
    assert rows["pcv-1"].record == seen
    assert rows["pcv-1"].contradicted == (heard,)


def test_a_month_and_its_day_do_not_contradict_each_other():
    month = told("pcv-1", D(2026, 5, 1), 2, source="survey", precision="month")
    _, rows = card(told("pcv-1", D(2026, 5, 9), 1), month, today=D(2026, 5, 10))
    assert rows["pcv-1"].contradicted == ()


def test_an_unknown_product_is_a_question():
    unknown = told(None, D(2026, 5, 1), 1, text="the one in the leg")
    found, _ = card(unknown, today=D(2026, 5, 2))
    assert found.unread == (unknown,)


def test_a_product_is_named_where_it_is_not_the_planned_one():
    for said, product in [
        ("", ""),
        ("hexa", ""),
        ("penta_ap", "penta_ap"),
        ("the one in the leg", "the one in the leg"),
    ]:
        _, rows = card(told("hexa-1", D(2026, 5, 1), 1, text=said), today=D(2026, 5, 2))
        assert rows["hexa-1"].product == product, said


def test_against_each_antigen_it_says_what_is_missing_by_doses_with_a_day():
    tick = told(None, None, 1, vaccine_id=VACCINE["bcg-1"], due_by=D(2026, 5, 1), source="tick")
    found, _ = card(tick, told("hepb-1", BORN, 2), today=D(2026, 5, 2))
    assert set(found.antigens) == set(PACK.series)
    hepatitis = next(key for key in PACK.series if "hepb-1" in {dose.dose for dose in PACK.series[key][0].doses})
    assert found.antigens[hepatitis].forecast.number == 2


def test_a_tick_holds_when_a_live_vaccine_is_recorded_before_it():
    tick = told(None, None, 1, vaccine_id=VACCINE["bcg-1"], due_by=D(2026, 5, 1), source="tick")
    _, rows = card(tick, told("mmr-1", D(2026, 4, 20), 2), today=D(2026, 5, 21))
    assert rows["bcg-1"].standing is Standing.UNDATED


def test_drops_of_polio_are_not_the_six_in_one():
    """They stand for what polio wants of it; parents, and the plan, see that the dose is missing."""
    found, rows = card(told("bopv-1", D(2026, 5, 1), 1), today=D(2026, 9, 2))
    assert rows["hexa-1"].standing is Standing.OVERDUE
    assert rows["hexa-1"].record is None
    assert rows["bopv-1"].standing is Standing.GIVEN
    assert found.antigens["DTP"].missing == rows["hexa-1"]
    kept = [
        visit for visit in BY_PACK.of_child(subject_of(BORN, "FEMALE", BORN, found_records(found))) if not visit.left
    ]
    assert [visit.doses for visit in kept] == [(ID["bopv-1"],)], "nor does the calendar tick it"


def found_records(found) -> list[Record]:
    return [row.record for row in found.rows if row.record is not None]


def test_of_two_doses_of_one_product_the_first_that_is_missing_is_asked_for():
    """Polio wants its third, and diphtheria its second: for parents it is the second of the six in one."""
    records = [
        told("hexa-1", D(2026, 5, 1), 1), told("bopv-1", D(2026, 7, 1), 2), told("hepb-1", BORN, 3),
    ]  # fmt: skip
    _, rows = card(*records, today=D(2026, 7, 2))
    assert rows["hexa-1"].standing is Standing.GIVEN
    assert rows["hexa-2"].planned is not None
    assert rows["hexa-2"].planned.due < rows["hexa-3"].planned.due


def random_doses(seed: int) -> list[Record]:
    rng = random.Random(seed)
    keys = rng.sample(["bopv-1", "bopv-2", "hexa-1", "hexa-2", "hexa-3", "hepb-1", "pcv-1"], rng.randint(1, 4))
    return [told(key, BORN + dt.timedelta(days=rng.randint(0, 900)), pk) for pk, key in enumerate(keys, start=1)]


@pytest.mark.parametrize("seed", range(150))
def test_no_row_says_given_for_a_part_of_what_its_dose_is_against(seed: int):
    """Nothing is due of what a row that is given is against, unless what was given holds it: then it was too few."""
    records = random_doses(seed)
    today = max(one.day for one in records) + dt.timedelta(days=90)
    found, rows = card(*records, today=today)
    for key, row in rows.items():
        if row.standing is not Standing.GIVEN:
            continue
        held = {one.antigen for one in BY_PACK.schedule.products[BY_PACK.product(row.record)]}
        due = {
            name
            for name, one in found.antigens.items()
            if one.forecast.target is not None and one.forecast.target.key == key and one.forecast.recommended <= today
        }
        assert due <= held, (key, due)


class TestADoseThatLeftCalendars:
    """Hepatitis B had three doses of its own before the six in one."""

    BEFORE = DueAges({3: 0, 4: 4, 5: 26}, vaccine_of={3: 1, 4: 1, 5: 1, 16: 3, 500: 500})

    def test_it_counts_for_what_its_vaccine_protects_against(self):
        by_pack = ByPack(PACK, D(2025, 4, 14), self.BEFORE)
        records = [told("hepb-1", BORN, 1), told(None, D(2026, 4, 1), 2)._replace(dose_id=4)]
        found = card_of(by_pack, subject_of(BORN, "FEMALE", BORN, records), D(2026, 4, 2))
        assert [one.pk for one in found.besides] == [2], "it is no dose of the pack, and is shown"
        assert not found.unread
        assert found.antigens["HepB"].forecast.target.number == 3

    def test_of_a_vaccine_of_several_products_or_of_none_it_is_a_question(self):
        before = dataclasses.replace(self.BEFORE, vaccine_of=self.BEFORE.vaccine_of | {501: 3})
        by_pack = ByPack(PACK, D(2025, 4, 14), before)
        records = [told(None, D(2026, 4, 1), pk)._replace(dose_id=dose) for pk, dose in ((2, 500), (3, 501))]
        found = card_of(by_pack, subject_of(BORN, "FEMALE", BORN, records), D(2026, 4, 2))
        assert [one.pk for one in found.unread] == [2, 3]
        assert not found.besides

    def test_of_another_pack_it_is_the_product_of_the_same_name_or_code(self):
        syria = ByPack(pack_file.load(REPOSITORY / "packs" / "SY-2023-01-01.yaml"), D(2025, 1, 1), DueAges({}))
        by_pack = ByPack(PACK, D(2025, 4, 14), syria)
        of_syria = {key: dose.id for key, (_, dose) in syria.pack.doses().items()}
        assert by_pack.product_of_dose[of_syria["bcg-1"]] == "bcg"
        assert by_pack.product_of_dose[of_syria["opv-1"]] == "bopv"
