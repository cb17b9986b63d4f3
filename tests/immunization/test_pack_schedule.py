"""A pack as the engine's schedule: what each of its numbers becomes."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest

from hera.immunization import pack as packs
from hera.immunization.ages import Period
from hera.immunization.assess import assess
from hera.immunization.organize_history import Given, Patient
from hera.immunization.pack_schedule import schedule_of
from hera.immunization.schedule import AgeRule, Group, IntervalRule, LiveConflict, ProductAntigen, ProductRule
from tests.immunization.small_pack import small_pack

PACK = packs.of(small_pack())
SCHEDULE = schedule_of(PACK)


def test_ages_and_intervals_with_their_days_of_grace() -> None:
    first, second = SCHEDULE.series["DTP"][0].doses
    assert first.ages == (
        AgeRule(
            absolute_minimum=Period(weeks=6, days=-4),
            minimum=Period(weeks=6),
            earliest_recommended=Period(months=2),
            latest_recommended=Period(months=3),
        ),
    )
    assert first.intervals == ()
    assert second.intervals == (
        IntervalRule(from_previous=True, absolute_minimum=Period(weeks=4, days=-4), minimum=Period(weeks=4)),
    )
    assert second.ages[0].maximum == Period(years=7)
    assert [first.key, second.key] == ["dtp-1", "dtp-2"]


@pytest.mark.parametrize("minimum", [Period(), Period(days=3)])
def test_no_grace_before_birth(minimum: Period) -> None:
    series = PACK.series["DTP"][0]
    first = dataclasses.replace(series.doses[0], minimum=minimum)
    pack = dataclasses.replace(PACK, series={"DTP": (dataclasses.replace(series, doses=(first, *series.doses[1:])),)})
    assert schedule_of(pack).series["DTP"][0].doses[0].ages[0].absolute_minimum == Period()


def test_products_listed_are_preferred_and_others_with_the_antigen_allowed() -> None:
    other = dataclasses.replace(PACK.products["dtp"], key="penta")
    pack = dataclasses.replace(PACK, products={**PACK.products, "penta": other})
    dose = schedule_of(pack).series["DTP"][0].doses[0]
    assert dose.preferable == (ProductRule("dtp"),)
    assert dose.allowable == (ProductRule("penta"),)
    assert schedule_of(pack).products["penta"] == (ProductAntigen("DTP"),)


def test_each_antigen_is_a_group_and_its_series_are_in_order() -> None:
    assert SCHEDULE.groups == tuple(Group(antigen, (antigen,)) for antigen in ("DTP", "Measles", "Varicella"))
    standard, late = SCHEDULE.series["Measles"]
    assert [one.group for one in (standard, late)] == ["Measles", "Measles"]
    assert [one.preference for one in (standard, late)] == [0, 1]
    assert all(one.is_default for one in (standard, late))


def test_live_vaccines_keep_each_other_away_from_the_next_day() -> None:
    """A dose that counted, of the same antigen, by the days of grace less."""
    assert set(SCHEDULE.conflicts) == {("mmr", "mmr"), ("mmr", "var"), ("var", "mmr"), ("var", "var")}
    assert SCHEDULE.conflicts["mmr", "var"] == LiveConflict(Period(days=1), Period(days=28), Period(days=28))
    assert SCHEDULE.conflicts["mmr", "mmr"] == LiveConflict(Period(days=1), Period(days=24), Period(days=28))


def test_a_vaccine_for_girls_makes_a_series_for_girls() -> None:
    girls = tuple(dataclasses.replace(one, male=one.key != "var") for one in PACK.vaccines)
    schedule = schedule_of(dataclasses.replace(PACK, vaccines=girls))
    assert schedule.series["Varicella"][0].sexes == {"FEMALE"}
    assert schedule.series["DTP"][0].sexes == frozenset()
    boy = Patient(dt.date(2024, 1, 1), "MALE")
    assert "Varicella" not in assess(boy, schedule, dt.date(2025, 6, 1)).groups


BORN = dt.date(2020, 6, 10)


@pytest.mark.parametrize(
    ("today", "series"),
    [
        (dt.date(2020, 6, 10), "standard"),
        (dt.date(2024, 6, 5), "standard"),
        (dt.date(2024, 6, 6), "late"),  # four days of grace before the fourth birthday
        (dt.date(2026, 1, 1), "late"),
    ],
)
def test_who_has_had_no_dose_is_planned_by_the_first_series_that_she_may_begin(today: dt.date, series: str) -> None:
    (best,) = assess(Patient(BORN, "FEMALE"), SCHEDULE, today).best["Measles"]
    assert best.series.name == series


def test_who_began_in_time_goes_on_with_the_series_that_she_began() -> None:
    given = (Given(dt.date(2022, 6, 10), "mmr"),)
    found = assess(Patient(BORN, "FEMALE", given), SCHEDULE, dt.date(2026, 1, 1))
    (best,) = found.best["Measles"]
    assert best.series.name == "standard"
    assert best.forecast.target is not None
    assert best.forecast.target.key == "mmr-2"
