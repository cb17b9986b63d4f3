"""WHO's published examples of measles where transmission is low, against a schedule of these few numbers.

`who_measles_cases.csv` holds them: the seven rows of WHO's digital adaptation kit for immunizations (SMART guidelines)
that say what is expected, as repeated in github.com/lambdabaa/who-cql-agent-eval. "LAIV" is any other live vaccine.
"""

from __future__ import annotations

import csv
import datetime as dt
import re
from pathlib import Path

import pytest

from hera.immunization.ages import Period
from hera.immunization.assess import assess
from hera.immunization.forecast import Because, SeriesStatus
from hera.immunization.organize_history import Given, Patient
from hera.immunization.schedule import (
    AgeRule,
    Group,
    IntervalRule,
    LiveConflict,
    ProductAntigen,
    ProductRule,
    Schedule,
    Series,
    TargetDose,
)
from hera.immunization.select_series import PatientSeries

BORN = dt.date(2024, 3, 10)
MMR = (ProductRule("MMR"),)
GAP = LiveConflict(Period(days=1), Period(days=28), Period(days=28))


def _from(age: Period) -> tuple[AgeRule, ...]:
    return (AgeRule(absolute_minimum=age, minimum=age, earliest_recommended=age),)


SCHEDULE = Schedule(
    products={"MMR": (ProductAntigen("Measles"),), "LAIV": ()},
    series={
        "Measles": (
            Series(
                "Measles, low transmission",
                "Measles",
                (
                    TargetDose(1, _from(Period(months=12)), preferable=MMR),
                    TargetDose(
                        2,
                        _from(Period(months=15)),
                        (IntervalRule(from_previous=True, absolute_minimum=Period(weeks=4), minimum=Period(weeks=4)),),
                        preferable=MMR,
                    ),
                ),
                is_default=True,
            ),
        )
    },
    groups=(Group("Measles", ("Measles",)),),
    conflicts={("MMR", "MMR"): GAP, ("LAIV", "MMR"): GAP},
)
CASES = list(csv.DictReader(Path(__file__).with_name("who_measles_cases.csv").read_text(encoding="utf-8").splitlines()))


def _dose(said: str, today: dt.date) -> Given:
    """A dose from "MMR@b+12 months" (from birth) or "LAIV@-2 weeks" (before today)."""
    product, sign, text = re.fullmatch(r"(\w+)@(b\+|-)(.+)", said).groups()
    period = Period.parse(text)
    return Given(period.after(BORN) if sign == "b+" else today - dt.timedelta(weeks=period.weeks), product)


def _said(one: PatientSeries, number: int, today: dt.date) -> str:
    """What is found of a dose, in the words of the cases."""
    forecast = one.forecast
    if len(one.track.satisfied) >= number:
        is_last = number == len(one.series.doses) and forecast.status is SeriesStatus.COMPLETE
        return "complete" if is_last else "given"
    if forecast.number != number or forecast.earliest > today:
        if forecast.number == number and forecast.because is Because.LIVE_CONFLICT:
            return "not due (live vaccine in the last 4 weeks)"
        is_too_young = forecast.number == number > 1 and forecast.because is Because.AGE
        return f"not due (under {forecast.wait.months} months)" if is_too_young else "not due"
    return "due"


def test_all_seven_are_there():
    assert len(CASES) == 7


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_a_case(case):
    today = Period.parse(case["age_at_assessment"]).after(BORN)
    told = case["doses(product@when; b+ = from birth; - = before assessment)"]
    record = tuple(_dose(said.strip(), today) for said in told.split(";") if said)
    (one,) = assess(Patient(BORN, "F", record), SCHEDULE, today).best["Measles"]
    assert [_said(one, number, today) for number in (1, 2)] == [
        case["expected_measles_1"],
        case["expected_measles_2"],
    ]
