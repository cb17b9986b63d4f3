"""Identify and evaluate a vaccine group: one answer for the antigens that are given together (CDSi 9)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hera.immunization.forecast import SeriesStatus

if TYPE_CHECKING:
    from hera.immunization.schedule import Group
    from hera.immunization.select_series import PatientSeries

# Of one antigen that several series speak for.
_BEST_FIRST = (
    SeriesStatus.NOT_COMPLETE,
    SeriesStatus.IMMUNE,
    SeriesStatus.COMPLETE,
    SeriesStatus.AGED_OUT,
    SeriesStatus.NOT_RECOMMENDED,
)
# Table 9-1: what one antigen is, the group is. The first of these that is met.
_WORST_FIRST = (
    SeriesStatus.NOT_RECOMMENDED,
    SeriesStatus.AGED_OUT,
    SeriesStatus.NOT_COMPLETE,
    SeriesStatus.IMMUNE,
    SeriesStatus.COMPLETE,
)


@dataclass(frozen=True, slots=True)
class GroupForecast:
    """The next dose of a vaccine group; dates and number as in `forecast.Forecast`."""

    group: Group
    status: SeriesStatus
    number: int | None = None
    earliest: dt.date | None = None
    recommended: dt.date | None = None
    past_due: dt.date | None = None
    needed: tuple[PatientSeries, ...] = ()  # whose next dose it is


def forecast_group(group: Group, of_antigens: list[list[PatientSeries]]) -> GroupForecast | None:
    """What comes next for a group (9.2 of one antigen, 9.3 of several); None if it has no series for the person.

    Args:
        of_antigens: of each of its antigens the series that speak for the person, if any.
    """
    best = [min(of_antigen, key=lambda one: _BEST_FIRST.index(one.forecast.status)) for of_antigen in of_antigens]
    if not best:
        return None
    statuses = {one.forecast.status for one in best}
    status = _status(statuses, group)
    needed = [one for one in best if one.forecast.status is SeriesStatus.NOT_COMPLETE]
    if status is not SeriesStatus.NOT_COMPLETE or not needed:
        return GroupForecast(group, status)
    first = [_date(one.forecast.earliest) for one in needed if one.forecast.overrides]
    earliest = min(first) if first else max(_date(one.forecast.earliest) for one in needed)
    past_due = [one.forecast.past_due for one in needed if one.forecast.past_due is not None]
    numbers = [one.forecast.number or 0 for one in needed]
    return GroupForecast(
        group,
        status,
        min(numbers) if group.is_one else max(numbers),
        earliest,
        max(earliest, min(_date(one.forecast.recommended) for one in needed)),
        max(earliest, min(past_due)) if past_due else None,
        tuple(needed),
    )


def _status(statuses: set[SeriesStatus], group: Group) -> SeriesStatus:
    if len(group.antigens) > 1 and SeriesStatus.NOT_COMPLETE in statuses and not group.is_one:
        return SeriesStatus.NOT_COMPLETE
    return next(status for status in _WORST_FIRST if status in statuses)


def _date(day: dt.date | None) -> dt.date:
    assert day is not None  # of a series that is not complete
    return day
