"""Which visits are planned for a child by a country's pack: what is known of it, as the engine reads it, and back.

Pure functions of facts, a pack, and the day on which it was adopted. Dated records are judged by the engine; what was
told without a day (a tick, a year, a card that cannot be read) silences its doses and proves none.
"""

from __future__ import annotations

import datetime as dt
import functools
import logging
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from hera.child_health.plan.visits import AT_BIRTH, GIVEN_AT_BIRTH_UNTIL, VACCINATION, Planned
from hera.immunization.organize_history import Given, Patient
from hera.immunization.pack_schedule import schedule_of
from hera.immunization.visits import Visit, plan_visits

if TYPE_CHECKING:
    from hera.immunization.ages import Period
    from hera.immunization.pack import Pack
    from hera.immunization.pack import TargetDose as PackDose

log = logging.getLogger(__name__)
_REMEMBERED = 5_000  # plans: children without records who were born on one day have the same
# What two say of one dose counts once: who has seen the card is believed first.
_BELIEVED = ("card", "import", "survey", "mother", "tick")
SEEN = frozenset({"card", "import"})  # by somebody who reads which doses the child has had


class Record(NamedTuple):
    """What was told of a dose: the columns of `DoseGiven` that matter here.

    Args:
        due_by: of a tick of `vaccine_id`, the day by which its doses were due.
        day: the first that it can have been; None if nothing is known.
        precision: `day`, `month`, `year` or `unknown`.
        entered_on: the day on which it was told.
    """

    dose_id: int | None
    vaccine_id: int | None
    due_by: dt.date | None
    day: dt.date | None
    precision: str
    product: str
    text: str
    source: str
    campaign: bool
    entered_on: dt.date
    pk: int = 0


