"""The calendar of a family: which doses and antenatal visits fall on which day. Pure functions, no queries."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple

from hera.child_health import pregnancy_dates


def months_of_age(born: dt.date, day: dt.date) -> int:
    """Months of age as the calendar counts them; a day within the month of birth, or before it, is 0.

    Not completed months: on which day of a month these change would tell the birthday to whoever may not know it.
    """
    return max(0, (day.year - born.year) * 12 + day.month - born.month)


class EventType(StrEnum):
    VACCINATION = "vaccination"
    PRENATAL_CHECKUP = "prenatal_checkup"
    # On no calendar: a shipped app shows whatever it does not know as a check-up in pregnancy. The birth is asked
    # about; the visits after it are told, and a list of their own has them.
    EXPECTED_BIRTH = "expected_birth"
    POSTNATAL_CHECKUP = "postnatal_checkup"


_OF_EVERY_EVENT = frozenset({"date", "event_type", "event_key"})
# What templates may name: the fields of an event's `context`.
FIELDS: dict[str, frozenset[str]] = {
    EventType.VACCINATION: _OF_EVERY_EVENT | {"person_name", "child_id", "vaccine_names", "dose_ids", "week_age"},
    EventType.PRENATAL_CHECKUP: _OF_EVERY_EVENT | {"pregnancy_id", "weeks_pregnant"},
    EventType.EXPECTED_BIRTH: _OF_EVERY_EVENT | {"pregnancy_id"},
    EventType.POSTNATAL_CHECKUP: _OF_EVERY_EVENT | {"pregnancy_id", "contact"},
}


@dataclass(frozen=True, slots=True)
class Dose:
    """A dose of an active vaccine, with what matters of that vaccine."""

    id: int
    week_age: int
    vaccine_id: int
    vaccine_name: str  # as parents see it
    for_male: bool
    for_female: bool


@dataclass(frozen=True)
class DoseGroup:
    """All doses that a child gets on one day, ordered by vaccine, then dose."""

    week_age: int
    dose_ids: tuple[int, ...]
    vaccine_names: tuple[str, ...]

    # One group is on the calendars of a whole country: what follows from it is worked out once.
    @cached_property
    def joined_ids(self) -> str:
        return ",".join(map(str, self.dose_ids))

    @cached_property
    def texts(self) -> dict[str, str]:
        """What templates read of it."""
        return {
            "vaccine_names": ", ".join(self.vaccine_names),
            "dose_ids": self.joined_ids,
            "week_age": str(self.week_age),
        }


class Status(StrEnum):
    """How a visit by a pack stands on a day."""

    GIVEN = "given"
    UPCOMING = "upcoming"
    DUE = "due"
    OVERDUE = "overdue"


class Detail(NamedTuple):
    """What a pack knows of a visit besides its day; `why` says it in a sentence, in the reader's language."""

    status: Status
    earliest: dt.date | None
    overdue_after: dt.date | None
    dose_names: tuple[str, ...]
    why: str


def status_on(today: dt.date, due: dt.date, overdue_after: dt.date | None, *, is_open: bool) -> Status:
    """How a visit stands on a day.

    Args:
        overdue_after: the last day on which it is not overdue; None if nobody says so: then it stays due.
        is_open: whether it has doses left.
    """
    if not is_open:
        return Status.GIVEN
    if today < due:
        return Status.UPCOMING
    return Status.OVERDUE if overdue_after is not None and today > overdue_after else Status.DUE


