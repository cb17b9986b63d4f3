"""The whole of it: a person's record against a schedule on a day (CDSi 4)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from hera.immunization.evaluate_series import evaluate_series
from hera.immunization.forecast import forecast
from hera.immunization.organize_history import Given, Patient, by_antigen
from hera.immunization.relevant_series import relevant_series
from hera.immunization.schedule import Schedule
from hera.immunization.select_series import PatientSeries, best_series
from hera.immunization.vaccine_group import GroupForecast, forecast_group


@dataclass(frozen=True)
class Assessment:
    """Of each antigen the series that speak for a person, and of each vaccine group what comes next."""

    best: Mapping[str, list[PatientSeries]]
    groups: Mapping[str, GroupForecast]


def assess(
    patient: Patient, schedule: Schedule, today: dt.date, *, antigens: Iterable[str] | None = None
) -> Assessment:
    """Judge every dose given and say what comes next.

    Args:
        antigens: of which; all of the schedule if None.
    """
    judge = _Judge(patient, schedule, today)
    asked = list(schedule.series) if antigens is None else list(antigens)
    best = {antigen: found for antigen in asked if (found := judge.best(antigen))}
    groups = {}
    for group in schedule.groups:
        series = [best[antigen] for antigen in group.antigens if antigen in best]
        of_group = forecast_group(group, series)
        if of_group is not None:
            groups[group.name] = of_group
    return Assessment(best, groups)


class _Judge:
    """Works out each antigen once; one may ask about another, only about days before."""

    def __init__(self, patient: Patient, schedule: Schedule, today: dt.date) -> None:
        self._patient = patient
        self._schedule = schedule
        self._today = today
        self._history = by_antigen(patient, schedule)
        self._best: dict[str, list[PatientSeries]] = {}
        self._counted: dict[Given, bool] = {}

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
            evaluated[series.name] = PatientSeries(track, forecast(track, self._schedule, self._today, is_complete))
        return list(evaluated.values())

    def _has_counted(self, dose: Given) -> bool:
        """Whether a dose counted for any antigen, as its doses up to that day have it (CALCDTLIVE-3)."""
        if dose not in self._counted:
            until = tuple(one for one in self._patient.doses if one.date <= dose.date)
            earlier = _Judge(Patient(self._patient.date_of_birth, self._patient.sex, until), self._schedule, dose.date)
            self._counted[dose] = any(
                dose in one.track.valid
                for product in self._schedule.products.get(dose.product, ())
                for one in earlier.best(product.antigen)
            )
        return self._counted[dose]
