"""What holds of every record, on CDC's schedule: any order of entry, any date, any number of doses."""

from __future__ import annotations

import dataclasses
import datetime as dt
import random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hera.immunization.assess import Assessment, assess
from hera.immunization.forecast import Because
from hera.immunization.organize_history import Given, Patient
from hera.immunization.verdicts import Reason, Status
from tests.immunization import cdsi_adapter

D = dt.date
SCHEDULE = cdsi_adapter.schedule()
ONCE_A_DAY = dataclasses.replace(SCHEDULE, once_a_day=True)
BORN = D(2020, 2, 29)
TODAY = D(2026, 3, 1)
LIVE = "03"  # measles, mumps and rubella
# A child's: hepatitis B, DTaP and its combinations, polio, Hib, PCV, rotavirus, MMR, varicella, hepatitis A, flu.
PRODUCTS = ["08", "20", "110", "120", "146", "10", "48", "133", "116", LIVE, "94", "21", "83", "141", "115", "02", "62"]

products = st.sampled_from(PRODUCTS)
doses = st.builds(Given, st.dates(BORN, TODAY), products, counts=st.sampled_from([True, True, True, False]))
records = st.lists(doses, max_size=12).map(
    lambda found: tuple(dataclasses.replace(dose, key=key) for key, dose in enumerate(found))
)


def _assess(record: tuple[Given, ...], schedule=SCHEDULE, born=BORN, today=TODAY) -> Assessment:
    return assess(Patient(born, "F", record), schedule, today)


def _dates(found: Assessment) -> dict[str, list[tuple]]:
    """Of each antigen what is forecast for the series that speak for the child."""
    return {
        antigen: [(one.series.name, dataclasses.replace(one.forecast, other=None)) for one in best]
        for antigen, best in found.best.items()
    }


def _all(found: Assessment) -> tuple:
    """What was found, to the last verdict."""
    return (
        _dates(found),
        {antigen: [one.track.verdicts for one in best] for antigen, best in found.best.items()},
        {name: dataclasses.replace(group, needed=()) for name, group in found.groups.items()},
        found.aside,
    )


@given(records, st.randoms(use_true_random=False))
def test_the_order_of_entry_is_irrelevant(record: tuple[Given, ...], order: random.Random) -> None:
    shuffled = list(record)
    order.shuffle(shuffled)
    assert _all(_assess(tuple(shuffled))) == _all(_assess(record))


@given(
    records,
    st.lists(
        st.one_of(
            st.builds(Given, st.dates(max_value=BORN - dt.timedelta(days=1)), products),
            st.builds(Given, st.dates(min_value=TODAY + dt.timedelta(days=1)), products),
            st.builds(Given, st.dates(), st.sampled_from(["", "9999", "DTaP", "\N{ARABIC LETTER BEH}"])),
        ),
        min_size=1,
        max_size=4,
    ),
)
def test_a_dose_that_cannot_be_moves_no_date_and_is_not_dropped(record: tuple[Given, ...], others: list[Given]) -> None:
    """Before the birth, after today, or of a product that the schedule does not know."""
    impossible = tuple(dataclasses.replace(dose, key=100 + key) for key, dose in enumerate(others))
    found = _assess(record + impossible)
    assert _dates(found) == _dates(_assess(record))
    assert {verdict.dose for verdict in found.aside} >= set(impossible)


@given(records, doses)
def test_a_dose_that_is_not_to_count_leaves_all_but_the_live_gap(record: tuple[Given, ...], more: Given) -> None:
    spoilt = dataclasses.replace(more, counts=False, key=100)
    found = _assess((*record, spoilt))
    if spoilt.product not in SCHEDULE.live:
        assert _dates(found) == _dates(_assess(record))
    assert [verdict.reason for verdict in found.aside if verdict.dose == spoilt] == [Reason.NOT_COUNTED]


