"""A schedule: the supporting data of an authority, as the engine reads it (CDSi 3.1). Ages and intervals are periods.

A bound that is None does not bind. All "from" are included, all "until" are not.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from hera.immunization.ages import Period


@dataclass(frozen=True, slots=True)
class InForce:
    """The days on which a rule is in force: the day of a dose when it is judged, today when the next is forecast."""

    since: dt.date | None = None
    until: dt.date | None = None  # the last day

    def on(self, day: dt.date) -> bool:
        """Whether the rule is in force on a day."""
        return (self.since is None or self.since <= day) and (self.until is None or day <= self.until)


ALWAYS = InForce()


@dataclass(frozen=True, slots=True)
class AgeRule:
    """At which ages a target dose is given (CDSi 6.4). Younger than `absolute_minimum`, it does not count."""

    absolute_minimum: Period | None = None
    minimum: Period | None = None
    earliest_recommended: Period | None = None
    latest_recommended: Period | None = None
    maximum: Period | None = None
    in_force: InForce = ALWAYS


@dataclass(frozen=True, slots=True)
class IntervalRule:
    """How long after an earlier dose a target dose is given (CDSi 6.5, 6.6).

    The earlier dose is the one before (`from_previous`), the one that satisfied a target dose (`from_target`, its
    number), or the last of some products (`from_products`).
    """

    from_previous: bool = False
    from_target: int | None = None
    from_products: frozenset[str] = frozenset()
    absolute_minimum: Period | None = None
    minimum: Period | None = None
    earliest_recommended: Period | None = None
    latest_recommended: Period | None = None
    overrides: bool = False  # goes before other antigens of its group (CDSi 9.3)
    in_force: InForce = ALWAYS


@dataclass(frozen=True, slots=True)
class ProductRule:
    """A product that a target dose may be given with, at some ages, of some maker (CDSi 6.8, 6.9)."""

    product: str
    since: Period | None = None
    until: Period | None = None
    maker: str = ""


class Condition(StrEnum):
    """What a conditional skip asks (CDSi 6.2)."""

    AGE = "age"
    INTERVAL = "interval"
    COUNT = "count"
    COMPLETED_SERIES = "completed series"


class Compared(StrEnum):
    """How a count of doses compares to the number of a condition."""

    GREATER = "greater than"
    EQUAL = "equal to"
    LESS = "less than"


@dataclass(frozen=True, slots=True)
class SkipCondition:
    """One condition of a skip; which fields matter follows from its kind."""

    kind: Condition
    since_age: Period | None = None
    until_age: Period | None = None
    since: dt.date | None = None
    until: dt.date | None = None
    interval: Period | None = None
    products: frozenset[str] = frozenset()  # empty: any
    only_valid: bool = False
    compared: Compared = Compared.GREATER
    count: int = 0
    series_groups: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class SkipSet:
    """Conditions of which all, or any, must be met."""

    conditions: tuple[SkipCondition, ...]
    all_of: bool = True
    in_force: InForce = ALWAYS


@dataclass(frozen=True, slots=True)
class Skip:
    """When a target dose is left out: sets of which all, or any, must be met."""

    sets: tuple[SkipSet, ...]
    all_of: bool = False
    when_evaluating: bool = True
    when_forecasting: bool = True


@dataclass(frozen=True, slots=True)
class TargetDose:
    """One dose of a series.

    Args:
        number: from 1; what intervals refer to.
        key: what the caller calls it (a dose of the programme).
    """

    number: int
    ages: tuple[AgeRule, ...] = ()
    intervals: tuple[IntervalRule, ...] = ()
    allowable_intervals: tuple[IntervalRule, ...] = ()
    preferable: tuple[ProductRule, ...] = ()
    allowable: tuple[ProductRule, ...] = ()
    inadvertent: frozenset[str] = frozenset()
    skips: tuple[Skip, ...] = ()
    is_recurring: bool = False
    season: InForce | None = None
    key: str = ""

    def age_on(self, day: dt.date) -> AgeRule:
        """The ages in force on a day."""
        for rule in self.ages:
            if rule.in_force.on(day):
                return rule
        return _NO_AGE


_NO_AGE = AgeRule()


class Kind(StrEnum):
    """For whom a series is (CDSi 5.1)."""

    STANDARD = "standard"
    RISK = "risk"  # only for those with a condition
    EVALUATION_ONLY = "evaluation only"  # proves completion, and is never recommended


@dataclass(frozen=True, slots=True)
class Series:
    """The target doses that protect against one antigen, and for whom they are.

    Args:
        sexes: for whom; empty: for everybody.
        group: series of one group are alternatives, of which one speaks for a person (CDSi 8).
        is_default: it speaks for who has no dose that counts in any; of several, the first that may still be begun.
        is_product_path: it wants one product throughout.
        preference: where all else is the same, the lower goes first.
        minimum_age_to_start: before it, a series not begun is left out where there is another group.
        maximum_age_to_start: begun at this age or later, it is no alternative any more.
    """

    name: str
    antigen: str
    doses: tuple[TargetDose, ...]
    kind: Kind = Kind.STANDARD
    sexes: frozenset[str] = frozenset()
    group: str = ""
    is_default: bool = False
    is_product_path: bool = False
    preference: int = 0
    minimum_age_to_start: Period | None = None
    maximum_age_to_start: Period | None = None


@dataclass(frozen=True, slots=True)
class LiveConflict:
    """From when to when after a live vaccine another one does not count (CDSi 6.7).

    `valid_until` holds where the earlier dose counted, `until` where it did not.
    """

    since: Period
    valid_until: Period
    until: Period


@dataclass(frozen=True, slots=True)
class ProductAntigen:
    """An antigen that a product protects against, at some ages (CDSi 4.2)."""

    antigen: str
    since: Period | None = None
    until: Period | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """Antigens that are given together; `is_one` where always all of them are (CDSi 9.3)."""

    name: str
    antigens: tuple[str, ...]
    is_one: bool = False


@dataclass(frozen=True)
class Schedule:
    """What an authority recommends.

    Args:
        products: of each product the antigens.
        series: of each antigen its series; skips may ask about those named before.
        groups: what is forecast together.
        conflicts: of an earlier and a later live product their conflict.
        born_before: by antigen the birth date before which people are held to be immune.
        once_a_day: of two products with one antigen on one day, one counts; else each is held against the one before.
    """

    products: Mapping[str, tuple[ProductAntigen, ...]]
    series: Mapping[str, tuple[Series, ...]]
    groups: tuple[Group, ...]
    conflicts: Mapping[tuple[str, str], LiveConflict] = field(default_factory=dict)
    born_before: Mapping[str, dt.date] = field(default_factory=dict)
    once_a_day: bool = True

    @functools.cached_property
    def live(self) -> frozenset[str]:
        """The products that others have to be kept away from."""
        return frozenset(earlier for earlier, _ in self.conflicts)

    @functools.cached_property
    def places(self) -> Mapping[str, int]:
        """In which order the doses of the programme come, by their keys."""
        keys = (target.key for several in self.series.values() for series in several for target in series.doses)
        return {key: place for place, key in enumerate(dict.fromkeys(keys))}
