"""A child's card by a pack: every dose, how it stands, and why a record does not count."""

from __future__ import annotations

import datetime as dt

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
    planned = BY_PACK.product(told("pcv-1", BORN, 1))
    other = next(key for key, one in PACK.products.items() if key != planned)
    for said, product in [("", ""), (planned, ""), (other, other), ("the one in the leg", "the one in the leg")]:
        _, rows = card(told("pcv-1", D(2026, 5, 1), 1, text=said), today=D(2026, 5, 2))
        assert rows["pcv-1"].product == product, said


def test_against_each_antigen_it_says_what_is_missing_by_doses_with_a_day():
    tick = told(None, None, 1, vaccine_id=VACCINE["bcg-1"], due_by=D(2026, 5, 1), source="tick")
    found, _ = card(tick, told("hepb-1", BORN, 2), today=D(2026, 5, 2))
    assert set(found.antigens) == set(PACK.series)
    hepatitis = next(key for key in PACK.series if "hepb-1" in {dose.dose for dose in PACK.series[key][0].doses})
    assert found.antigens[hepatitis].number == 2


def test_a_tick_holds_when_a_live_vaccine_is_recorded_before_it():
    tick = told(None, None, 1, vaccine_id=VACCINE["bcg-1"], due_by=D(2026, 5, 1), source="tick")
    _, rows = card(tick, told("mmr-1", D(2026, 4, 20), 2), today=D(2026, 5, 21))
    assert rows["bcg-1"].standing is Standing.UNDATED
