"""A child's doses as a walk through its plan comes to them: those on record, and what is thought to be given between.

What is only thought to be given gives way to what is on record (HERA's own; CDSi knows of records alone).
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections import deque
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from hera.immunization.assess import assess
from hera.immunization.organize_history import Given, Patient, in_order
from hera.immunization.verdicts import Status

if TYPE_CHECKING:
    from hera.immunization.needs import Need
    from hera.immunization.schedule import Schedule
    from hera.immunization.select_series import PatientSeries

# Between two doses of one vaccine there are four weeks at least, in any schedule: what is told so soon after the day of
# a dose is that dose.
_ONE_DOSE = dt.timedelta(days=28)
_THOUGHT = 1_000_000_000  # keys of what is thought to be given lie below it, and below what the caller has there


class WalkedHistory:
    """The doses until a day, judged, and those on record that are still ahead.

    Args:
        patient: with the doses that are on record, whose days are known.
        day: where the walk begins.
        told_as: by the key of a dose on record, the key of the target dose as which it was told.

    Attributes:
        best: of each antigen the series that speaks for the child.
        until_the_last: the doses on record that were come to, and what was thought to be given before the last of them.
    """

    def __init__(self, patient: Patient, schedule: Schedule, day: dt.date, told_as: Mapping[int, str]) -> None:
        self.day = day
        self.best: dict[str, PatientSeries] = {}
        self._patient = patient
        self._schedule = schedule
        self._told_as = told_as
        doses = sorted(patient.doses, key=in_order)
        self._given = [dose for dose in doses if dose.date <= day]
        self._ahead = deque(dose for dose in doses if dose.date > day)
        self._keys = itertools.count(_THOUGHT)
        self._thought: dict[int, tuple[dt.date, str]] = {}  # by its key, the day and the target dose
        self.until_the_last = tuple(self._given)
        self._judge(schedule.series)

    @property
    def ahead(self) -> int:
        """How many doses on record are still ahead."""
        return len(self._ahead)

    @property
    def next_day(self) -> dt.date:
        """The day of the next of them."""
        return self._ahead[0].date

    def is_ahead(self, need: Need, *, is_assumed: bool) -> bool:
        """Whether the dose that a need asks for is on record, and later.

        Args:
            is_assumed: whether it was told without a day; else a record without a number is the dose, however late.
        """
        for dose in self._ahead:
            told_as = self._told_as.get(dose.key)
            if told_as == need.key:
                return True
            holds = any(one.antigen in need.antigens for one in self._schedule.products[dose.product])
            is_it = dose.date < need.due + _ONE_DOSE or (told_as is None and not is_assumed)
            if dose.counts and holds and is_it:
                return True
        return False

    def go_to(self, day: dt.date) -> None:
        """Judge all anew as of a later day."""
        self.day = day
        self._judge(self._schedule.series)

    def think(self, day: dt.date, products: Iterable[tuple[str, str]]) -> None:
        """Think that products were given on a day, each with the key of its target dose."""
        products = list(products)
        for product, target in products:
            self._given.append(Given(day, product, key=-next(self._keys)))
            self._thought[self._given[-1].key] = day, target
        self._go_on({product for product, _ in products}, day)

    def come_to_the_next(self) -> set[tuple[dt.date, str]]:
        """Come to the doses on record of the next day.

        Returns:
            What is not thought to be given any more, since it would keep one of them from counting: days, and the keys
            of target doses.
        """
        day, told = self.next_day, list[Given]()
        while self._ahead and self._ahead[0].date == day:
            told.append(self._ahead.popleft())
        self._given += told
        self._go_on({dose.product for dose in told}, day)
        in_the_way = self._in_the_way_of({dose.key for dose in told})
        if in_the_way:
            self._given = [dose for dose in self._given if dose.key not in in_the_way]
            self._judge(self._schedule.series)
        self.until_the_last = tuple(self._given)
        return {self._thought.pop(key) for key in in_the_way}

    def _in_the_way_of(self, told: set[int]) -> set[int]:
        verdicts = [one for best in self.best.values() for one in best.track.verdicts if one.dose.key in told]
        counting = {one.dose.key for one in verdicts if one.status is Status.VALID}
        others = (one.other.key for one in verdicts if one.other is not None and one.dose.key not in counting)
        return {key for key in others if key in self._thought}

    def _go_on(self, products: set[str], day: dt.date) -> None:
        before, self.day = self.day, max(self.day, day)
        self._judge(self._touched(products, before))

    def _judge(self, antigens: Iterable[str]) -> None:
        record = Patient(self._patient.date_of_birth, self._patient.sex, tuple(self._given))
        for antigen, found in assess(record, self._schedule, self.day, antigens=antigens).best.items():
            self.best[antigen] = found[0]

    def _touched(self, products: set[str], before: dt.date) -> set[str]:
        """The antigens whose next dose may be another one after these products were given, and time has passed."""
        live = any(product in self._schedule.live for product in products)
        return {one.antigen for product in products for one in self._schedule.products[product]} | {
            antigen
            for antigen in self.best
            if (live and _is_live(antigen, self._schedule))
            or any(before < day <= self.day for day in _turns(antigen, self._schedule, self._patient.date_of_birth))
        }


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
