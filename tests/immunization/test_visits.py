"""Visits by a pack: who is on time, who is late, and who comes from elsewhere."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hera.immunization import pack_file, pack_schedule
from hera.immunization.assess import assess
from hera.immunization.organize_history import Given, Patient
from hera.immunization.visits import EndlessScheduleError, plan_visits

D = dt.date
PACK_FOLDER = Path(__file__).parents[2] / "packs"
PACK = pack_file.load(PACK_FOLDER / "TR-2025-04-14.yaml")
SCHEDULE = pack_schedule.schedule_of(PACK)
WEEK = dt.timedelta(days=7)


def planned(born: D, known_on: D, *doses: Given, **options) -> list[tuple[D, int, str]]:
    found = plan_visits(Patient(born, "FEMALE", doses), SCHEDULE, known_on, WEEK, **options).visits
    return [(visit.due, visit.attempt, ",".join(visit.left)) for visit in found if visit.left]


def test_who_is_on_time_comes_on_the_days_of_the_programme():
    born = D(2026, 3, 1)
    assert [(day, doses) for day, attempt, doses in planned(born, born) if attempt == 1] == [
        (D(2026, 3, 1), "hepb-1"),
        (D(2026, 5, 1), "bcg-1,hexa-1,pcv-1"),
        (D(2026, 7, 1), "hexa-2,pcv-2"),
        (D(2026, 9, 1), "bopv-1,hexa-3"),
        (D(2027, 3, 1), "mmr-1,pcv-3,var-1"),
        (D(2027, 9, 1), "bopv-2,hepa-1,hexa-4"),
        (D(2028, 3, 1), "hepa-2"),
        (D(2030, 3, 1), "dtap-ipv-1,mmr-2"),
        (D(2039, 3, 1), "td-1"),
    ]


PACKS = sorted(PACK_FOLDER.glob("*.yaml"))


@pytest.mark.parametrize("path", PACKS, ids=[path.stem for path in PACKS])
@pytest.mark.parametrize("sex", ["FEMALE", "MALE"])
def test_in_every_country_who_is_on_time_comes_on_the_authority_s_days(path: Path, sex: str):
    schedule, born = pack_schedule.schedule_of(pack_file.load(path)), D(2026, 3, 1)
    targets = [dose for several in schedule.series.values() for series in several for dose in series.doses]
    days = {rule.earliest_recommended.after(born) for dose in targets for rule in dose.ages}
    found = plan_visits(Patient(born, sex), schedule, born, WEEK).visits
    firsts = [visit for visit in found if visit.attempt == 1]
    assert firsts
    assert {visit.due for visit in firsts} <= days


def test_a_schedule_that_never_ends_is_told_of():
    again = dataclasses.replace(SCHEDULE.series["Varicella"][0].doses[0], is_recurring=True)
    series = dataclasses.replace(SCHEDULE.series["Varicella"][0], doses=(again,))
    endless = dataclasses.replace(SCHEDULE, series={"Varicella": (series,)})
    with pytest.raises(EndlessScheduleError, match="more than 80 visits"):
        plan_visits(Patient(D(2026, 3, 1), "FEMALE"), endless, D(2026, 3, 1), WEEK)


def test_who_is_registered_at_nine_weeks_comes_once_for_what_was_missed():
    """F13. Its second dose against hepatitis B waits for the visit at which the same product is due anyway."""
    born = D(2026, 3, 1)
    found = planned(born, D(2026, 5, 3))
    assert [one for one in found if D(2026, 5, 3) <= one[0] < D(2026, 10, 1)] == [
        (D(2026, 5, 10), 2, "bcg-1,hexa-1,pcv-1"),
        (D(2026, 7, 5), 1, "hexa-2,pcv-2"),
        (D(2026, 8, 8), 2, "hexa-2,pcv-2"),
        (D(2026, 9, 1), 1, "bopv-1,hexa-3"),
    ]


def test_w3_born_in_syria_is_made_up_for_in_one_visit():
    doses = [("2023-01-15", "hepb"), ("2023-01-15", "bcg"), ("2023-01-15", "bopv"), ("2023-03-12", "penta_wp"),
             ("2023-03-12", "ipv"), ("2023-05-07", "penta_wp"), ("2023-05-07", "ipv")]  # fmt: skip
    given_there = [Given(D.fromisoformat(day), product) for day, product in doses]
    found = planned(D(2023, 1, 15), D(2024, 2, 1), *given_there)
    assert [one for one in found if D(2024, 2, 1) <= one[0] < D(2025, 1, 1)] == [
        (D(2024, 2, 8), 2, "bopv-1,hexa-3,mmr-1,pcv-1,var-1"),
        (D(2024, 4, 4), 1, "pcv-2"),
        (D(2024, 7, 15), 1, "bopv-2,hepa-1"),
        (D(2024, 10, 22), 2, "bopv-2,hepa-1"),
    ]


def test_who_lacks_one_antigen_alone_is_planned_with_a_product_of_it_alone():
    """The six in one, four weeks after the last for its hepatitis B, would put off the booster of the others."""
    found = planned(D(2022, 1, 10), D(2024, 7, 1))
    assert [one for one in found if "hexa" in one[2] and one[1] == 1 and one[0] > D(2024, 7, 1)] == [
        (D(2024, 8, 5), 1, "bopv-2,hexa-2"),
        (D(2024, 9, 2), 1, "hexa-3"),
        (D(2024, 10, 28), 1, "hexa-3"),  # hepatitis B alone
        (D(2025, 3, 2), 1, "hexa-4"),  # six months after 2 September
    ]


def test_what_was_told_to_be_given_on_a_day_that_nobody_knows_is_not_left():
    born = D(2026, 3, 1)
    found = planned(born, born, assumed=lambda key, due: due <= D(2026, 6, 1))
    assert found[0][0] == D(2026, 7, 1)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 520), st.integers(0, 364))
def test_who_comes_as_planned_is_given_no_dose_in_vain(weeks: int, day_of_year: int):
    """Late by any number of weeks: each dose counts, and nothing is missing in the end but what is too late."""
    born = D(2023, 1, 1) + dt.timedelta(days=day_of_year)
    known_on = born + dt.timedelta(weeks=weeks)
    given_so_far: list[Given] = []
    for _ in range(60):
        coming = [visit for visit in _plan(born, known_on, given_so_far) if visit.left and visit.due >= known_on]
        if not coming:
            break
        visit = coming[0]
        known_on = visit.due
        products = {rule.product for key in visit.left for rule in _preferred(key)}
        given_so_far += [
            Given(visit.due, product, key=len(given_so_far) + n) for n, product in enumerate(sorted(products))
        ]
    found = assess(Patient(born, "FEMALE", tuple(given_so_far)), SCHEDULE, known_on)
    assert {one[0].forecast.status.value for one in found.best.values()} <= {"complete", "aged out"}


def _plan(born: D, known_on: D, doses: list[Given]):
    return plan_visits(Patient(born, "FEMALE", tuple(doses)), SCHEDULE, known_on, dt.timedelta(0)).visits


def _preferred(key: str):
    for several in SCHEDULE.series.values():
        for series in several:
            for dose in series.doses:
                if dose.key == key:
                    yield dose.preferable[0]
                    return
