"""Still true? Whether what was, or is to be, announced or asked stands with the facts: pure functions, no queries.

One rule for every step: composing, sending, falling back, and the lists that people read. `engine` asks the same of
the database in sets when it announces, and a property test holds them together.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from hera.child_health import calendar, pregnancy_dates
from hera.child_health.calendar import Dose
from hera.child_health.plan.visits import Had


class Reason(StrEnum):
    """Why something is not true any more. The values are stored; `SENTENCES` says them to staff."""

    GONE = "gone"
    NO_BIRTH = "no_birth"
    ENDED = "ended"
    PAUSED = "paused"
    OTHER_DAY = "other_day"
    GIVEN = "given"
    NOT_IN_PROGRAMME = "not_in_programme"
    SWITCHED_OFF = "switched_off"
    DAY_OVER = "day_over"
    INACTIVE = "inactive"
    OPTED_OUT = "opted_out"
    STOPPED = "stopped"


SENTENCES = {
    Reason.GONE: "the child or pregnancy that it is about was removed",
    Reason.NO_BIRTH: "the birth that it is about was taken back",
    Reason.ENDED: "reminders of this child or pregnancy have ended",
    Reason.PAUSED: "reminders of this child are paused",
    Reason.OTHER_DAY: "it is due on another day now",
    Reason.GIVEN: "the child has had these doses",
    Reason.NOT_IN_PROGRAMME: "what it is about is not in the programme any more",
    Reason.SWITCHED_OFF: "its type or schedule was switched off",
    Reason.DAY_OVER: "its text is about a day that is over",
    Reason.INACTIVE: "the person is inactive",
    Reason.OPTED_OUT: "the person wants nothing by this channel",
    Reason.STOPPED: "staff stopped it",
}


class Visit(NamedTuple):
    """A visit of the child's plan; `left` are those of its doses that the child has not had."""

    attempt: int
    due: dt.date
    doses: tuple[int, ...]
    left: tuple[int, ...]


@dataclass(frozen=True)
class ChildFacts:
    """What matters of a child. `given` are doses, `ticked` vaccines with the day by which their doses were due.

    Args:
        planned: the visits of its plan: by due ages those alone that are planned once more, by a pack all of them.
        by_pack: whether a pack is in use. A dose counts then if the engine says so, and a visit is on its planned day.
        since: the day from which on the programme of now holds; None where no pack ever was in use. What was announced
            of an earlier day was by another programme, and is true if it is so of its own week.
    """

    date_of_birth: dt.date
    gender: str
    is_ended: bool = False
    paused_until: dt.date | None = None
    given: frozenset[int] = frozenset()
    ticked: tuple[tuple[int, dt.date], ...] = ()
    planned: tuple[Visit, ...] = ()
    by_pack: bool = False
    since: dt.date | None = None

    def had(self, dose: Dose, *, by_records_alone: bool = False) -> bool:
        """Whether it had this dose, as far as anybody knows."""
        if self.by_pack and not by_records_alone and any(dose.id in visit.doses for visit in self.planned):
            return not any(dose.id in visit.left for visit in self.planned)
        return Had(self.given, self.ticked).includes(dose, self.date_of_birth)


@dataclass(frozen=True)
class BirthFacts:
    """What matters of the birth with which a pregnancy ended, while it stands.

    Args:
        has_ended: whether reminders of a child of it have ended.
        paused_until: of a child of it.
        contacts: the numbers and days of the visits after it; None without a pack.
    """

    has_ended: bool
    paused_until: dt.date | None = None
    contacts: frozenset[tuple[int, dt.date]] | None = None


@dataclass(frozen=True)
class PregnancyFacts:
    """What matters of a pregnancy.

    Args:
        by_pack: the attempts, weeks and days of its visits; None without a pack.
        birth: with which it ended; None if it did not, or otherwise.
    """

    start: dt.date
    declared_on: dt.date
    visits_made: int | None
    delivery: dt.date
    is_ended: bool = False
    by_pack: frozenset[tuple[int, int, dt.date]] | None = None
    since: dt.date | None = None  # as for children
    birth: BirthFacts | None = None


@dataclass(frozen=True)
class Facts:
    """A person's facts; `today` is the date where she lives."""

    today: dt.date
    is_active: bool = True
    children: Mapping[int, ChildFacts] = field(default_factory=dict)
    pregnancies: Mapping[int, PregnancyFacts] = field(default_factory=dict)


