"""Select patient series: which of the series of an antigen speaks for a person (CDSi 8)."""

from __future__ import annotations

import datetime as dt
import functools
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from hera.immunization.forecast import Forecast, SeriesStatus, finish
from hera.immunization.schedule import Kind, Series
from hera.immunization.verdicts import Status, Track


@dataclass(frozen=True)
class PatientSeries:
    """A series, how far a person came in it, and what comes next.

    Args:
        rules_of: the day whose rules were taken.
    """

    track: Track
    forecast: Forecast
    rules_of: dt.date

    @property
    def series(self) -> Series:
        """What it is a series of."""
        return self.track.series

    @property
    def is_complete(self) -> bool:
        """Whether nothing more is needed."""
        return self.forecast.status is SeriesStatus.COMPLETE

    @property
    def is_in_process(self) -> bool:
        """Whether a dose counts, and another is needed."""
        return bool(self.track.valid) and self.forecast.status is SeriesStatus.NOT_COMPLETE

    @property
    def is_completable(self) -> bool:
        """Whether the last dose could be given before it would be too late."""
        if self.finish is None:
            return False
        maximum = self.series.doses[-1].age_on(self.finish).maximum
        return maximum is None or self.finish < maximum.after(self.track.patient.date_of_birth)

    @functools.cached_property
    def finish(self) -> dt.date | None:
        """The first day on which nothing more could be needed; None if no dose is due."""
        return finish(self.track, self.forecast, self.rules_of)


def best_series(candidates: Iterable[PatientSeries], today: dt.date) -> list[PatientSeries]:
    """Of each group of series the one that speaks for a person (8.7), for groups that have begun for her.

    A group for people of an age that is not reached, as of 50 and more, is left out where there is another.
    """
    groups: defaultdict[str, list[PatientSeries]] = defaultdict(list)
    for one in candidates:
        groups[one.series.group].append(one)
    chosen = [found for group in groups.values() if (found := _of_group(group, today)) is not None]
    begun = [one for one in chosen if one.track.valid or not _is_for_later(one, today)]
    return begun or chosen


def _is_for_later(one: PatientSeries, today: dt.date) -> bool:
    start = one.series.minimum_age_to_start
    return start is not None and today < start.after(one.track.patient.date_of_birth)


def _of_group(group: list[PatientSeries], today: dt.date) -> PatientSeries | None:
    """One series of a group (8.2 to 8.7)."""
    scorable = [one for one in group if _is_scorable(one)]
    if not scorable:
        defaults = [one for one in group if one.series.is_default]
        if defaults:
            return next((one for one in defaults if _can_start(one, today)), defaults[-1])
        scorable = [one for one in group if one.series.kind is not Kind.EVALUATION_ONLY]
    complete = [one for one in scorable if one.is_complete]
    in_process = [one for one in scorable if one.is_in_process]
    for fitting, rules in ((complete, _COMPLETE), (in_process, _IN_PROCESS), (scorable, _NOTHING_VALID)):
        if fitting:
            return _highest(fitting, rules)
    return None


def _can_start(one: PatientSeries, today: dt.date) -> bool:
    """Whether who has no dose may still begin a series. CDSi has one default series; a pack has one for each age."""
    start = one.series.maximum_age_to_start
    return start is None or today < start.after(one.track.patient.date_of_birth)


def _is_scorable(one: PatientSeries) -> bool:
    """8.1: begun in time by a dose that counts; one that only proves, if it is complete."""
    if one.series.kind is Kind.EVALUATION_ONLY:
        return one.is_complete
    if not one.track.valid:
        return False
    start = one.series.maximum_age_to_start
    return start is None or one.track.valid[0].date < start.after(one.track.patient.date_of_birth)


@dataclass(frozen=True)
class _Rule:
    """Points of a series for what is true of it, alone or with others, and for what is not."""

    holds: Callable[[PatientSeries, list[PatientSeries]], bool]
    alone: int
    shared: int
    otherwise: int


def _has_most_valid(one: PatientSeries, others: list[PatientSeries]) -> bool:
    return len(one.track.valid) == max(len(other.track.valid) for other in others)


def _is_closest_to_completion(one: PatientSeries, others: list[PatientSeries]) -> bool:
    def left(other: PatientSeries) -> int:
        return len(other.series.doses) - len(other.track.satisfied) - len(other.track.skipped)

    return left(one) == min(left(other) for other in others)


def _finishes_first(one: PatientSeries, others: list[PatientSeries]) -> bool:
    finishes = [other.finish for other in others if other.finish is not None]
    return bool(finishes) and one.finish == min(finishes)


def _starts_first(one: PatientSeries, others: list[PatientSeries]) -> bool:
    starts = [other.forecast.earliest for other in others if other.forecast.earliest is not None]
    return bool(starts) and one.forecast.earliest == min(starts)


def _is_product_path_all_valid(one: PatientSeries, _others: list[PatientSeries]) -> bool:
    return one.series.is_product_path and all(verdict.status is Status.VALID for verdict in one.track.verdicts)


_COMPLETE = [_Rule(_has_most_valid, 1, 0, -1), _Rule(_finishes_first, 1, 0, -1)]  # 8.4
_IN_PROCESS = [  # 8.5
    _Rule(_is_product_path_all_valid, 2, 2, -2),
    _Rule(lambda one, _: one.is_completable, 3, 3, -3),
    _Rule(_has_most_valid, 2, 0, -2),
    _Rule(_is_closest_to_completion, 2, 0, -2),
    _Rule(_finishes_first, 1, 0, -1),
]
_NOTHING_VALID = [  # 8.6
    _Rule(_starts_first, 1, 0, -1),
    _Rule(lambda one, _: one.is_completable, 1, 1, -1),
    _Rule(lambda one, _: one.series.is_product_path, -1, -1, 1),
]


def _highest(fitting: list[PatientSeries], rules: list[_Rule]) -> PatientSeries:
    """The series with most points; of several, the one that the schedule prefers."""
    if len(fitting) == 1:
        return fitting[0]

    def points(one: PatientSeries) -> int:
        total = 0
        for rule in rules:
            meeting = [other for other in fitting if rule.holds(other, fitting)]
            if one not in meeting:
                total += rule.otherwise
            else:
                total += rule.alone if len(meeting) == 1 else rule.shared
        return total

    return min(fitting, key=lambda one: (-points(one), one.series.preference, one.series.name))
