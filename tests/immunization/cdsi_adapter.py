"""CDC's published supporting data, read as a schedule: what the engine is tried by.

The data in `cdsi/` are CDC's CDSi supporting data 4.64-508 and its healthy test cases 4.45: works of the US
government, in the public domain.
"""

from __future__ import annotations

import datetime as dt
import functools
import json
import re
from pathlib import Path
from typing import Any

from hera.immunization.ages import Period
from hera.immunization.schedule import (
    AgeRule,
    Compared,
    Condition,
    Group,
    InForce,
    IntervalRule,
    Kind,
    LiveConflict,
    ProductAntigen,
    ProductRule,
    Schedule,
    Series,
    Skip,
    SkipCondition,
    SkipSet,
    TargetDose,
)

DATA = Path(__file__).parent / "cdsi" / "supporting_data_4.64"
Json = dict[str, Any]


@functools.cache
def schedule() -> Schedule:
    """The schedule of the supporting data."""
    whole = json.loads((DATA / "ScheduleSupportingData.json").read_text(encoding="utf-8"))["scheduleSupportingData"]
    antigens = [
        json.loads(path.read_text(encoding="utf-8"))["antigenSupportingData"]
        for path in sorted(DATA.glob("AntigenSupportingData*.json"))
    ]
    series: dict[str, tuple[Series, ...]] = {}
    born_before: dict[str, dt.date] = {}
    for antigen in antigens:
        name = antigen["series"][0]["targetDisease"]
        series[name] = tuple(_series(one) for one in antigen["series"])
        born = ((antigen.get("immunity") or {}).get("dateOfBirth") or {}).get("immunityBirthDate")
        if born:
            born_before[name] = dt.datetime.strptime(born, "%m/%d/%Y").date()
    are_one = {
        group["name"]
        for group in whole["vaccineGroups"]["vaccineGroup"]
        if group.get("administerFullVaccineGroup") == "Yes"
    }
    return Schedule(
        products={
            product["cvx"]: tuple(
                ProductAntigen(one["antigen"], _period(one, "associationBeginAge"), _period(one, "associationEndAge"))
                for one in product["association"]
            )
            for product in whole["cvxToAntigenMap"]["cvxMap"]
        },
        series=series,
        groups=tuple(
            Group(one["name"], tuple(one["antigen"]), one["name"] in are_one)
            for one in whole["vaccineGroupToAntigenMap"]["vaccineGroupMap"]
        ),
        conflicts={
            (one["previous"]["cvx"], one["current"]["cvx"]): LiveConflict(
                Period.parse(one["conflictBeginInterval"]),
                Period.parse(one["minConflictEndInterval"]),
                Period.parse(one["conflictEndInterval"]),
            )
            for one in whole["liveVirusConflicts"]["liveVirusConflict"]
        },
        born_before=born_before,
        once_a_day=False,
    )


def _period(row: Json, name: str) -> Period | None:
    return Period.parse(row[name]) if row.get(name) else None


def _day(row: Json, name: str) -> dt.date | None:
    return dt.date.fromisoformat(row[name]) if row.get(name) else None


def _products(text: str | None) -> frozenset[str]:
    return frozenset(re.findall(r"\d+", text or ""))


def _list(value: Any) -> list[Json]:
    if not value:
        return []
    return value if isinstance(value, list) else [value]


def _in_force(row: Json) -> InForce:
    return InForce(_day(row, "effectiveDate"), _day(row, "cessationDate"))


def _series(row: Json) -> Series:
    select = row["selectSeries"]
    return Series(
        name=row["seriesName"],
        antigen=row["targetDisease"],
        doses=tuple(_dose(number, dose) for number, dose in enumerate(row["seriesDose"], start=1)),
        kind=Kind(row["seriesType"].lower()),
        sexes=frozenset(sex[0] for sex in row.get("requiredGender") or ()),
        group=select["seriesGroup"],
        is_default=select["defaultSeries"] == "Yes",
        is_product_path=select["productPath"] == "Yes",
        preference=int(select.get("seriesPreference") or 0),
        minimum_age_to_start=_period(select, "minAgeToStart"),
        maximum_age_to_start=_period(select, "maxAgeToStart"),
    )


def _dose(number: int, row: Json) -> TargetDose:
    season = row.get("seasonalRecommendation")
    return TargetDose(
        number=number,
        ages=tuple(_age(one) for one in _list(row.get("age"))),
        intervals=tuple(_interval(one) for one in _list(row.get("interval"))),
        allowable_intervals=tuple(_interval(one) for one in _list(row.get("allowableInterval"))),
        preferable=tuple(_product(one) for one in _list(row.get("preferableVaccine"))),
        allowable=tuple(_product(one) for one in _list(row.get("allowableVaccine"))),
        inadvertent=frozenset(one["cvx"] for one in _list(row.get("inadvertentVaccine"))),
        skips=tuple(_skip(one) for one in _list(row.get("conditionalSkip"))),
        is_recurring=row["recurringDose"] == "Yes",
        season=InForce(_day(season, "startDate"), _day(season, "endDate")) if season else None,
    )


def _age(row: Json) -> AgeRule:
    return AgeRule(
        _period(row, "absMinAge"),
        _period(row, "minAge"),
        _period(row, "earliestRecAge"),
        _period(row, "latestRecAge"),
        _period(row, "maxAge"),
        _in_force(row),
    )


def _interval(row: Json) -> IntervalRule:
    return IntervalRule(
        from_previous=row.get("fromPrevious") == "Y",
        from_target=int(row["fromTargetDose"]) if row.get("fromTargetDose") else None,
        from_products=_products(row.get("fromMostRecent")),
        absolute_minimum=_period(row, "absMinInt"),
        minimum=_period(row, "minInt"),
        earliest_recommended=_period(row, "earliestRecInt"),
        latest_recommended=_period(row, "latestRecInt"),
        overrides=row.get("intervalPriority") == "override",
        in_force=_in_force(row),
    )


def _product(row: Json) -> ProductRule:
    return ProductRule(row["cvx"], _period(row, "beginAge"), _period(row, "endAge"), row.get("mvx") or "")


def _skip(row: Json) -> Skip:
    return Skip(
        sets=tuple(
            SkipSet(
                tuple(_condition(one) for one in _list(each["condition"])),
                all_of=each.get("conditionLogic", "AND") != "OR",
                in_force=_in_force(each),
            )
            for each in _list(row["set"])
        ),
        all_of=row["setLogic"] == "AND",
        when_evaluating=row["context"] in {"Both", "Evaluation"},
        when_forecasting=row["context"] in {"Both", "Forecast"},
    )


_KINDS = {"age": Condition.AGE, "interval": Condition.INTERVAL, "completed series": Condition.COMPLETED_SERIES}


def _condition(row: Json) -> SkipCondition:
    return SkipCondition(
        kind=_KINDS.get(row["conditionType"].lower(), Condition.COUNT),
        since_age=_period(row, "beginAge"),
        until_age=_period(row, "endAge"),
        since=_day(row, "startDate"),
        until=_day(row, "endDate"),
        interval=_period(row, "interval"),
        products=_products(row.get("vaccineTypes")),
        only_valid=row.get("doseType") == "Valid",
        compared=Compared((row.get("doseCountLogic") or "greater than").lower()),
        count=int(row.get("doseCount") or 0),
        series_groups=_products(row.get("seriesGroups")),
    )
