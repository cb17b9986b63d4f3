"""What nobody has told the day of is taken as given on its day: no dose on record is asked for again because of it."""

from __future__ import annotations

import datetime as dt
import functools
import random
from typing import TYPE_CHECKING

import pytest

from hera.child_health.card import Standing, card_of
from hera.child_health.plan.by_pack import ByPack
from hera.child_health.plan.due_ages import DueAges
from hera.child_health.plan.subject import Record, subject_of
from hera.config import REPOSITORY
from hera.immunization import pack_file

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hera.child_health.plan.visits import Planned

D = dt.date
DAY = dt.timedelta(days=1)
BORN = D(2026, 3, 1)
PACKS = sorted(path.stem for path in (REPOSITORY / "packs").glob("*.yaml"))
TR = "TR-2025-04-14"


@functools.cache
def by(name: str) -> ByPack:
    return ByPack(pack_file.load(REPOSITORY / "packs" / f"{name}.yaml"), D(2000, 1, 1), DueAges({}))


@functools.cache
def ids(name: str) -> dict[str, int]:
    return {key: dose.id for key, (_, dose) in by(name).pack.doses().items()}


def record(pk: int, day: D | None, dose: int | None = None, **changed: object) -> Record:
    one = Record(dose, None, None, day, "day" if day else "unknown", "", "", "survey", False, day or BORN, pk)
    return one._replace(**changed)


def visits(name: str, records: Sequence[Record], known: D = BORN, born: D = BORN) -> list[Planned]:
    return by(name).of_child(subject_of(born, "FEMALE", known, records))


def open_from(found: list[Planned], day: D) -> list[Planned]:
    return [visit for visit in found if visit.left and visit.due >= day]


def told_yes(visit: Planned, first_pk: int) -> list[Record]:
    return [record(first_pk + place, visit.due, dose) for place, dose in enumerate(visit.left)]


def ticked(name: str, day: D) -> list[Record]:
    vaccines = by(name).pack.vaccines
    return [
        record(100 + place, None, vaccine_id=vaccine.id, due_by=day, source="tick", entered_on=day)
        for place, vaccine in enumerate(vaccines)
    ]


@pytest.mark.parametrize("after", [0, 1, 2])
@pytest.mark.parametrize("name", PACKS)
def test_a_dose_told_with_its_day_after_ticks_is_not_asked_for_again(name, after):
    """She ticks what the child had when she registers it, some days after a visit, and comes to the next one."""
    firsts = [visit for visit in visits(name, []) if visit.left and visit.attempt == 1]
    known = firsts[after].due + 3 * DAY
    ticks = ticked(name, known)
    before = open_from(visits(name, ticks, known), known)
    came = before[0]
    later = open_from(visits(name, [*ticks, *told_yes(came, 1)], known), came.due)
    assert not [visit for visit in later if set(visit.left) & set(came.left)]
    wanted = [(visit.due, visit.left) for visit in before if not set(visit.left) & set(came.left)]
    assert [(visit.due, visit.left) for visit in later] == wanted, "all else goes on as planned"


@pytest.mark.parametrize("name", PACKS)
def test_whoever_comes_and_answers_now_and_then_is_asked_for_nothing_on_record(name):
    """She keeps every visit, and answers some of the questions."""
    for seed in range(4):
        chance = random.Random(seed)
        born = D(2026, 1, 1) + chance.randrange(300) * DAY
        records: list[Record] = []
        now = born
        while ahead := open_from(visits(name, records, born, born), now):
            day = (
                min(visit.due for visit in ahead if visit.attempt == 1)
                if any(visit.attempt == 1 for visit in ahead)
                else None
            )
            if day is None or (day - born).days > 800:
                break
            left = {dose for visit in ahead if visit.due == day and visit.attempt == 1 for dose in visit.left}
            assert not left & {one.dose_id for one in records}, (seed, day)
            if chance.random() < 0.7:
                records += [record(len(records) + 1 + place, day, dose) for place, dose in enumerate(sorted(left))]
            now = day + DAY


@pytest.mark.parametrize("name", PACKS)
def test_what_is_given_on_the_day_of_birth_does_not_come_back(name):
    """Nobody is reminded of it, whatever is told of later doses."""
    at_birth = {dose for visit in visits(name, []) if visit.due == BORN and not visit.left for dose in visit.doses}
    records: list[Record] = []
    now = BORN
    for _ in range(5):
        ahead = [visit for visit in open_from(visits(name, records), now) if visit.attempt == 1]
        if not ahead:
            break
        records += told_yes(ahead[0], len(records) + 1)
        now = ahead[0].due + DAY
        asked = {dose for visit in visits(name, records) for dose in visit.left}
        assert not asked & at_birth
    # A later product of six in one is no birth dose that was missed.
    assert len({one.dose_id for one in records}) == len(records)