class ByPack:
    """Plans by one pack, for as long as it is in use.

    Args:
        before: what was in use when it was adopted: another pack, or the doses that were on calendars, by id, with
            their weeks of age.
    """

    def __init__(self, pack: Pack, adopted_on: dt.date, before: Mapping[int, int] | ByPack) -> None:
        self.pack = pack
        self.schedule = schedule_of(pack)
        self.adopted_on = adopted_on
        self._catch_up = dt.timedelta(days=pack.catch_up_days)
        doses = pack.doses()
        self.dose_names = {dose.id: dose.name for _, dose in doses.values()}
        self._id_of = {key: dose.id for key, (_, dose) in doses.items()}
        self._key_of = {dose.id: key for key, (_, dose) in doses.items()}
        self._vaccine_of = {key: vaccine.id for key, (vaccine, _) in doses.items()}
        self._before = before
        targets: Iterable[PackDose] = (
            target for several in pack.series.values() for series in several for target in series.doses
        )
        self._product_of: dict[str, str] = {}
        self._due_age_of: dict[str, Period] = {}
        for target in targets:
            self._product_of.setdefault(target.dose, target.products[0])
            self._due_age_of.setdefault(target.dose, target.due)
        self._product_named: dict[str, str] = {
            name.casefold(): product.key
            for product in reversed(list(pack.products.values()))
            for name in (product.cvx, *product.names.values(), product.key)
            if name
        }
        self._plan = functools.lru_cache(maxsize=_REMEMBERED)(self._planned)

    def of_child(
        self, born: dt.date, gender: str, registered_on: dt.date, records: Iterable[Record] = ()
    ) -> list[Planned]:
        """The visits of a child, those of the past too.

        Who was registered before the pack was adopted is taken to have had what the programme before it reminded of
        since somebody last saw its card; what this pack wants besides is made up for.

        Raises:
            OverflowError: if a date lies beyond the last day that there is.
            EndlessScheduleError: if the pack plans visits without end.
        """
        records = tuple(records)
        seen_on = max((one.entered_on for one in records if one.source in SEEN), default=born)
        given = self.given(records)
        dated = {one.key for one in given}
        told = {True: set[str](), False: set[str]()}  # whether with a day
        for one in records:
            if one.dose_id in self._key_of:
                told[one.pk in dated].add(self._key_of[one.dose_id])
        ticks = tuple((one.vaccine_id, one.due_by) for one in records if one.dose_id is None and one.due_by)
        silent = told[False]
        if registered_on < self.adopted_on and isinstance(self._before, ByPack):
            planned = self._before.of_child(born, gender, registered_on, records)
            known_before = max(born, seen_on, registered_on, self._before.adopted_on)
            given += self._taken_as_given(planned, known_before, told[True])
        elif registered_on < self.adopted_on:
            silent |= self._reminded(born, seen_on) - told[True]
        known = max(born, seen_on, registered_on, self.adopted_on)
        return list(self._plan(born, gender, known, given, frozenset(silent), ticks))

    def _reminded(self, born: dt.date, seen_on: dt.date) -> set[str]:
        """The doses of which due ages have reminded since the card was seen, before this pack was adopted."""
        assert not isinstance(self._before, ByPack)
        return {
            self._key_of[dose]
            for dose, week in self._before.items()
            if dose in self._key_of and seen_on <= born + dt.timedelta(weeks=week) < self.adopted_on
        }

    def _taken_as_given(self, planned: list[Planned], known_before: dt.date, told: set[str]) -> tuple[Given, ...]:
        """The doses of the visits that the pack before had planned, and reminded of, on the days of these visits.

        Args:
            planned: by the pack before, for which the child was known on the day `known_before`.
            told: the doses that are on record with their days.
        """
        days: dict[int, dt.date] = {}
        for visit in sorted(planned, key=lambda visit: visit.due):
            was_missed = visit.attempt == 1 and visit.left and visit.due < known_before
            if visit.due < self.adopted_on and not was_missed:
                days |= dict.fromkeys(visit.doses, visit.due)
        return tuple(
            Given(day, self._product_of[key], key=-dose)
            for dose, day in sorted(days.items())
            if (key := self._key_of.get(dose)) is not None and key not in told
        )

    @property
    def pack_before(self) -> ByPack | None:
        """What plans by the pack that was in use when this one was adopted; None if there was none."""
        return self._before if isinstance(self._before, ByPack) else None

    def due_ages(self) -> Iterable[Period]:
        """The ages at which doses are due for a child that is always on time."""
        return self._due_age_of.values()

    def due_by_age(self, dose_id: int, born: dt.date) -> dt.date:
        """The day on which a dose is due for a child that is always on time."""
        return self._due_age_of[self._key_of[dose_id]].after(born)

    def given(self, records: Iterable[Record]) -> tuple[Given, ...]:
        """The doses of a record that have a day, each once; their keys are those of the records."""
        best: dict[object, Record] = {}
        for one in records:
            if one.day is None or one.precision not in {"day", "month"} or self.product(one) is None:
                continue
            what = one.dose_id or (self.product(one), one.day)
            if what not in best or _rank(one) < _rank(best[what]):
                best[what] = one
        return tuple(
            Given(_latest(one), self.product(one) or "", counts=not one.campaign, key=one.pk)
            for one in sorted(best.values(), key=lambda one: one.pk)
        )

    def product(self, record: Record) -> str | None:
        """The product of a record, as the pack calls it; None if nobody can tell."""
        for told in (record.product, record.text):
            if found := self._product_named.get(told.strip().casefold()):
                return found
        return self._product_of.get(self._key_of.get(record.dose_id or 0, ""))

    def _planned(
        self,
        born: dt.date,
        gender: str,
        known_on: dt.date,
        given: tuple[Given, ...],
        silent: frozenset[str],
        ticks: tuple[tuple[int, dt.date], ...],
    ) -> tuple[Planned, ...]:
        def assumed(key: str, due: dt.date) -> bool:
            if key in silent:
                return True
            # Who ticks a vaccine knows the programme's ages, and not that another vaccine moves its day.
            by_age = min(due, self.due_by_age(self._id_of[key], born))
            if any(vaccine == self._vaccine_of[key] and by_age <= by for vaccine, by in ticks):
                return True
            return (due - born).days == AT_BIRTH and known_on - born < GIVEN_AT_BIRTH_UNTIL

        patient = Patient(born, gender, given)
        is_known = not silent and not ticks and known_on - born >= GIVEN_AT_BIRTH_UNTIL
        visits = plan_visits(patient, self.schedule, known_on, self._catch_up, assumed=None if is_known else assumed)
        return tuple(self._row(visit, born) for visit in visits if visit.doses)

    def _row(self, visit: Visit, born: dt.date) -> Planned:
        return Planned(
            VACCINATION,
            visit.attempt,
            (visit.due - born).days // 7,
            visit.due,
            self._ids(visit.doses),
            self._ids(visit.left),
            visit.earliest,
            visit.overdue_after,
            visit.latest,
        )

    def _ids(self, keys: Iterable[str]) -> tuple[int, ...]:
        """The doses by vaccine, then dose, as everywhere on the wire."""
        return tuple(
            self._id_of[key] for key in sorted(keys, key=lambda key: (self._vaccine_of[key], self._id_of[key]))
        )


def _rank(record: Record) -> tuple[int, int, int]:
    """The first of what was told of one dose is believed; of two days the later, so that nothing is planned early."""
    assert record.day is not None
    return _BELIEVED.index(record.source), -_latest(record).toordinal(), record.pk


def _latest(record: Record) -> dt.date:
    """The last day that it can have been."""
    assert record.day is not None
    if record.precision == "day":
        return record.day
    last = (record.day.replace(day=28) + dt.timedelta(days=4)).replace(day=1) - dt.timedelta(days=1)
    return max(record.day, min(last, record.entered_on))
