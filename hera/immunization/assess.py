"""The whole of it: a person's record against a schedule on a day (CDSi 4)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from hera.immunization.evaluate_series import evaluate_series
from hera.immunization.forecast import forecast
from hera.immunization.organize_history import Given, Patient, antigens_of, by_antigen
from hera.immunization.relevant_series import relevant_series
from hera.immunization.schedule import Schedule
from hera.immunization.select_series import PatientSeries, best_series
from hera.immunization.set_aside import set_aside
from hera.immunization.vaccine_group import GroupForecast, forecast_group
from hera.immunization.verdicts import Verdict


@dataclass(frozen=True)
class Assessment:
    """What was found of a person.

    Args:
        best: of each antigen the series that speak for the person, with verdicts on the doses given.
        groups: of each vaccine group what comes next.
        aside: verdicts on doses that were held against no series.
    """

    best: Mapping[str, list[PatientSeries]]
    groups: Mapping[str, GroupForecast]
    aside: tuple[Verdict, ...] = ()


def assess(
    patient: Patient, schedule: Schedule, today: dt.date, *, antigens: Iterable[str] | None = None
) -> Assessment:
    """Judge every dose given and say what comes next.

    Args:
        antigens: of which; all of the schedule if None.
    """
    patient, aside = set_aside(patient, schedule, today)
    judge = _Judge(patient, schedule, today, {})
    asked = list(schedule.series) if antigens is None else list(antigens)
    best = {antigen: found for antigen in asked if (found := judge.best(antigen))}
    groups = {}
    for group in schedule.groups:
        series = [best[antigen] for antigen in group.antigens if antigen in best]
        of_group = forecast_group(group, series)
        if of_group is not None:
            groups[group.name] = of_group
    return Assessment(best, groups, aside)


class _Judge:
    """Works out each antigen once; one may ask about another, only about days before.

    Args:
        patient: with doses in order.
        counted: what is known already of whether live vaccines counted. The answer is the same on every later day, so
            that those who ask about earlier days share it: else each live vaccine would double the work.
    """

    def __init__(self, patient: Patient, schedule: Schedule, today: dt.date, counted: dict[Given, bool]) -> None:
        self._patient = patient
        self._schedule = schedule
        self._today = today
        self._history = by_antigen(patient, schedule)
        self._best: dict[str, list[PatientSeries]] = {}
        self._counted = counted

    def best(self, antigen: str) -> list[PatientSeries]:
        """The series of an antigen that speak for the person."""
        if antigen not in self._best:
            self._best[antigen] = best_series(self._evaluated(antigen), self._today)
        return self._best[antigen]

    def _evaluated(self, antigen: str) -> list[PatientSeries]:
        evaluated: dict[str, PatientSeries] = {}
        relevant = relevant_series(antigen, self._patient, self._schedule)

        def is_complete(groups: frozenset[str]) -> bool:
            return any(
                evaluated[one.name].is_complete for one in relevant if one.group in groups and one.name in evaluated
            )

        for series in relevant:
            track = evaluate_series(
                series,
                self._patient,
                self._history.get(antigen, ()),
                self._schedule,
                is_complete=is_complete,
                counted=self._has_counted,
            )
            next_dose = forecast(track, self._schedule, self._today, is_complete)
            evaluated[series.name] = PatientSeries(track, next_dose, self._today)
        return list(evaluated.values())

    def _has_counted(self, dose: Given) -> bool:
        """Whether a live dose counted for any antigen, as the doses up to its day have it (CALCDTLIVE-3)."""
        for one in self._patient.doses:  # oldest first, so that each finds what it asks about
            if one.date > dose.date:
                break
            if one.product in self._schedule.live and one not in self._counted:
                self._counted[one] = self._counts(one)
        return self._counted[dose]

    def _counts(self, dose: Given) -> bool:
        then = replace(self._patient, doses=tuple(one for one in self._patient.doses if one.date <= dose.date))
        earlier = _Judge(then, self._schedule, dose.date, self._counted)
        return any(
            dose in one.track.valid
            for antigen in antigens_of(dose, then, self._schedule)
            for one in earlier.best(antigen)
        )