class Vaccination(NamedTuple):
    """One visit to the vaccination centre."""

    date: dt.date
    child_id: int
    person_name: str
    group: DoseGroup
    left: DoseGroup | None = None  # the doses that the child has not had, if it had some
    attempt: int = 1  # from 2 on: planned anew, since the one before was missed
    detail: Detail | None = None  # by a pack alone

    def without(self, left: DoseGroup) -> Vaccination:
        """The same visit, by the same key, of which only these doses are left."""
        return self if left is self.group else self._replace(left=left)

    @property
    def event_type(self) -> EventType:
        return EventType.VACCINATION

    @property
    def event_key(self) -> str:
        anew = f"try-{self.attempt}/" if self.attempt > 1 else ""
        return f"vaccination/child-{self.child_id}/{anew}doses-{self.group.joined_ids}"

    def fields(self) -> dict[str, object]:
        """The event as clients read it."""
        return {
            "date": self.date.isoformat(),
            "event_type": self.event_type.value,
            "event_key": self.event_key,
            "person_name": self.person_name,
            "vaccine_names": list(self.group.vaccine_names),
            "child_id": self.child_id,
            "dose_ids": list(self.group.dose_ids),
            "week_age": self.group.week_age,
            **self._more(),
        }

    def _more(self) -> dict[str, object]:
        """What is beside the keys that every app knows."""
        if self.detail is None:
            return {}
        status, earliest, overdue_after, dose_names, why = self.detail
        return {
            "status": status.value,
            "earliest": earliest and earliest.isoformat(),
            "overdue_after": overdue_after and overdue_after.isoformat(),
            "dose_names": list(dose_names),
            "why": why,
        }

    def context(self) -> dict[str, str]:
        """The event as templates read it: texts only."""
        return {
            "date": self.date.isoformat(),
            "event_type": self.event_type.value,
            "event_key": self.event_key,
            "person_name": self.person_name,
            "child_id": str(self.child_id),
            **(self.left or self.group).texts,
        }


class Window(NamedTuple):
    """What a pack knows of an antenatal visit besides its day: when she may come, and the doses of Td, by number."""

    earliest: dt.date
    latest: dt.date
    td_doses: tuple[int, ...] = ()


class PrenatalVisit(NamedTuple):
    """One antenatal visit."""

    date: dt.date
    pregnancy_id: int
    weeks_pregnant: int
    window: Window | None = None  # by a pack alone
    attempt: int = 1  # 2: planned once more, since she missed the one before; by a pack alone

    @property
    def event_type(self) -> EventType:
        return EventType.PRENATAL_CHECKUP

    @property
    def event_key(self) -> str:
        anew = f"try-{self.attempt}/" if self.attempt > 1 else ""
        return f"prenatal-checkup/pregnancy-{self.pregnancy_id}/{anew}week-{self.weeks_pregnant}"

    def fields(self) -> dict[str, object]:
        """The event as clients read it."""
        return self._known() | self._more()

    def _known(self) -> dict[str, object]:
        """The keys that every app knows."""
        return {
            "date": self.date.isoformat(),
            "event_type": self.event_type.value,
            "event_key": self.event_key,
            "pregnancy_id": self.pregnancy_id,
            "weeks_pregnant": self.weeks_pregnant,
        }

    def _more(self) -> dict[str, object]:
        """What is beside them."""
        if self.window is None:
            return {}
        earliest, latest, td_doses = self.window
        return {"earliest": earliest.isoformat(), "latest": latest.isoformat(), "td_doses": list(td_doses)}

    def context(self) -> dict[str, str]:
        """The event as templates read it: texts only."""
        return {name: str(value) for name, value in self._known().items()}


class ExpectedBirth(NamedTuple):
    """The estimated day of a birth."""

    date: dt.date
    pregnancy_id: int

    @property
    def event_type(self) -> EventType:
        return EventType.EXPECTED_BIRTH

    @property
    def event_key(self) -> str:
        return f"expected-birth/pregnancy-{self.pregnancy_id}"

    def context(self) -> dict[str, str]:
        """The event as templates read it: texts only."""
        return {
            "date": self.date.isoformat(),
            "event_type": self.event_type.value,
            "event_key": self.event_key,
            "pregnancy_id": str(self.pregnancy_id),
        }


