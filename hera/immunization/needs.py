"""Needs: the doses of one key that come next, and which of several are met by one visit (HERA's own).

CDSi forecasts each antigen alone; parents see one dose of the six in one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from hera.immunization.doses_had import doses_had
from hera.immunization.forecast import Because
from hera.immunization.schedule import Schedule
from hera.immunization.select_series import PatientSeries

# What may be given and is due soon after a visit that makes up for others, is given then: she comes once.
TOGETHER = dt.timedelta(days=14)
# Nobody is asked to come twice within a week, where one day is right for both.
NEAR = dt.timedelta(days=6)
# A dose that is due for no other reason than that enough time has passed, waits so long for a visit at which the same
# product is due anyway.
WAITS = dt.timedelta(days=56)
_DAY = dt.timedelta(days=1)


class Need(NamedTuple):
    """Target doses of one key that come next, with the dates on which all of them can be given together.

    Args:
        listed: of each antigen what it may be given as, in the programme's order.
        products: that of the first antigen; `product` is the first of these, until the day is known.
    """

    key: str
    antigens: frozenset[str]
    products: tuple[str, ...]
    product: str
    earliest: dt.date
    due: dt.date
    overdue_after: dt.date | None
    latest: dt.date | None
    is_by_interval: bool
    listed: Mapping[str, tuple[str, ...]]


def need_of(key: str, of_key: list[tuple[str, PatientSeries]]) -> Need:
    """As for a vaccine group (CDSi 9.3): the latest of the earliest days, the first of the days on which one is due."""
    forecasts = [one.forecast for _, one in of_key]
    earliest = max(forecast.earliest for forecast in forecasts if forecast.earliest)
    due = min(forecast.recommended for forecast in forecasts if forecast.recommended)
    overdue = [forecast.past_due for forecast in forecasts if forecast.past_due]
    latest = [
        maximum.after(one.track.patient.date_of_birth) - _DAY
        for _, one in of_key
        if one.forecast.target and (maximum := one.forecast.target.age_on(earliest).maximum) is not None
    ]
    target = forecasts[0].target
    assert target is not None  # of a series that is not complete
    return Need(
        key,
        frozenset(antigen for antigen, _ in of_key),
        tuple(rule.product for rule in target.preferable),
        target.preferable[0].product,
        earliest,
        max(due, earliest),
        max(min(overdue), earliest) if overdue else None,
        min(latest, default=None),
        due <= earliest and all(forecast.because is not Because.AGE for forecast in forecasts),
        {
            antigen: tuple(rule.product for rule in one.forecast.target.preferable)
            for antigen, one in of_key
            if one.forecast.target is not None
        },
    )


def made_up_on(missed: list[Need], day: dt.date) -> dt.date:
    """On which day what was missed is made up for: this one, or once all may be given; sooner, where one may not be
    given any more by then."""
    limits = [need for need in missed if need.latest is not None]
    soon = max(day, *(need.earliest for need in missed))
    if limits:
        first = min(limits, key=lambda need: need.latest or dt.date.max)
        assert first.latest is not None
        soon = soon if soon <= first.latest else max(first.earliest, min(day, first.latest))
    return soon


def with_what_follows(needs: Iterable[Need], missed: Iterable[Need], day: dt.date) -> dt.date:
    """The day on which what was missed is made up for; later, if other doses follow within days that may not be given
    yet, and what was missed may still be given then."""
    later = max((need.due for need in needs if need.earliest > day and need.due <= day + NEAR), default=day)
    return later if all(need.latest is None or later <= need.latest for need in missed) else day


def day_of_visit(needs: list[Need]) -> dt.date:
    """The day on which the next dose is due; later, if others follow soon that may not be given then, and nothing is
    overdue by then. Who makes up for doses is overdue anyway, and may wait for some days."""
    day = min(need.due for need in needs)
    following = {need.due for need in needs if need.is_by_interval and need.due <= day + TOGETHER}
    following |= {need.due for need in needs if need.earliest > day and need.due <= day + NEAR}
    for later in sorted(following, reverse=True):
        waiting = [need for need in needs if need.due < later]
        if not any(_is_over(need, later) for need in waiting):
            return max(day, later)
    return day


def _is_over(need: Need, day: dt.date) -> bool:
    if need.latest is not None and need.latest < day:
        return True
    may_wait_until = need.due + NEAR if need.is_by_interval else need.due
    return need.overdue_after is not None and max(need.overdue_after, may_wait_until) < day


def at_its_visit(need: Need, needs: Iterable[Need]) -> Need:
    """A dose that has only to keep its distance, on the day on which its product is due for another reason."""
    days = [
        other.due
        for other in needs
        if other.product == need.product
        and need.due < other.due <= need.due + WAITS
        and (need.latest is None or other.due <= need.latest)
    ]
    if not days:
        return need
    day = min(days)
    return need._replace(due=day, overdue_after=need.overdue_after and max(need.overdue_after, day + TOGETHER))


def met_together(needs: Iterable[Need], schedule: Schedule, best: Mapping[str, PatientSeries]) -> list[Need]:
    """As few products as protect against all: what another one of the visit contains is not given besides.

    Where one product is due as two of its doses, as the second against some diseases and as the third against others,
    it is the first of them that the child has not had: parents count how often it was given.

    Args:
        best: of each antigen the series that speaks for the child.
    """
    needs = list(needs)
    is_due_as_several = len({need.product for need in needs}) < len(needs)
    had = doses_had(best, schedule) if is_due_as_several else {}
    chosen: list[Need] = []
    covered: set[str] = set()
    for need in sorted(
        needs,
        key=lambda need: (
            -len(schedule.products[need.product]),
            need.product,
            need.key in had,
            schedule.places[need.key],
        ),
    ):
        if not need.antigens <= covered:
            chosen.append(need)
            covered |= {one.antigen for one in schedule.products[need.product]}
    return chosen
