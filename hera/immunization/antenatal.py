"""Visits before and after birth by a pack, and her doses of Td: pure functions of dates (HERA's own; CDSi has none).

Weeks are completed ones, counted from the last menstrual period: week 12 is its days 84 to 90. As with the visits of
children, a plan follows from what was told and not from today, so that it changes when a fact does and at no other
time. Without a pack, `child_health/pregnancy_dates.py` has the rule.

A plain week is a window of its seven days. A visit is due on a Monday: a day on which clinics are open everywhere, and
each week has one. Of a window it is the Monday of the week by which a third of it is over, in whole weeks (18 to 24:
week 20; 28 to 32: week 29). Early, so that two thirds are left for her to come within it; where there is room not at
once, since a period that is told from memory may be a week off, and who comes before a window is sent home. A window
that opens before FIRST_WEEK is reckoned from that week on (0 to 14: week 10); she may come sooner.

Of a window that is open on the day of declaration she comes on that Monday if it is still to come, else soon: on the
first Monday two days later or more or, if the window is over by then, within it. A window that is over by the end of
that day, without a visit, was missed, and `catch_up` says what is made up for:

- `none`: nothing.
- `at_once`: one visit soon, however many were missed; if a window is open by then, that window's visit.
- `half_way`: of the gaps between declaration, visits and week 42 as many as were missed have a visit half way, the
  first ones first; those too narrow are left out. With nothing ahead: as at once.

Where she declared before the pack was in use, the day of its adoption stands for that of declaration. A window that had
opened by the last visit of which the rule before reminded is taken as done, since she came in it or after it.

Of a visit that she says she missed there is a second try (`second_tries`), once: on a Monday soon after she said so, or
else two days later, while its window is open and the next visit a week away. Who says nothing is taken to have come: a
reminder of a visit that she made teaches her to ignore reminders.

Between two visits are seven days at least.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from hera.immunization.ages import Period
from hera.immunization.pack import Antenatal, Postnatal, Td

# Nobody is expected before this week by a window that opens sooner: few know of a pregnancy, and its age is not sure.
FIRST_WEEK = 8
FIRST_KNOWN_WEEK = 4  # the week in which a period first fails to come
TERM = dt.timedelta(days=280)  # Naegele's rule
LAST_WEEK = 43  # a visit later than this is of a wrong declaration
LAST_GAP_ENDS_IN_WEEK = 42
SOON = dt.timedelta(days=2)  # to arrange for the way
_DAY = dt.timedelta(days=1)
_WEEK = dt.timedelta(days=7)
# So long after a visit the next one is due, where its window allows; a week after it, where not.
_FORTNIGHT = dt.timedelta(days=14)
_LONGEST = dt.timedelta(weeks=LAST_WEEK + 4)


@dataclass(frozen=True, slots=True)
class AntenatalVisit:
    """A day on which a pregnant woman is expected.

    Args:
        week: completed weeks of pregnancy on the day on which it is due.
        earliest, latest: first and last day of its window. Of one that makes up for others: from the day of
            declaration or the day after the visit before, until the day before the next one is due.
        attempt: 2 where it makes up for visits whose windows were over when she declared, or for one that she missed.
    """

    week: int
    due: dt.date
    earliest: dt.date
    latest: dt.date
    attempt: int = 1


@dataclass(frozen=True, slots=True)
class TdDose:
    """A dose of Td for her, and the visit at which it is given."""

    dose: Td
    visit: AntenatalVisit


@dataclass(frozen=True, slots=True)
class PostnatalContact:
    """A visit after birth: the first and the last day of it, and the day on which it is due.

    `number` is its place among the pack's contacts, from 1 on.
    """

    number: int
    due: dt.date
    earliest: dt.date
    latest: dt.date


class _Window(NamedTuple):
    earliest: dt.date
    latest: dt.date
    due: dt.date  # of who declared long before


class Before(NamedTuple):
    """Another rule that was in use before this pack.

    Args:
        until: the day on which the pack was adopted.
        reminded_of: the last visit of which that rule reminded her; None if it did of none.
    """

    until: dt.date
    reminded_of: dt.date | None = None


def plan_antenatal(
    start: dt.date, declared_on: dt.date, visits_made: int, antenatal: Antenatal, before: Before | None = None
) -> list[AntenatalVisit]:
    """The visits from the day of declaration on, by day; none where a date lies beyond those that there are.

    Args:
        start: first day of the last menstrual period.
        visits_made: before she declared. They count for the first windows, but for none that was not open yet.
        before: if she declared before the pack was adopted: the visits are those from its adoption on.
    """
    if start > dt.date.max - _LONGEST:
        return []
    last_day = start + (LAST_WEEK + 1) * _WEEK - _DAY
    seen_on = before.until if before else declared_on
    if seen_on > last_day:
        return []
    windows = _left(start, declared_on, visits_made, antenatal)
    planned = _planned(start, seen_on, before.reminded_of if before else None, windows, antenatal.catch_up)
    days = sorted(day for day in planned if day <= last_day)
    since = [seen_on, *(day + _DAY for day in days)]
    until = [*(day - _DAY for day in days[1:]), last_day]
    return [
        AntenatalVisit((day - start).days // 7, day, *(planned[day] or (first, last)), attempt=1 if planned[day] else 2)
        for day, first, last in zip(days, since, until, strict=False)
    ]


def _left(start: dt.date, declared_on: dt.date, visits_made: int, antenatal: Antenatal) -> list[_Window]:
    """The windows but the first ones for which visits before the declaration count."""
    windows = list(_windows(start, antenatal))
    have_opened = sum(window.earliest <= declared_on for window in windows)
    return windows[min(max(visits_made, 0), have_opened) :]


def _planned(
    start: dt.date, seen_on: dt.date, reminded_of: dt.date | None, windows: list[_Window], catch_up: str
) -> dict[dt.date, tuple[dt.date, dt.date] | None]:
    """By day: first and last day of the window of a visit, or none where it makes up for others."""
    left = [window for window in windows if reminded_of is None or window.earliest > reminded_of]
    missed = sum(window.latest <= seen_on for window in left)
    coming = left[missed:]
    free_from = seen_on + SOON if reminded_of is None else max(seen_on + SOON, reminded_of + _WEEK)
    soon = _monday_from(free_from)
    makes_up = missed > 0 and (catch_up == "at_once" or (catch_up == "half_way" and not coming))
    planned: dict[dt.date, tuple[dt.date, dt.date] | None] = {}
    if makes_up and not any(window.earliest <= soon for window in coming):
        planned[soon] = None
    for window in coming:
        wanted = soon if makes_up and window.earliest <= soon else max(window.due, soon)
        day = _apart(_within(window, wanted, seen_on), window, max(planned, default=reminded_of))
        planned[day] = (window.earliest, window.latest)
    if catch_up == "half_way" and coming:
        half_way = _half_way([free_from - SOON, *planned, start + LAST_GAP_ENDS_IN_WEEK * _WEEK])
        planned |= dict.fromkeys(itertools.islice(half_way, missed))
    return planned


def _windows(start: dt.date, antenatal: Antenatal) -> Iterator[_Window]:
    for first, last in antenatal.windows or [(week, week) for week in antenatal.weeks]:
        begins = min(max(first, FIRST_WEEK), last)
        due = begins + (last - begins + 1) // 3
        yield _Window(start + first * _WEEK, start + (last + 1) * _WEEK - _DAY, _monday_from(start + due * _WEEK))


def _monday_from(day: dt.date) -> dt.date:
    return day + dt.timedelta(days=-day.weekday() % 7)


def _within(window: _Window, wanted: dt.date, seen_on: dt.date) -> dt.date:
    """The day that is wanted; if the window is over by then, one of it after the declaration."""
    return wanted if wanted <= window.latest else max(window.earliest, min(seen_on + SOON, window.latest))


def _apart(day: dt.date, window: _Window, before: dt.date | None) -> dt.date:
    """That day, or a later one of the window at a distance from the visit before.

    A week after it there always is one: windows follow each other, and each is a week long at least.
    """
    if before is None or day >= before + _FORTNIGHT:
        return day
    has_room = before + _FORTNIGHT + _WEEK - _DAY <= window.latest
    return before + _FORTNIGHT if has_room else max(day, before + _WEEK)


def _half_way(stops: Sequence[dt.date]) -> Iterator[dt.date]:
    """The last Monday in the first half of each gap, where it is a week away from the visits on both sides."""
    for number, (before, after) in enumerate(itertools.pairwise(stops)):
        middle = before + (after - before) // 2
        monday = middle - dt.timedelta(days=middle.weekday())
        if monday - before >= (_WEEK if number else SOON) and after - monday >= _WEEK:
            yield monday


def second_tries(
    start: dt.date, visits: Sequence[AntenatalVisit], missed: Mapping[dt.date, dt.date]
) -> list[AntenatalVisit]:
    """Once more, within their windows, the visits that she says she missed.

    Args:
        visits: as planned, by day.
        missed: the days on which visits were due, each with the day on which she said that she had not come.
    """
    found = []
    for visit, following in itertools.zip_longest(visits, visits[1:]):
        if visit.due not in missed:
            continue
        last = visit.latest if following is None else min(visit.latest, following.due - _WEEK)
        at_once = max(missed[visit.due] + SOON, visit.due + _WEEK)
        day = next((day for day in (_monday_from(at_once), at_once) if day <= last), None)
        if day is not None:
            found.append(AntenatalVisit((day - start).days // 7, day, visit.earliest, visit.latest, attempt=2))
    return found


def td_doses(
    visits: Sequence[AntenatalVisit],
    antenatal: Antenatal,
    delivery: dt.date,
    had: int = 0,
    last_given: dt.date | None = None,
) -> list[TdDose]:
    """Which doses of Td belong to which of the visits of this pregnancy, by day.

    Each product's doses are counted by themselves, and each dose comes at the first visit that its weeks, its interval
    since the dose before and its distance from the birth allow. One that no visit fits, and those after it, are not
    of this pregnancy: the third, half a year after the second, is so for most. Where the pack names one dose alone of
    a product it is one of each pregnancy (as Tdap is), whatever she had before. The week from which a dose is given
    holds for those after it too.

    Args:
        visits: as planned, by day.
        delivery: the day on which the birth is expected.
        had: doses of Td that she is known to have had, over her life; 0 if nobody knows.
        last_given: when she had the last of them. If nobody knows, its interval is taken to be over: a dose more does
            no harm (WHO), and one too few leaves mother and child without protection.
    """
    by_product: defaultdict[str, list[Td]] = defaultdict(list)
    for row in sorted(antenatal.td, key=lambda row: row.dose):
        by_product[row.product].append(row)
    found: list[TdDose] = []
    for rows in by_product.values():
        counted = had if len(rows) > 1 else 0
        before = last_given if counted > 0 else None
        from_week = 0
        for row in rows:
            from_week = from_week if row.from_week is None else row.from_week
            if row.dose <= counted:
                continue
            visit = next((one for one in visits if one.week >= from_week and _fits(one, row, before, delivery)), None)
            if visit is None:
                break
            found.append(TdDose(row, visit))
            before = visit.due
    return sorted(found, key=lambda one: (one.visit.due, one.dose.product, one.dose.dose))


def _fits(visit: AntenatalVisit, row: Td, before: dt.date | None, delivery: dt.date) -> bool:
    """Whether a dose may be given at a visit, its first week apart; `before`: the day of the dose before it."""
    is_late = row.until_week is not None and visit.week > row.until_week
    is_near = before is not None and (
        visit.due <= before or (row.interval is not None and visit.due < row.interval.after(before))
    )
    # Forward from the visit, as an interval is: months are counted alike on both sides of it.
    is_near_birth = row.before_birth is not None and row.before_birth.after(visit.due) > delivery
    return not (is_late or is_near or is_near_birth)


def postnatal_contacts(
    born: dt.date, postnatal: Postnatal, known_on: dt.date | None = None, doses_due: Iterable[Period] = ()
) -> list[PostnatalContact]:
    """The visits after a birth, by day; without those that lie beyond the last date that there is.

    Each is due on its first day: the sooner, the more of what endangers mother and child is still found in time. But
    not on the day of birth, where it may be made later too: then she is with who helped her give birth, and HERA
    learns of a birth after it. Where a child has doses due within a contact's days, it is on the first day of these,
    so that they come once.

    Args:
        known_on: the day on which it was told. A contact that was over by then is none; of one that was not, she
            comes on the next day at the soonest.
        doses_due: the ages at which the pack has doses for a child that is on time.
    """
    known_on = born if known_on is None else known_on
    found = []
    for number, (since, until) in enumerate(postnatal.contacts, start=1):
        earliest, latest = since.after(born), until.after(born)
        if latest >= dt.date.max or latest < known_on:
            continue
        first = min(max(earliest, born + _DAY, known_on + _DAY), latest)
        with_doses = [day for age in doses_due if first <= (day := age.after(born)) <= latest]
        found.append(PostnatalContact(number, min(with_doses, default=first), earliest, latest))
    return found