class Announced(NamedTuple):
    """What was announced or asked: an event by its key and context, and whether it can still be acted upon.

    `is_on`: its schedule and its type, or template, are switched on.
    `is_open`: its window has not closed. After it, what was told once is history: only what it is about can undo it.
    """

    event_key: str | None
    context: Mapping[str, str]
    is_on: bool = True
    is_open: bool = True


class Standing(NamedTuple):
    """What is left of an announcement: the reason why it is not true any more, or else what its texts may name now."""

    reason: Reason | None
    context: Mapping[str, str]


# What a staff message is about, in its context.
ABOUT, PREGNANCY, CHILDREN = "about", "pregnancy", "children"
_VACCINATION = re.compile(r"vaccination/child-(\d+)/(?:.*try-(\d+)/)?.*doses-([\d,]+)")
_VISIT = re.compile(r"prenatal-checkup/pregnancy-(\d+)/(?:try-(\d+)/)?week-(\d+)")
_CONTACT = re.compile(r"postnatal-checkup/pregnancy-(\d+)/contact-(\d+)")
_BIRTH = re.compile(r"expected-birth/pregnancy-(\d+)")


def is_once_more(event_key: str | None) -> bool:
    """Whether an event is a visit that was planned once more, for doses that were due long before."""
    match = _VACCINATION.fullmatch(event_key or "")
    return match is not None and match[2] is not None


def of(announced: Announced, facts: Facts, programme: Mapping[int, Dose]) -> Standing:
    """What is left of an announcement, given a person's facts.

    Args:
        programme: the doses of active vaccines, by id.
    """
    key, context = announced.event_key or "", announced.context
    if not facts.is_active:
        return Standing(Reason.INACTIVE, context)
    if announced.is_open and not announced.is_on:
        return Standing(Reason.SWITCHED_OFF, context)
    if match := _VACCINATION.fullmatch(key):
        child = facts.children.get(int(match[1]))
        reason = _why_not_of_child(announced, child, int(match[2] or 1), facts.today)
        if reason or child is None or not announced.is_open:
            return Standing(reason, context)
        return _doses_left(announced, match[3], child, programme)
    if (match := _VISIT.fullmatch(key)) or (match := _CONTACT.fullmatch(key)) or (match := _BIRTH.fullmatch(key)):
        return Standing(_why_not_of_pregnancy(announced, match, facts), context)
    return Standing(_why_not_of_staff_message(context, facts), context)


def _why_not_of_staff_message(context: Mapping[str, str], facts: Facts) -> Reason | None:
    """Of a message to whom a filter found: is there still a pregnancy, or a child, for whose sake she was found?"""
    about = context.get(ABOUT)
    if about == PREGNANCY:
        latest = facts.today - pregnancy_dates.RUNS_ON
        runs = any(not one.is_ended and one.delivery >= latest for one in facts.pregnancies.values())
        return None if runs else Reason.ENDED
    if about == CHILDREN:
        left = (one for one in facts.children.values() if not one.is_ended)
        return (
            None if any(one.paused_until is None or facts.today >= one.paused_until for one in left) else Reason.ENDED
        )
    return None


def _why_not_of_child(announced: Announced, child: ChildFacts | None, attempt: int, today: dt.date) -> Reason | None:
    if child is None:
        return Reason.GONE
    if child.is_ended:
        return Reason.ENDED
    if child.paused_until is not None and today < child.paused_until:
        return Reason.PAUSED
    date, week_age = announced.context.get("date"), announced.context.get("week_age", "")
    is_history = not announced.is_open or _is_of_another_programme(announced, child.since)
    if (attempt > 1 or child.by_pack) and not is_history:
        days = {visit.due.isoformat() for visit in child.planned if visit.attempt == attempt}
        return None if date in days else Reason.OTHER_DAY
    # By its own week of age: a visit that was announced keeps its day when the programme moves its doses.
    if date and week_age.isdigit():
        due = child.date_of_birth + dt.timedelta(weeks=int(week_age))
        of_week = [due + dt.timedelta(days=more) for more in range(7 if child.since or attempt > 1 else 1)]
        return None if date in {day.isoformat() for day in of_week} else Reason.OTHER_DAY
    return None


def _is_of_another_programme(announced: Announced, since: dt.date | None) -> bool:
    """Whether it was about a day before the programme of now."""
    return since is not None and announced.context.get("date", since.isoformat()) < since.isoformat()


