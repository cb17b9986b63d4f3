"""A pack as the engine's schedule.

Due is the age from which a dose is recommended, overdue the age from which it is late; before its minimum, less the
days of grace, a dose does not count. All series of an antigen are of one group, the first for who begins in time.
"""

from __future__ import annotations

import dataclasses
import datetime as dt

from hera.immunization import pack as packs
from hera.immunization.ages import Period
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

_ANY_DAY = dt.date(2001, 1, 1)


def schedule_of(pack: packs.Pack) -> Schedule:
    """What the engine judges and forecasts by."""
    return Schedule(
        products={
            key: tuple(ProductAntigen(antigen) for antigen in product.antigens)
            for key, product in pack.products.items()
        },
        series={
            antigen: tuple(_series(antigen, place, series, pack) for place, series in enumerate(several))
            for antigen, several in pack.series.items()
        },
        groups=tuple(Group(antigen, (antigen,)) for antigen in pack.series),
        conflicts=_conflicts(pack),
    )


def _series(antigen: str, place: int, series: packs.Series, pack: packs.Pack) -> Series:
    """A series of the engine. Who begins in the days of grace before it is too late, begins the next one."""
    latest = series.max_age_to_start
    return Series(
        name=series.id,
        antigen=antigen,
        doses=tuple(_target(antigen, number, dose, pack) for number, dose in enumerate(series.doses, start=1)),
        sexes=_sexes(series, pack),
        group=antigen,
        is_default=True,
        preference=place,
        minimum_age_to_start=series.min_age_to_start,
        maximum_age_to_start=None if latest is None else _less_grace(latest, pack.grace_days),
    )


def _sexes(series: packs.Series, pack: packs.Pack) -> frozenset[str]:
    """Of whom all vaccines of a series are; empty where that is everybody."""
    doses = pack.doses()
    vaccines = [doses[target.dose][0] for target in series.doses]
    sexes = {
        sex
        for sex, is_for in (("MALE", [one.male for one in vaccines]), ("FEMALE", [one.female for one in vaccines]))
        if all(is_for)
    }
    return frozenset() if len(sexes) != 1 else frozenset(sexes)


def _target(antigen: str, number: int, dose: packs.TargetDose, pack: packs.Pack) -> TargetDose:
    others = [key for key, one in pack.products.items() if antigen in one.antigens and key not in dose.products]
    interval = dose.interval
    return TargetDose(
        number=number,
        ages=(
            AgeRule(
                absolute_minimum=_less_grace(dose.minimum, pack.grace_days),
                minimum=dose.minimum,
                earliest_recommended=dose.due,
                latest_recommended=dose.overdue,
                maximum=dose.maximum,
            ),
        ),
        intervals=()
        if interval is None
        else (
            IntervalRule(from_previous=True, absolute_minimum=_less_grace(interval, pack.grace_days), minimum=interval),
        ),
        preferable=tuple(ProductRule(key) for key in dose.products),
        allowable=tuple(ProductRule(key) for key in others),
        key=dose.dose,
    )


def _less_grace(period: Period, days: int) -> Period:
    """A minimum less the days of grace; never less than nothing, since nobody is vaccinated before birth."""
    less = dataclasses.replace(period, days=period.days - days)
    return less if less.after(_ANY_DAY) >= _ANY_DAY else Period()


def _conflicts(pack: packs.Pack) -> dict[tuple[str, str], LiveConflict]:
    """From the day after it, each live product keeps every other away; of one antigen, less the days of grace."""
    live = [product for product in pack.products.values() if product.live]
    gap = pack.live_gap_days
    return {
        (earlier.key, later.key): LiveConflict(
            since=Period(days=1),
            valid_until=Period(days=max(0, gap - grace)),
            until=Period(days=gap),
        )
        for earlier in live
        for later in live
        for grace in [pack.grace_days if set(earlier.antigens) & set(later.antigens) else 0]
    }
