"""Which visits are planned for a child by a country's pack: what is known of it, as the engine reads it, and back.

Pure functions of facts, a pack, and the day on which it was adopted. Dated records are judged by the engine; what was
told without a day (a tick, a year, a card that cannot be read) silences its doses and proves none.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from hera.child_health.plan.doses_told import DosesTold, doses_told
from hera.child_health.plan.visits import AT_BIRTH, GIVEN_AT_BIRTH_UNTIL, VACCINATION, Planned
from hera.immunization.organize_history import Given, Patient
from hera.immunization.pack_schedule import schedule_of
from hera.immunization.visits import Visit, plan_visits

if TYPE_CHECKING:
    from hera.child_health.plan.due_ages import DueAges
    from hera.child_health.plan.subject import Record, Silence, Subject, TakenBack
    from hera.immunization.ages import Period
    from hera.immunization.pack import Pack
    from hera.immunization.pack import TargetDose as PackDose

_OLDEST = dt.timedelta(days=100 * 366)
_REMEMBERED = 5_000  # plans: children without records who were born on one day have the same


class _Hearsay(NamedTuple):
    """What was told without a day, or taken back.

    Args:
        ticks: vaccines, with the day by which their doses were due.
        with_day: by its id, the day on which a dose that has a day was told.
    """

    ticks: tuple[tuple[int, dt.date], ...]
    with_day: tuple[tuple[int, dt.date], ...]
    taken_back: tuple[TakenBack, ...]


class _Made(NamedTuple):
    """The visits of a child, and the history of doses by which they are planned."""

    visits: tuple[Planned, ...]
    history: tuple[Given, ...] = ()


class ByPack:
    """Plans by one pack, for as long as it is in use.

    Args:
        before: what was in use when it was adopted.

    Attributes:
        product_of_dose: of its doses, and of those that were on calendars before it, the product as it calls it.
    """

    def __init__(self, pack: Pack, adopted_on: dt.date, before: DueAges | ByPack) -> None:
        self.pack = pack
        self.schedule = schedule_of(pack)
        self.adopted_on = adopted_on
        self._catch_up = dt.timedelta(days=pack.catch_up_days)
        doses = pack.doses()
        self.dose_names = {dose.id: dose.name for _, dose in doses.values()}
        self._id_of = {key: dose.id for key, (_, dose) in doses.items()}
        self._key_of = {dose.id: key for key, (_, dose) in doses.items()}
        self._vaccine_of = {key: vaccine.id for key, (vaccine, _) in doses.items()}
        self.before = before
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
        own = {self._id_of[key]: product for key, product in self._product_of.items()}
        self.product_of_dose: Mapping[int, str] = dict(self._products_of_earlier()) | own
        self._plan = functools.lru_cache(maxsize=_REMEMBERED)(self._planned)
        self._of_child = functools.lru_cache(maxsize=4)(self._visits)  # each is asked by those that came after it

    def _products_of_earlier(self) -> Iterator[tuple[int, str]]:
        """Of doses that were on calendars before this pack, the product: what was told of them counts for what it
        protects against, though none of the pack's doses is theirs."""
        if isinstance(self.before, ByPack):
            known = self.before.pack.products
            for dose, key in self.before.product_of_dose.items():
                product = key if key in self.pack.products else self._product_named.get(known[key].cvx)
                if product is not None:
                    yield dose, product
            return
        of_vaccine: defaultdict[int, set[str]] = defaultdict(set)
        for key, product in self._product_of.items():
            of_vaccine[self._vaccine_of[key]].add(product)
        for dose, vaccine in self.before.vaccine_of.items():
            if len(of_vaccine[vaccine]) == 1:
                yield dose, min(of_vaccine[vaccine])

    def of_child(self, child: Subject) -> list[Planned]:
        """The visits of a child, those of the past too.

        Who was registered before the pack was adopted is taken to have had what the programme before it reminded of
        since somebody last saw its card; what this pack wants besides is made up for. But where this pack would have
        planned until its adoption what the pack before it did, it goes on with that one's visits as they are. Who would
        be older than anybody, by a date that was mistaken, is asked for nothing.

        Raises:
            OverflowError: if a date lies beyond the last day that there is.
            EndlessScheduleError: if the pack plans visits without end.
        """
        return list(self._of_child(child).visits)

    def history_of(self, child: Subject) -> tuple[Given, ...]:
        """The doses of a child whose days are known, by the keys of their records, and what is taken as given before
        the last of them, by keys that are no record's."""
        return self._of_child(child).history

    @functools.cached_property
    def _in_its_place(self) -> ByPack | None:
        """This pack, had it been adopted instead of the one that it followed; None if it followed none."""
        return (
            ByPack(self.pack, self.before.adopted_on, self.before.before) if isinstance(self.before, ByPack) else None
        )

    def _goes_on(self, child: Subject) -> ByPack | None:
        """This pack in place of the one before, if it would have planned for this child what that one did until now."""
        if self._in_its_place is None or child.registered_on >= self.adopted_on:
            return None
        assert isinstance(self.before, ByPack)
        by_both = (one.reminded_of(child, self.adopted_on) for one in (self.before, self._in_its_place))
        return self._in_its_place if next(by_both) == next(by_both) else None

    def reminded_of(self, child: Subject, until: dt.date) -> set[tuple[int, dt.date, tuple[int, ...]]]:
        """The visits of which it reminded before a day: which try, its day, and the doses that were left."""
        known = self.known_on(child)
        return {
            (visit.attempt, visit.due, visit.left)
            for visit in self.of_child(child)
            if visit.left and visit.due < until and not _was_missed(visit, known, child)
        }

    def known_on(self, child: Subject) -> dt.date:
        """The day from which on nobody is taken to have missed what is planned."""
        in_its_place = self._goes_on(child)
        if in_its_place is not None:
            return in_its_place.known_on(child)
        return max(child.born, child.seen_on, child.registered_on, self.adopted_on)

    def _visits(self, child: Subject) -> _Made:
        known = max(child.born, child.seen_on, child.registered_on, self.adopted_on)
        if known - child.born > _OLDEST:
            return _Made((), self.doses_told(child).given)
        in_its_place = self._goes_on(child)
        if in_its_place is not None:
            return _Made(tuple(in_its_place.of_child(child)), in_its_place.history_of(child))
        said = self.doses_told(child)
        given, silent = said.given, {self._key_of[dose] for dose in said.without_day}
        not_given = {self._id_of[key] for key in self._not_given(child.taken_back, child.born)}
        ticks = tuple(
            (one.vaccine_id, one.due_by)
            for one in child.records
            if one.dose_id is None and one.vaccine_id is not None and one.due_by
        )
        if child.registered_on < self.adopted_on:
            if isinstance(self.before, ByPack):
                given += self._taken_as_given(self.before, child, not_given | said.with_day.keys())
            else:
                told = self.before.told(child, self.adopted_on) - not_given - said.with_day.keys()
                silent |= {self._key_of[dose] for dose in told if dose in self._key_of}
        return self._plan(
            child.born,
            child.gender,
            known,
            given,
            frozenset(silent),
            _Hearsay(ticks, tuple(said.with_day.items()), child.taken_back),
            child.silences,
            self._told_as(child, given),
        )

    def _told_as(self, child: Subject, given: Iterable[Given]) -> tuple[tuple[int, str], ...]:
        """By the key of each dose given the key of that of the pack as which it was told."""
        dose_of = {one.pk: one.dose_id for one in child.records}
        dose_ids = ((one.key, dose_of.get(one.key) if one.key > 0 else -one.key) for one in given)
        return tuple((key, self._key_of[dose]) for key, dose in dose_ids if dose is not None and dose in self._key_of)

    def doses_told(self, child: Subject) -> DosesTold:
        """What the records of a child say."""
        return doses_told(child.records, self.product, child.born, self._key_of)

    def told(self, child: Subject, until: dt.date) -> frozenset[int]:
        """The doses of which this pack, and what held before it, had told before a day, since the card was seen."""
        is_older = child.registered_on < self.adopted_on and child.seen_on < self.adopted_on
        before = self.before.told(child, self.adopted_on) if is_older else frozenset()
        return before | self._told_between(child, dt.date.min, until)

    def told_itself(self, child: Subject, until: dt.date) -> frozenset[int]:
        """The doses of the visits that this pack had planned, while it was in use, before a day."""
        return self._told_between(child, self.adopted_on, until)

    def _told_between(self, child: Subject, since: dt.date, until: dt.date) -> frozenset[int]:
        known = self.known_on(child)
        return frozenset(
            dose
            for visit in self.of_child(child)
            if since <= visit.due < until and not _was_missed(visit, known, child)
            for dose in visit.doses
        )

    def _taken_as_given(self, before: ByPack, child: Subject, otherwise: set[int]) -> tuple[Given, ...]:
        """The doses of the visits that the pack before had planned, and reminded of, on the days of these visits.

        Args:
            otherwise: the ids of doses that are on record with their days, or told not to have been given.
        """
        known = before.known_on(child)
        days: dict[int, dt.date] = {}
        for visit in sorted(before.of_child(child), key=lambda visit: visit.due):
            if visit.due < self.adopted_on and not _was_missed(visit, known, child):
                days |= dict.fromkeys(visit.doses, visit.due)
        return tuple(
            Given(day, self._product_of[key], key=-dose)
            for dose, day in sorted(days.items())
            if dose not in otherwise and (key := self._key_of.get(dose)) is not None
        )

    def due_ages(self) -> Iterable[Period]:
        """The ages at which doses are due for a child that is always on time."""
        return self._due_age_of.values()

    def due_by_age(self, dose_id: int, born: dt.date) -> dt.date:
        """The day on which a dose is due for a child that is always on time."""
        return self._due_age_of[self._key_of[dose_id]].after(born)

    def product(self, record: Record) -> str | None:
        """The product of a record, as the pack calls it; None if nobody can tell."""
        for told in (record.product, record.text):
            if found := self._product_named.get(told.strip().casefold()):
                return found
        return self.product_of_dose.get(record.dose_id or 0)

    def _planned(
        self,
        born: dt.date,
        gender: str,
        known_on: dt.date,
        given: tuple[Given, ...],
        silent: frozenset[str],
        hearsay: _Hearsay,
        silences: tuple[Silence, ...],
        told_as: tuple[tuple[int, str], ...],
    ) -> _Made:
        with_day, not_given = dict(hearsay.with_day), self._not_given(hearsay.taken_back, born)

        def is_told(key: str, due: dt.date) -> bool:
            # Who ticks a vaccine knows the programme's ages, and not that another vaccine moves its day.
            by_age = min(due, self.due_by_age(self._id_of[key], born))
            told_on = with_day.get(self._id_of[key])
            return key in silent or any(
                vaccine == self._vaccine_of[key] and by_age <= by and (told_on is None or told_on < by)
                for vaccine, by in hearsay.ticks
            )

        def assumed(key: str, due: dt.date) -> bool:
            at_birth = (due - born).days == AT_BIRTH and known_on - born < GIVEN_AT_BIRTH_UNTIL
            return is_told(key, due) or (at_birth and key not in not_given)

        def told_from(day: dt.date) -> dt.date:
            for one in silences:
                # Who pauses on the day of a visit was reminded of it.
                if one.since < day < one.until:
                    day = one.until + self._catch_up
            return day

        def not_before(key: str, due: dt.date) -> dt.date | None:
            if assumed(key, due):
                return None
            on = [day for day in (not_given.get(key),) if day is not None and due <= day]
            on += [one.until for one in silences if one.since < due < one.until]
            return told_from(max(on) + self._catch_up) - self._catch_up if on else None

        patient = Patient(born, gender, given)
        is_known = not silent and not hearsay.ticks and known_on - born >= GIVEN_AT_BIRTH_UNTIL
        plan = plan_visits(
            patient,
            self.schedule,
            known_on,
            self._catch_up,
            told_as=dict(told_as),
            assumed=None if is_known else assumed,
            not_before=not_before if not_given or silences else None,
            told_from=told_from if silences else None,
        )
        return _Made(tuple(self._row(visit, born) for visit in plan.visits if visit.doses), plan.history)

    def _not_given(self, taken_back: Iterable[TakenBack], born: dt.date) -> dict[str, dt.date]:
        """The doses of which that was the last word, by key, with the day of it."""
        found: dict[str, dt.date] = {}
        for one in taken_back:
            for key, dose in self._id_of.items():
                of_tick = self._vaccine_of[key] == one.vaccine_id and one.due_by is not None
                if dose == one.dose_id or (of_tick and self.due_by_age(dose, born) <= (one.due_by or born)):
                    found[key] = max(one.on, found.get(key, one.on))
        return found

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


def _was_missed(visit: Planned, known: dt.date, child: Subject) -> bool:
    """Whether it was due when nobody could, or was to, remind of it: its doses are planned once more."""
    if visit.attempt > 1 or not visit.left:
        return False
    return visit.due < known or any(one.since < visit.due < one.until for one in child.silences)
