"""Visits: which doses come together on which day, until nothing is missing (HERA's own; CDSi knows of doses alone).

A plan follows from the record and the schedule, and not from today, so that it changes when a fact does and at no other
time. What nobody has told is taken to go on as planned: each visit that comes after the child was known is thought to
be kept on its day; what was due before is made up for in one visit soon after. A visit that may have been missed has
a second one, when its doses are overdue.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from hera.immunization.assess import assess
from hera.immunization.doses_had import doses_had
from hera.immunization.forecast import SeriesStatus
from hera.immunization.needs import NEAR, TOGETHER, Need, at_its_visit, day_of_visit, made_up_on, met_together, need_of
from hera.immunization.organize_history import Given, Patient
from hera.immunization.product_of_choice import product_of_choice
from hera.immunization.schedule import Schedule
from hera.immunization.select_series import PatientSeries

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


def plan_visits(
    patient: Patient,
    schedule: Schedule,
    known_on: dt.date,
    catch_up: dt.timedelta,
    *,
    assumed: Assumed | None = None,
    not_before: NotBefore | None = None,
    told_from: ToldFrom | None = None,
) -> list[Visit]:
    """The visits of a child, those of the past too, by day.

    Args:
        patient: with the doses whose dates are known.
        known_on: the day by which was told which doses the child had: its registration, or a card that was seen since.
        catch_up: how long after that, or after it is overdue, a child is expected for what it missed.
        not_before: of a dose that was due on a day, a later one on which it came out that it was not given, or from
            which on somebody may be reminded of it again. It is made up for after that; all else goes on as planned.
        told_from: of the day of a second try, that day, or the first on which somebody may be reminded of it.

    Raises:
        EndlessScheduleError: if the schedule never ends; `pack check` refuses such a pack.
    """
    planner = _Planner(patient, schedule, known_on, catch_up, assumed, not_before, told_from)
    planner.project()
    kept = _kept(patient, schedule, known_on)
    return sorted(kept + planner.visits, key=lambda visit: (visit.due, visit.attempt, visit.doses))


class _Planner:
    """Walks through the visits to come, as if each were kept."""

    def __init__(
        self,
        patient: Patient,
        schedule: Schedule,
        known_on: dt.date,
        catch_up: dt.timedelta,
        assumed: Assumed | None,
        not_before: NotBefore | None,
        told_from: ToldFrom | None,
    ) -> None:
        self.visits: list[Visit] = []
        self._patient = patient
        self._schedule = schedule
        self._known_on = known_on
        self._catch_up = catch_up
        self._assumed = assumed or _nothing
        self._not_before = not_before or _never
        self._told_from = told_from or _the_same
        self._missed: set[str] = set()
        self._put_off_needs: dict[str, Need] = {}  # as they were when they were first put off
        self._given = list(patient.doses)
        # What is told without a day is judged as if it had been given on its day, when the child was so young.
        since = known_on if assumed is None else min(known_on, patient.date_of_birth)
        self._day = max([since, *(dose.date for dose in patient.doses)])
        self._best: dict[str, PatientSeries] = {}
        self._judge(schedule.series)

    def project(self) -> None:
        """Make the visits, until nothing is missing."""
        for _ in range(_TOO_MANY):
            needs = self._needs()
            if not needs:
                break
            self._make_up(needs) if min(need.due for need in needs) < self._known_on else self._go_on(needs)
        else:
            raise EndlessScheduleError(
                f"This schedule plans more than {_TOO_MANY} visits of a child: look at its series."
            )
        self._plan_second_tries()
        put_off = list(self._put_off_needs.values())
        for day in sorted({need.due for need in put_off}):
            self.visits.append(_missed(day, self._met_together([need for need in put_off if need.due == day])))

    def _judge(self, antigens: Iterable[str]) -> None:
        record = Patient(self._patient.date_of_birth, self._patient.sex, tuple(self._given))
        for antigen, found in assess(record, self._schedule, self._day, antigens=antigens).best.items():
            self._best[antigen] = found[0]

    def _touched(self, products: set[str], before: dt.date) -> set[str]:
        """The antigens whose next dose may be another one after these products were given, and time has passed."""
        live = any(product in self._schedule.live for product in products)
        return {one.antigen for product in products for one in self._schedule.products[product]} | {
            antigen
            for antigen in self._best
            if (live and _is_live(antigen, self._schedule))
            or any(before < day <= self._day for day in _turns(antigen, self._schedule, self._patient.date_of_birth))
        }

    def _needs(self) -> list[Need]:
        by_key: defaultdict[str, list[tuple[str, PatientSeries]]] = defaultdict(list)
        for antigen, one in self._best.items():
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

    def _go_on(self, needs: list[Need]) -> None:
        """A visit on the day on which the next doses are due, or soon after it, where others are due then."""
        day = day_of_visit(needs)
        coming = [need for need in needs if need.due <= day or need.earliest <= day >= need.due - NEAR]
        self._visit(day, coming, attempt=2 if all(need.key in self._put_off_needs for need in coming) else 1)

    def _make_up(self, needs: list[Need]) -> None:
        """Visits of the past, each on its day, and one soon for all that was due before the child was known."""
        missed = [need for need in needs if need.due < self._known_on]
        told = [need for need in missed if self._assumed(need.key, need.due)]
        if told:
            day = min(need.due for need in told)
            self._visit(day, [need for need in told if need.due == day])
            return
        if self._day < self._known_on:
            self._day = self._known_on
            self._judge(self._schedule.series)
            return
        new = [need for need in missed if need.key not in self._missed]
        for day in sorted({need.due for need in new}):
            self.visits.append(_missed(day, self._met_together([need for need in new if need.due == day])))
        self._missed |= {need.key for need in new}
        usual = self._known_on + self._catch_up
        soon = made_up_on(missed, usual)
        # Where one may not be given any more once somebody may be reminded, nobody has to be reminded of that one.
        for day in (self._told_from(soon), soon, max([soon, *(need.earliest for need in missed)])):
            coming = [need for need in needs if need.earliest <= day and need.due <= day + TOGETHER]
            in_time = [need for need in coming if need.latest is None or day <= need.latest]
            if soon <= self._known_on < usual:
                # She may hear of it too late: what can wait is asked for on the usual day.
                in_time = [need for need in in_time if need.latest is not None and need.latest < usual] or in_time
            if any(need.key in {one.key for one in missed} for need in in_time):
                self._visit(day, in_time, attempt=2)
                return
        self._visit(day, coming, attempt=2)

    def _visit(self, day: dt.date, needs: Iterable[Need], attempt: int = 1) -> None:
        """Plan a visit, and go on as if it were kept."""
        chosen = self._met_together([self._with_product(need, day) for need in needs])
        before, self._day = self._day, max(self._day, day)
        self._given += [Given(day, need.product, key=-len(self._given) - 1) for need in chosen]
        self._judge(self._touched({need.product for need in chosen}, before))
        keys = tuple(sorted(need.key for need in chosen))
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
        return met_together(needs, self._schedule, self._best)

    def _with_product(self, need: Need, day: dt.date) -> Need:
        return need._replace(product=product_of_choice(need.products, self._schedule, self._best, day))

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


def _is_live(antigen: str, schedule: Schedule) -> bool:
    return any(
        rule.product in schedule.live
        for series in schedule.series[antigen]
        for dose in series.doses
        for rule in dose.preferable
    )


def _turns(antigen: str, schedule: Schedule, born: dt.date) -> Iterable[dt.date]:
    """The days on which another series, or none, may be for a child that has had nothing more."""
    for series in schedule.series[antigen]:
        for period in (series.minimum_age_to_start, series.maximum_age_to_start):
            if period is not None:
                yield period.after(born)
        for dose in series.doses:
            for rule in dose.ages:
                if rule.maximum is not None:
                    yield rule.maximum.after(born)


def _missed(day: dt.date, needs: list[Need]) -> Visit:
    """A visit of the past that nobody has told of."""
    keys = tuple(sorted(need.key for need in needs))
    overdue_after = min((need.overdue_after for need in needs if need.overdue_after), default=None)
    latest = min((need.latest for need in needs if need.latest), default=None)
    return Visit(day, keys, keys, 1, max(need.earliest for need in needs), overdue_after, latest)


def _kept(patient: Patient, schedule: Schedule, known_on: dt.date) -> list[Visit]:
    """The visits that were kept: doses that count, by their days."""
    last = max((dose.date for dose in patient.doses), default=known_on)
    by_day: defaultdict[dt.date, set[str]] = defaultdict(set)
    best = assess(patient, schedule, max(last, known_on)).best
    for key, several in doses_had({antigen: found[0] for antigen, found in best.items()}, schedule).items():
        by_day[several[0].date].add(key)
    return [Visit(day, tuple(sorted(keys)), ()) for day, keys in sorted(by_day.items())]