def test_who_is_silent_of_one_visit_has_had_the_second_dose_at_the_next():
    name, of = TR, ids(TR)
    first, second = [visit for visit in visits(TR, []) if visit.attempt == 1 and visit.left][:2]
    found = visits(name, told_yes(second, 1))
    asked = {dose for visit in open_from(found, second.due) for dose in visit.left}
    assert not asked & {of["hexa-1"], of["hexa-2"], of["pcv-1"], of["pcv-2"]}
    card = card_of(by(name), subject_of(BORN, "FEMALE", BORN, told_yes(second, 1)), second.due + 45 * DAY)
    rows = {row.dose_id: row for row in card.rows}
    assert rows[of["hexa-2"]].standing is Standing.GIVEN
    assert rows[of["hexa-2"]].told_as is None
    assert rows[of["hexa-1"]].standing is Standing.OVERDUE, "nobody has told of it"
    assert first.due < second.due


def test_told_as_the_first_it_is_the_first_however_late():
    """Who was silent, and tells of the first dose later, was not there before."""
    of = ids(TR)
    found = visits(TR, [record(1, D(2026, 7, 1), of["hexa-1"])])
    asked = [visit for visit in open_from(found, D(2026, 7, 2)) if of["hexa-2"] in visit.left]
    assert asked
    assert of["hexa-1"] not in {dose for visit in found for dose in visit.left}


@pytest.mark.parametrize("source", ["mother", "card"])
def test_what_is_only_thought_to_be_given_is_in_the_way_of_no_dose_on_record(source):
    """Measles on the 12th, nobody told of chickenpox, which was due with it on the 10th: it is asked for."""
    of, born = ids(TR), D(2025, 1, 10)
    measles = record(1, D(2026, 1, 12), of["mmr-1"], source=source)
    found = visits(TR, [measles], born, born)
    assert of["mmr-1"] not in {dose for visit in found for dose in visit.left}
    assert min(visit.due for visit in open_from(found, D(2026, 1, 13)) if of["var-1"] in visit.left) >= D(2026, 2, 9)


def test_a_record_without_a_day_is_the_dose_that_it_names():
    of = ids(TR)
    records = [record(1, None, of["pcv-1"], entered_on=D(2026, 8, 1)), record(2, D(2026, 8, 1), of["pcv-2"])]
    card = card_of(by(TR), subject_of(BORN, "FEMALE", BORN, records), D(2026, 8, 2))
    rows = {row.dose_id: row for row in card.rows}
    assert rows[of["pcv-1"]].standing is Standing.UNDATED
    assert rows[of["pcv-1"]].record == records[0]
    assert rows[of["pcv-2"]].record == records[1]


GIVEN_IN_SYRIA = [
    ("penta_wp", D(2026, 2, 13)), ("penta_wp", D(2026, 4, 9)), ("penta_wp", D(2026, 6, 4)),
    ("ipv", D(2026, 2, 13)), ("bopv", D(2026, 6, 4)),
]  # fmt: skip


def test_two_products_for_one_dose_are_one_visit():
    records = [
        record(pk, day, product=product, source="card", entered_on=D(2026, 8, 31))
        for pk, (product, day) in enumerate(GIVEN_IN_SYRIA, start=1)
    ]
    found = visits(TR, records, D(2026, 8, 31), D(2025, 12, 19))
    days = [visit.due for visit in open_from(found, D(2026, 8, 31))]
    assert len(days) == len(set(days))


def test_a_first_dose_of_a_child_of_six_is_its_first():
    """What it is too old for is not missing of the dose."""
    of, born, day = ids(TR), D(2023, 3, 24), D(2029, 3, 30)
    first = next(visit for visit in visits(TR, [], D(2029, 3, 23), born) if visit.due == day)
    assert of["hexa-1"] in first.left
    records = [one._replace(source="card") for one in told_yes(first, 1)]
    found = visits(TR, records, D(2029, 3, 23), born)
    asked = {dose for visit in open_from(found, day) for dose in visit.left}
    assert of["hexa-1"] not in asked
    assert of["hexa-2"] in asked


def test_what_may_be_given_some_days_later_is_waited_for():
    born, seen = D(2023, 3, 24), D(2024, 10, 9)
    measles = record(1, D(2024, 9, 24), ids(TR)["mmr-1"], source="card", entered_on=seen)
    days = [visit.due for visit in open_from(visits(TR, [measles], seen, born), seen)][:2]
    assert days[0] == D(2024, 10, 22), "when chickenpox may be given, four weeks after measles"
    assert days[1] - days[0] > 6 * DAY
