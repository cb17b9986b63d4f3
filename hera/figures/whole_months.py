"""Figures of days for who sees people masked: of whole months that are over, without those of few people.

What is counted of one day is of one person soon, and tells the day on which something of hers was due. A range of days
is shown as the months that lie in it: another range differs from it by months alone. So that these are not worked out
by the difference, a number of several months is shown only where that of each of them is.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from hera.core import clock, timezones
from hera.core.months import months_between
from hera.figures import selectors
from hera.people.masking import MASKED
from hera.people.small_groups import FEWEST

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hera.figures.selectors import Asked, Rows

_DAY = dt.timedelta(days=1)


def months_within(first: dt.date, last: dt.date) -> list[dt.date]:
    """The first days of the months of which every day is from the first to the last, and over."""
    after = min(last + _DAY, clock.today_in(timezones.default())).replace(day=1)
    begins = first if first.day == 1 else months_between(first, first + 31 * _DAY)[1]
    return months_between(begins, after - _DAY) if begins < after else []


def sign_ups(first: dt.date, last: dt.date) -> Rows:
    """People by the month in which they joined: `date`, its first day, and `occurrence`. Months of few are left out."""
    return _shown(selectors.sign_ups, months_within(first, last))


def agreed(first: dt.date, last: dt.date) -> int | None:
    """People who agreed to the terms in these months; None if they were few in one of them."""
    months = months_within(first, last)
    rows = _shown(selectors.agreements, months)
    return sum(row["occurrence"] for row in rows) if len(rows) == len(months) else None


def antenatal_answers(first: dt.date, last: dt.date) -> Rows:
    """As `selectors.antenatal_answers`; visits that few answered of in one way, in one of the months, are left out."""
    return _answers(selectors.ANTENATAL, first, last)


def vaccination_answers(first: dt.date, last: dt.date) -> Rows:
    """As `selectors.vaccination_answers`; likewise."""
    return _answers(selectors.VACCINATIONS, first, last)


def _shown(by_day: selectors.ByDay, months: list[dt.date]) -> Rows:
    """What is counted by day as rows of months, without those of few."""
    if not months:
        return []
    counts = dict.fromkeys(months, 0)
    for row in by_day(months[0], _end_of(months)):
        counts[dt.date.fromisoformat(row["date"]).replace(day=1)] += row["occurrence"]
    return [
        {"date": month.isoformat(), "occurrence": count} for month, count in counts.items() if not _has_few([count])
    ]


def _answers(asked: Asked, first: dt.date, last: dt.date) -> Rows:
    months = months_within(first, last)
    if not months:
        return []
    found: dict[object, dict[str, int]] = {}
    few: set[object] = set()
    # What was answered this month of a month that is over would show on its day.
    for row in selectors.answers_by_month(asked, months[0], _end_of(months), MASKED.told_before):
        key = row[asked.key]
        if _has_few(row[f"{part}_people"] for part in selectors.PARTS):
            few.add(key)
        counts = found.setdefault(key, dict.fromkeys(selectors.PARTS, 0))
        for part in selectors.PARTS:
            counts[part] += row[part]
    return [{asked.key: key, **counts} for key, counts in found.items() if key not in few]


def _end_of(months: list[dt.date]) -> dt.date:
    return (months[-1] + 31 * _DAY).replace(day=1) - _DAY


def _has_few(people: Iterable[int]) -> bool:
    return any(0 < count < FEWEST for count in people)
