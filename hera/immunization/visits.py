"""Visits: which doses come together on which day, until nothing is missing (HERA's own; CDSi knows of doses alone).

A plan follows from the record and the schedule, and not from today, so that it changes when a fact does and at no other
time. What nobody has told is taken to go on as planned: each visit that comes after the child was known is thought to
be kept on its day; what was due before is made up for in one visit soon after. A visit that may have been missed has
a second one, when its doses are overdue.

A plan is walked through from day to day. What is taken as given comes before the doses whose days are known and later:
the third dose, told with its day, is no first one because nobody told the days of those before it.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from hera.immunization.assess import assess
from hera.immunization.doses_had import doses_had
from hera.immunization.forecast import SeriesStatus
from hera.immunization.needs import (
    NEAR,
    TOGETHER,
    Need,
    at_its_visit,
    day_of_visit,
    made_up_on,
    met_together,
    need_of,
    with_what_follows,
)
from hera.immunization.organize_history import Given, Patient
from hera.immunization.product_of_choice import product_of_choice
from hera.immunization.schedule import Schedule
from hera.immunization.select_series import PatientSeries
from hera.immunization.walked_history import WalkedHistory

_TOO_MANY = 80  # visits; no programme has half of it
_DAY = dt.timedelta(days=1)


class EndlessScheduleError(ValueError):
    """A schedule by which a child is never done."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A day on which a child is expected, or was.

    Args:
        doses: keys of target doses, as parents see them (`TargetDose.key`).
        left: those that the child has not had, as far as is known.
        attempt: 2 where it is a second chance to come for doses of an earlier visit.
        earliest: from when all of them may be given.
        overdue_after: the last day on which none is overdue.
        latest: the last day on which all of them may be given.
    """

    due: dt.date
    doses: tuple[str, ...]
    left: tuple[str, ...]
    attempt: int = 1
    earliest: dt.date | None = None
    overdue_after: dt.date | None = None
    latest: dt.date | None = None


# Whether a dose of a key, due on a day, is told to have been given on a day that nobody knows.
Assumed = Callable[[str, dt.date], bool]


# From which day on a dose of a key, due on a day, may be told again; None if nothing kept it from being told.
NotBefore = Callable[[str, dt.date], dt.date | None]


# The first day, from this one on, on which somebody may be reminded.
ToldFrom = Callable[[dt.date], dt.date]


def _nothing(_key: str, _due: dt.date) -> bool:
    return False


def _never(_key: str, _due: dt.date) -> None:
    return None


def _the_same(day: dt.date) -> dt.date:
    return day


class Plan(NamedTuple):
    """What is planned for a child.

    Args:
        visits: those of the past too, by day.
        history: the doses whose days are known, and what is taken as given before the last of them.
    """

    visits: list[Visit]
    history: tuple[Given, ...]


def plan_visits(
    patient: Patient,
    schedule: Schedule,
    known_on: dt.date,
    catch_up: dt.timedelta,
    *,
    told_as: Mapping[int, str] | None = None,
    assumed: Assumed | None = None,
    not_before: NotBefore | None = None,
    told_from: ToldFrom | None = None,
) -> Plan:
    """The visits of a child, and the history by which they are planned.

    Args:
        patient: with the doses whose dates are known.
        known_on: the day by which was told which doses the child had: its registration, or a card that was seen since.
        catch_up: how long after that, or after it is overdue, a child is expected for what it missed.
        told_as: by the key of a dose whose day is known, the key of the target dose as which it was told.
        not_before: of a dose that was due on a day, a later one on which it came out that it was not given, or from
            which on somebody may be reminded of it again. It is made up for after that; all else goes on as planned.
        told_from: of the day of a second try, that day, or the first on which somebody may be reminded of it.

    Raises:
        EndlessScheduleError: if the schedule never ends; `pack check` refuses such a pack.
    """
    planner = _Planner(patient, schedule, known_on, catch_up, told_as or {}, assumed, not_before, told_from)
    planner.project()
    kept = _kept(patient, planner.history, schedule, known_on)
    visits = sorted(kept + planner.visits, key=lambda visit: (visit.due, visit.attempt, visit.doses))
    return Plan(visits, planner.history)


class _Step(NamedTuple):
    """A visit that comes next."""

    day: dt.date
    needs: list[Need]
    attempt: int


class _Planner:
    """Walks through the visits to come, as if each were kept."""

    def __init__(
        self,
        patient: Patient,
        schedule: Schedule,
        known_on: dt.date,
        catch_up: dt.timedelta,
        told_as: Mapping[int, str],
        assumed: Assumed | None,
        not_before: NotBefore | None,
        told_from: ToldFrom | None,
    ) -> None:
        self.visits: list[Visit] = []
        self._schedule = schedule
        self._known_on = known_on
        self._catch_up = catch_up
        self._assumed = assumed or _nothing
        self._not_before = not_before or _never
        self._told_from = told_from or _the_same
        self._missed: set[str] = set()
        self._put_off_needs: dict[str, Need] = {}  # as they were when they were first put off
        # What is told without a day is judged as if it had been given on its day, when the child was so young.
        day = known_on if assumed is None else min(known_on, patient.date_of_birth)
        self._walked = WalkedHistory(patient, schedule, day, told_as)

    @property
    def history(self) -> tuple[Given, ...]:
        """The doses on record, and what is thought to be given before the last of them."""
        return self._walked.until_the_last

    def project(self) -> None:
        """Make the visits, until nothing is missing."""
        for _ in range(_TOO_MANY + self._walked.ahead):
            needs = self._needs()
            if self._walked.ahead:
                self._until_the_next_dose(needs)
            elif not needs:
                break
            elif (step := self._next(needs)) is not None:
                self._visit(step)
        else:
            raise EndlessScheduleError(
                f"This schedule plans more than {_TOO_MANY} visits of a child: look at its series."
            )
        self._plan_second_tries()
        put_off = list(self._put_off_needs.values())
        for day in sorted({need.due for need in put_off}):
            self.visits.append(_missed(day, self._met_together([need for need in put_off if need.due == day])))

    def _until_the_next_dose(self, needs: list[Need]) -> None:
        """A visit that is taken to be kept before the next dose whose day is known, or else that dose."""
        day = self._walked.next_day
        silent = [
            need for need in needs if not self._walked.is_ahead(need, is_assumed=self._assumed(need.key, need.due))
        ]
        step = None
        if silent and day > self._known_on:
            step = self._next(silent)
            if step is None:
                return
        elif silent:  # which doses it had by then was told on that day: of what was not, nothing is assumed
            step = self._told_without_a_day(silent)
        if step is not None and step.day < day:
            self._visit(step)
            return
        for planned_on, dose in self._walked.come_to_the_next():
            self._take_back(planned_on, dose)

    def _take_back(self, day: dt.date, dose: str) -> None:
        """A dose that is not thought any more to have been given at its visit."""
        for place, visit in enumerate(self.visits):
            if visit.due == day and dose in visit.doses:
                self.visits[place] = replace(
                    visit,
                    doses=tuple(one for one in visit.doses if one != dose),
                    left=tuple(one for one in visit.left if one != dose),
                )
        self.visits = [visit for visit in self.visits if visit.doses]

    def _next(self, needs: list[Need]) -> _Step | None:
        """The visit that comes next; None where it has to be looked at again from the day on which the child was
        known."""
        return self._make_up(needs) if min(need.due for need in needs) < self._known_on else self._go_on(needs)

    def _needs(self) -> list[Need]:
        by_key: defaultdict[str, list[tuple[str, PatientSeries]]] = defaultdict(list)
        for antigen, one in self._walked.best.items():
            if one.forecast.status is SeriesStatus.NOT_COMPLETE and one.forecast.target is not None:
                by_key[one.forecast.target.key].append((antigen, one))
        needs = [self._put_off(need_of(key, of_key)) for key, of_key in by_key.items()]
        return [at_its_visit(need, needs) if need.is_by_interval else need for need in needs]

    def _put_off(self, need: Need) -> Need:
        """A dose of which nobody was reminded on its day, as one that is due soon after somebody may be."""
        told_on = self._not_before(need.key, need.due)
        if told_on is None or told_on < self._known_on or (need.latest is not None and need.latest < told_on):
            return need
        self._put_off_needs.setdefault(need.key, need)
        return need._replace(due=made_up_on([need], told_on + self._catch_up), overdue_after=None)

    def _go_on(self, needs: list[Need]) -> _Step:
        """A visit on the day on which the next doses are due, or soon after it, where others are due then."""
        day = day_of_visit(needs)
        coming = [need for need in needs if need.due <= day or need.earliest <= day >= need.due - NEAR]
        return _Step(day, coming, attempt=2 if all(need.key in self._put_off_needs for need in coming) else 1)

    def _told_without_a_day(self, needs: list[Need]) -> _Step | None:
        """The first visit, of those due before the child was known, of whose doses was told without a day."""
        told = [need for need in needs if need.due < self._known_on and self._assumed(need.key, need.due)]
        day = min((need.due for need in told), default=None)
        return None if day is None else _Step(day, [need for need in told if need.due == day], attempt=1)

    def _make_up(self, needs: list[Need]) -> _Step | None:
        """Visits of the past, each on its day, and one soon for all that was due before the child was known."""
        if (step := self._told_without_a_day(needs)) is not None:
            return step
        if self._walked.day < self._known_on:
            self._walked.go_to(self._known_on)
            return None
        missed = [need for need in needs if need.due < self._known_on]
        new = [need for need in missed if need.key not in self._missed]
        for day in sorted({need.due for need in new}):
            self.visits.append(_missed(day, self._met_together([need for need in new if need.due == day])))
        self._missed |= {need.key for need in new}
        usual = self._known_on + self._catch_up
        soon = with_what_follows(needs, missed, made_up_on(missed, usual))
        # Where one may not be given any more once somebody may be reminded, nobody has to be reminded of that one.
        for day in (self._told_from(soon), soon, max([soon, *(need.earliest for need in missed)])):
            coming = [need for need in needs if need.earliest <= day and need.due <= day + TOGETHER]
            in_time = [need for need in coming if need.latest is None or day <= need.latest]
            if soon <= self._known_on < usual:
                # She may hear of it too late: what can wait is asked for on the usual day.
                in_time = [need for need in in_time if need.latest is not None and need.latest < usual] or in_time
            if any(need.key in {one.key for one in missed} for need in in_time):
                return _Step(day, in_time, attempt=2)
        return _Step(day, coming, attempt=2)

    def _visit(self, step: _Step) -> None:
        """Plan a visit, and go on as if it were kept."""
        day, needs, attempt = step
        chosen = self._met_together([self._with_product(need, day) for need in needs])
        products = [(need.product, need.key) for need in chosen]
        held = {one.antigen for product, _ in products for one in self._schedule.products[product]}
        for need in chosen:
            # Where no one product will do, it is two, at one visit.
            for antigen in sorted(need.antigens - held):
                product = product_of_choice(need.listed[antigen], self._schedule, self._walked.best, day)
                products.append((product, need.key))
                held |= {one.antigen for one in self._schedule.products[product]}
        self._walked.think(day, products)
        keys = tuple(sorted({need.key for need in chosen}))
        self.visits.append(
            Visit(
                day,
                keys,
                tuple(key for key in keys if not self._assumed(key, day)),
                attempt,
                max(need.earliest for need in chosen),
                min((max(need.overdue_after, day) for need in chosen if need.overdue_after), default=None),
                min((need.latest for need in chosen if need.latest), default=None),
            )
        )

    def _met_together(self, needs: Iterable[Need]) -> list[Need]:
        return met_together(needs, self._schedule, self._walked.best)

    def _with_product(self, need: Need, day: dt.date) -> Need:
        return need._replace(product=product_of_choice(need.products, self._schedule, self._walked.best, day))

    def _plan_second_tries(self) -> None:
        """For each visit to come a second one, when its doses are overdue and no other visit comes before, or soon."""
        firsts = [visit for visit in self.visits if visit.attempt == 1 and visit.due >= self._known_on]
        days = sorted({visit.due for visit in self.visits})
        for visit in firsts:
            if visit.overdue_after is None or not visit.left:
                continue
            again = self._told_from(visit.overdue_after + _DAY + self._catch_up)
            if not any(visit.due < day <= again + NEAR for day in days) and (
                visit.latest is None or again <= visit.latest
            ):
                self.visits.append(Visit(again, visit.doses, visit.left, 2, visit.earliest, None, visit.latest))


def _missed(day: dt.date, needs: list[Need]) -> Visit:
    """A visit of the past that nobody has told of."""
    keys = tuple(sorted(need.key for need in needs))
    overdue_after = min((need.overdue_after for need in needs if need.overdue_after), default=None)
    latest = min((need.latest for need in needs if need.latest), default=None)
    return Visit(day, keys, keys, 1, max(need.earliest for need in needs), overdue_after, latest)


def _kept(patient: Patient, history: tuple[Given, ...], schedule: Schedule, known_on: dt.date) -> list[Visit]:
    """The visits that were kept: doses whose days are known and that count, by their days."""
    if not patient.doses:
        return []
    told = {dose.key for dose in patient.doses}
    last = max(dose.date for dose in patient.doses)
    record = Patient(patient.date_of_birth, patient.sex, history)
    best = assess(record, schedule, max(last, known_on)).best
    by_day: defaultdict[dt.date, set[str]] = defaultdict(set)
    for key, several in doses_had({antigen: found[0] for antigen, found in best.items()}, schedule).items():
        if several[0].key in told:
            by_day[several[0].date].add(key)
    return [Visit(day, tuple(sorted(keys)), ()) for day, keys in sorted(by_day.items())]
