"""Trying a pack: its own worked cases, and children who come on time or late and are given what is due."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from hera.immunization import pack as packs
from hera.immunization.assess import assess
from hera.immunization.forecast import SeriesStatus
from hera.immunization.organize_history import Given, Patient
from hera.immunization.product_of_choice import product_of_choice
from hera.immunization.schedule import Schedule
from hera.immunization.select_series import PatientSeries
from hera.immunization.vaccine_group import GroupForecast
from hera.immunization.verdicts import Status

BORN = dt.date(2023, 3, 14)
LATE_BY_WEEKS = range(0, 521, 40)


def standing(forecast: GroupForecast, today: dt.date) -> str:
    """What the next dose is today: later, may be given, due, overdue; or what its series has come to."""
    if forecast.status is not SeriesStatus.NOT_COMPLETE or forecast.earliest is None or forecast.recommended is None:
        return forecast.status.value
    if today < forecast.earliest:
        return "later"
    if today < forecast.recommended:
        return "may be given"
    return "due" if forecast.past_due is None or today <= forecast.past_due else "overdue"


def differences(case: packs.Case, schedule: Schedule) -> Iterator[tuple[str, str]]:
    """Where a worked case does not come out: the antigen, and what came out instead."""
    doses = tuple(Given(date, product, key=number) for number, (product, date) in enumerate(case.doses))
    found = assess(Patient(case.born, case.sex, doses), schedule, case.today).groups
    for antigen, expected in case.expect.items():
        forecast = found.get(antigen)
        if forecast is None:
            yield antigen, "nothing is planned of it for this child."
            continue
        got: Mapping[str, object] = {
            "next": forecast.number,
            "earliest": forecast.earliest,
            "due": forecast.recommended,
            "overdue_after": forecast.past_due,
            "status": standing(forecast, case.today),
        }
        for name, wanted in expected.items():
            if got[name] != wanted:
                yield antigen, f"{name} should be {wanted}, and comes out as {got[name]}."


@dataclass
class Walk:
    """A child who comes when something is due, and what went wrong."""

    given: list[Given] = field(default_factory=list)
    statuses: dict[str, SeriesStatus] = field(default_factory=dict)
    troubles: list[str] = field(default_factory=list)


def walk(
    schedule: Schedule,
    *,
    first_visit: dt.timedelta = dt.timedelta(0),
    born: dt.date = BORN,
    sex: str = "FEMALE",
    eager: bool = False,
) -> Walk:
    """Bring a child from a first visit on to every day on which a dose is due, and give what is due then.

    Args:
        first_visit: how long after birth.
        eager: give as soon as it may be given, rather than when it is due.
    """
    walked = Walk()
    day = born + first_visit
    now: dict[str, PatientSeries] = {}
    while len(walked.given) < _TOO_MANY:
        patient = Patient(born, sex, tuple(walked.given))
        best = assess(patient, schedule, day).best
        waiting = {
            antigen: one[0] for antigen, one in best.items() if one[0].forecast.status is SeriesStatus.NOT_COMPLETE
        }
        if not waiting:
            walked.statuses = {antigen: one[0].forecast.status for antigen, one in best.items()}
            return walked
        days = {antigen: _day(one, eager) for antigen, one in waiting.items()}
        now = {antigen: waiting[antigen] for antigen, wanted in days.items() if wanted <= day}
        if not now:
            day = min(days.values())
            continue
        products = _products(schedule, now, best, day)
        walked.given += [Given(day, product, key=len(walked.given) + n) for n, product in enumerate(products)]
        walked.troubles += _not_counted(Patient(born, sex, tuple(walked.given)), schedule, day, now)
        if walked.troubles:
            return walked
    walked.troubles += [
        f"{_named(antigen, one)}: the child comes and comes, and is never done." for antigen, one in now.items()
    ]
    return walked


def delays(walked: Walk, schedule: Schedule, *, born: dt.date = BORN, sex: str = "FEMALE") -> Iterator[tuple[str, str]]:
    """What a child was given after the age at which it is due: the antigen, and which dose when."""
    last = max((dose.date for dose in walked.given), default=born)
    for antigen, best in assess(Patient(born, sex, tuple(walked.given)), schedule, last).best.items():
        for target, dose in best[0].track.satisfied:
            due = target.age_on(dose.date).earliest_recommended
            if due is not None and due.after(born) < dose.date:
                days = (dose.date - due.after(born)).days
                yield antigen, f"{target.key}, due at {due}, may be given only {days} day{'s' * (days > 1)} later."


_TOO_MANY = 150  # doses; no programme has half of it


def _named(antigen: str, one: PatientSeries) -> str:
    """An antigen, and the dose that comes next."""
    return f"{antigen}, {one.forecast.target.key}" if one.forecast.target else antigen


def _day(one: PatientSeries, eager: bool) -> dt.date:
    wanted = one.forecast.earliest if eager else one.forecast.recommended
    assert wanted is not None  # of a series that is not complete
    return wanted


def _products(
    schedule: Schedule, now: Mapping[str, PatientSeries], best: Mapping[str, list[PatientSeries]], day: dt.date
) -> list[str]:
    """What a nurse gives: of each dose the product of choice, and as few products as will do."""
    ahead = {antigen: found[0] for antigen, found in best.items()}
    wanted = set()
    for one in now.values():
        target = one.forecast.target
        assert target is not None  # of a series that is not complete
        wanted.add(product_of_choice([rule.product for rule in target.preferable], schedule, ahead, day))
    chosen: list[str] = []
    left = set(now)
    for product in sorted(wanted, key=lambda key: (-len(schedule.products[key]), key)):
        held = {one.antigen for one in schedule.products[product]}
        if left & held:
            chosen.append(product)
            left -= held
    return chosen


def _not_counted(patient: Patient, schedule: Schedule, day: dt.date, now: Mapping[str, PatientSeries]) -> Iterator[str]:
    """Of the doses that were due on a day those that do not count, or only by the days of grace.

    A dose may at the same time begin, or complete, a series for later children by those days: that is no fault.
    """
    best = assess(patient, schedule, day).best
    for antigen, before in now.items():
        judged = [(one, verdict) for one in best[antigen] for verdict in one.track.verdicts if verdict.dose.date == day]
        counted = [(one, verdict) for one, verdict in judged if verdict.status is Status.VALID]
        given = f"{_named(antigen, before)}: given on {day:%Y-%m-%d}, when it was due, it"
        if not counted:
            why = ", ".join(sorted({str(verdict.reason) for _, verdict in judged}))
            yield f"{given} does not count ({why})."
        elif any(verdict.in_grace and one.series.name == before.series.name for one, verdict in counted):
            yield f"{given} counts only by the days of grace."