def _doses_left(announced: Announced, of_key: str, child: ChildFacts, programme: Mapping[int, Dose]) -> Standing:
    """Whether a visit has doses left; its texts name those, and no others.

    Its key has all doses of the visit: one that the child had when it was announced, and has not any more because a
    tick or a record was wrong, is named again.
    """
    context = announced.context
    doses = [programme[dose] for dose in _ids(of_key) if dose in programme]
    doses = [dose for dose in doses if (dose.for_male if child.gender == "MALE" else dose.for_female)]
    # A pack takes it that what was told before it has been done; a question whether it was, is still a question.
    is_of_another = _is_of_another_programme(announced, child.since)
    left = [dose for dose in doses if not child.had(dose, by_records_alone=is_of_another)]
    if not left:
        return Standing(Reason.GIVEN if doses else Reason.NOT_IN_PROGRAMME, context)
    if [dose.id for dose in left] == _ids(context.get("dose_ids") or of_key):
        return Standing(None, context)
    names = ", ".join(dict.fromkeys(dose.vaccine_name for dose in left))
    return Standing(None, {**context, "vaccine_names": names, "dose_ids": ",".join(str(dose.id) for dose in left)})


def _ids(joined: str) -> list[int]:
    return [int(dose) for dose in joined.split(",") if dose.isdigit()]


class _OfWeek(NamedTuple):
    """An antenatal visit, as its key names it."""

    attempt: int
    week: int


def _why_not_of_pregnancy(announced: Announced, key: re.Match[str], facts: Facts) -> Reason | None:
    pregnancy = facts.pregnancies.get(int(key[1]))
    if pregnancy is None:
        return Reason.GONE
    if key.re is _CONTACT:
        return _why_not_after_birth(announced, pregnancy, int(key[2]), facts.today)
    visit = _OfWeek(int(key[2] or 1), int(key[3])) if key.re is _VISIT else None
    return _why_not_before_birth(announced, pregnancy, visit, facts.today)


def _why_not_before_birth(
    announced: Announced, pregnancy: PregnancyFacts, visit: _OfWeek | None, today: dt.date
) -> Reason | None:
    """Of an antenatal visit; of the expected birth, if there is none."""
    if pregnancy.is_ended or (announced.is_open and today > pregnancy.delivery + pregnancy_dates.RUNS_ON):
        return Reason.ENDED
    day = pregnancy.delivery if visit is None else pregnancy_dates.visit_date(pregnancy.start, visit.week)
    is_history = not announced.is_open or _is_of_another_programme(announced, pregnancy.since)
    if visit is not None and pregnancy.since is not None and (is_history or pregnancy.by_pack is not None):
        return _why_not_of_visit_by_pack(announced, pregnancy, visit, day, is_history=is_history)
    # A visit is one of its week: the earlier HERA named other days of it than the Monday.
    last = day if visit is None else day + dt.timedelta(days=6)
    if not day.isoformat() <= announced.context.get("date", day.isoformat()) <= last.isoformat():
        return Reason.OTHER_DAY
    if visit is None or not announced.is_open:
        return None
    planned = calendar.prenatal_visits(0, pregnancy.start, pregnancy.declared_on, pregnancy.visits_made)
    is_planned = visit.attempt == 1 and visit.week in {one.weeks_pregnant for one in planned}
    return None if is_planned else Reason.OTHER_DAY


def _why_not_of_visit_by_pack(
    announced: Announced, pregnancy: PregnancyFacts, visit: _OfWeek, monday: dt.date, *, is_history: bool
) -> Reason | None:
    """A pack has visits on Mondays of their weeks; what was told by the rule before it was so of the Monday before."""
    date = announced.context.get("date", monday.isoformat())
    if is_history:
        return None if monday.isoformat() <= date <= (monday + dt.timedelta(days=13)).isoformat() else Reason.OTHER_DAY
    planned = {(*of_week, day.isoformat()) for *of_week, day in pregnancy.by_pack or ()}
    return None if (*visit, date) in planned else Reason.OTHER_DAY


def _why_not_after_birth(
    announced: Announced, pregnancy: PregnancyFacts, contact: int, today: dt.date
) -> Reason | None:
    """Of a visit after birth: of the birth that stands, on the day on which it is planned now."""
    birth = pregnancy.birth
    if birth is None:
        return Reason.NO_BIRTH
    if birth.has_ended:
        return Reason.ENDED
    if birth.paused_until is not None and today < birth.paused_until:
        return Reason.PAUSED
    if birth.contacts is None:
        is_history = not announced.is_open or _is_of_another_programme(announced, pregnancy.since)
        return None if is_history else Reason.NOT_IN_PROGRAMME
    planned = {(number, day.isoformat()) for number, day in birth.contacts}
    return None if (contact, announced.context.get("date")) in planned else Reason.OTHER_DAY