@pytest.mark.parametrize(
    ("dose", "status", "reason"),
    [
        (Given(D(2020, 2, 28), "20"), Status.NOT_VALID, Reason.BEFORE_BIRTH),
        (Given(D(2026, 3, 2), "20"), Status.NOT_VALID, Reason.IN_FUTURE),
        (Given(D(2024, 3, 2), "9999"), Status.NOT_VALID, Reason.UNKNOWN_PRODUCT),
        # Typhoid: only for those with a condition.
        (Given(D(2024, 3, 2), "101"), Status.EXTRANEOUS, Reason.NOT_PLANNED),
    ],
)
def test_what_is_held_against_no_series_has_a_verdict(dose: Given, status: Status, reason: Reason) -> None:
    (verdict,) = _assess((dose,)).aside
    assert (verdict.dose, verdict.status, verdict.reason) == (dose, status, reason)


@given(records)
def test_every_dose_has_a_verdict(record: tuple[Given, ...]) -> None:
    found = _assess(record)
    judged = {verdict.dose for best in found.best.values() for one in best for verdict in one.track.verdicts}
    assert judged | {verdict.dose for verdict in found.aside} == set(record)


@given(records, st.dates(BORN, D(2046, 3, 1)))
def test_the_dates_of_a_dose_are_in_their_order(record: tuple[Given, ...], today: dt.date) -> None:
    found = _assess(record, today=today)
    forecasts = [one.forecast for best in found.best.values() for one in best]
    for one in [*forecasts, *found.groups.values()]:
        if one.earliest is not None:
            assert one.recommended is not None
            assert BORN <= one.earliest <= one.recommended
            assert one.past_due is None or one.recommended <= one.past_due


@given(records, doses)
def test_a_dose_more_makes_no_other_antigen_worse_but_by_the_live_gap(record: tuple[Given, ...], more: Given) -> None:
    """The last of the record: one given between others that are live may take their validity from them."""
    last = dataclasses.replace(more, date=TODAY, key=100)
    its = frozenset(one.antigen for one in SCHEDULE.products[last.product])
    before, after = _assess(record), _assess((*record, last))
    for antigen in before.best.keys() - its:
        was, now = before.best[antigen], after.best[antigen]
        assert [one.forecast.status for one in was] == [one.forecast.status for one in now]
        for old, new in zip(was, now, strict=True):
            if new.forecast.earliest != old.forecast.earliest:
                assert last.product in SCHEDULE.live
                assert (new.forecast.because, new.forecast.other) == (Because.LIVE_CONFLICT, last)
                assert new.forecast.earliest == TODAY + dt.timedelta(days=28)


@given(records, st.integers(0, 11))
def test_retracted_is_as_never_entered(record: tuple[Given, ...], place: int) -> None:
    """Nothing of one assessment is kept for the next."""
    without = tuple(dose for dose in record if dose.key != place)
    expected = _all(_assess(without))
    _assess(record)
    assert _all(_assess(without)) == expected


@given(records, st.data())
def test_two_products_with_one_antigen_on_one_day_count_once(record: tuple[Given, ...], data: st.DataObject) -> None:
    again = tuple(
        Given(data.draw(st.sampled_from(record)).date, data.draw(products), key=100 + number)
        for number in range(3 if record else 0)
    )
    for best in _assess(record + again, ONCE_A_DAY).best.values():
        for one in best:
            days = [dose.date for dose in one.track.valid]
            assert len(days) == len(set(days))


EDGES = st.sampled_from([D.min, D.min + dt.timedelta(days=1), D(4, 2, 29), D(9996, 2, 29), D(9999, 12, 30), D.max])
anywhen = st.one_of(EDGES, st.dates())


@given(
    anywhen, anywhen, st.lists(st.builds(Given, anywhen, products), max_size=6), st.sampled_from(["F", "M", "", "?"])
)
@example(D.min, D.min, [], "F")
@example(D.max, D.max, [Given(D.max, LIVE), Given(D.max, "21")], "M")
@example(D.min, D.max, [Given(D.min, "08"), Given(D.max, "08")], "F")
def test_no_date_and_no_sex_breaks_it(born: dt.date, today: dt.date, record: list[Given], sex: str) -> None:
    assess(Patient(born, sex, tuple(record)), SCHEDULE, today)