class PostnatalVisit(NamedTuple):
    """A visit of mother and child after a birth; `contact` is its number among those of the pack."""

    date: dt.date
    pregnancy_id: int
    contact: int
    window: Window | None = None
    child_ids: tuple[int, ...] = ()  # of the birth, where they are known

    @property
    def event_type(self) -> EventType:
        return EventType.POSTNATAL_CHECKUP

    @property
    def event_key(self) -> str:
        return f"postnatal-checkup/pregnancy-{self.pregnancy_id}/contact-{self.contact}"

    def fields(self) -> dict[str, object]:
        """The visit as her own web app reads it."""
        return {
            "date": self.date.isoformat(),
            "event_type": self.event_type.value,
            "event_key": self.event_key,
            "pregnancy_id": self.pregnancy_id,
            "contact": self.contact,
            "child_ids": list(self.child_ids),
            "earliest": self.window and self.window.earliest.isoformat(),
            "latest": self.window and self.window.latest.isoformat(),
        }

    def context(self) -> dict[str, str]:
        """The event as templates read it: texts only."""
        return {
            "date": self.date.isoformat(),
            "event_type": self.event_type.value,
            "event_key": self.event_key,
            "pregnancy_id": str(self.pregnancy_id),
            "contact": str(self.contact),
        }


AppEvent = Vaccination | PrenatalVisit  # what clients show
CalendarEvent = AppEvent | ExpectedBirth | PostnatalVisit


def group_of(week_age: int, dose_ids: Iterable[int], doses: Mapping[int, Dose]) -> DoseGroup:
    """These doses as a group, of those that are still in the programme."""
    known = tuple(dose for dose in dose_ids if dose in doses)
    return DoseGroup(week_age, known, tuple(dict.fromkeys(doses[dose].vaccine_name for dose in known)))


def dose_groups(doses: Iterable[Dose], gender: str) -> list[DoseGroup]:
    """The doses for a child of this gender (`MALE` or `FEMALE`), by the week of age at which they are due."""
    by_week: defaultdict[int, list[Dose]] = defaultdict(list)
    for dose in doses:
        if dose.for_male if gender == "MALE" else dose.for_female:
            by_week[dose.week_age].append(dose)
    return [_group(week_age, by_week[week_age]) for week_age in sorted(by_week)]


def _group(week_age: int, doses: list[Dose]) -> DoseGroup:
    doses = sorted(doses, key=lambda dose: (dose.vaccine_id, dose.id))
    return DoseGroup(
        week_age=week_age,
        dose_ids=tuple(dose.id for dose in doses),
        vaccine_names=tuple(dict.fromkeys(dose.vaccine_name for dose in doses)),
    )


def vaccination(child_id: int, name: str, date_of_birth: dt.date, group: DoseGroup) -> Vaccination:
    """The visit at which this child gets this group of doses."""
    return Vaccination(date_of_birth + dt.timedelta(weeks=group.week_age), child_id, name, group)


def prenatal_visit(pregnancy_id: int, start: dt.date, week: int) -> PrenatalVisit:
    """The visit of this pregnancy in this week."""
    return PrenatalVisit(pregnancy_dates.visit_date(start, week), pregnancy_id, week)


def prenatal_visits(
    pregnancy_id: int, start: dt.date, declared_on: dt.date, visits_made: int | None
) -> list[PrenatalVisit]:
    """All visits planned for a pregnancy, as seen from the day on which it was declared.

    None of a week that no pregnancy reaches: such a declaration is kept, and staff see it.
    """
    weeks = pregnancy_dates.visit_weeks(pregnancy_dates.week_on(start, declared_on), visits_made or 0)
    return [prenatal_visit(pregnancy_id, start, week) for week in weeks if week <= pregnancy_dates.LAST_WEEK]


def merged(events: Iterable[AppEvent]) -> list[AppEvent]:
    """In date order; on one date, vaccinations before visits, then by key, so that the order is stable."""
    return sorted(events, key=lambda event: (event.date, -ord(event.event_type[0]), event.event_key))
