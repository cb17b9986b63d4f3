"""Which visits are planned for a child: pure functions of facts and a schedule of due ages.

A schedule that knows due ages alone (the tables of vaccines and doses) plans each dose on its day, and once more what
was due before anybody could remind of it.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Protocol

    from hera.child_health.calendar import Dose, DoseGroup

    class DueByAge(Protocol):
        """A dose of a vaccine, in weeks of age."""

        @property
        def id(self) -> int: ...
        @property
        def vaccine_id(self) -> int: ...
        @property
        def week_age(self) -> int: ...


RULE = 3  # of `plan`: what is planned by another one is planned anew
VACCINATION, ANTENATAL, BIRTH, POSTNATAL = "v", "a", "b", "n"  # PlannedVisit.Kind
# Who is registered late is told of what was due before: a week later, so that the usual reminders go before it, and
# what she ticks first is left out.
CATCH_UP_AFTER = dt.timedelta(days=7)
CATCH_UP = 2  # the attempt that this is
# Who is older is a matter of schools, and would be told of twenty doses at once.
CATCH_UP_UNTIL = dt.timedelta(days=6 * 365)
# A dose of the day of birth is given where the child is born: of a newborn that its mother registers some days later,
# nobody has to be reminded of it.
AT_BIRTH, GIVEN_AT_BIRTH_UNTIL = 0, dt.timedelta(days=28)


class Planned(NamedTuple):
    """A planned visit; its fields are the columns of `PlannedVisit`."""

    kind: str
    attempt: int
    week: int
    due: dt.date
    doses: tuple[int, ...] = ()
    left: tuple[int, ...] = ()
    # Known to packs alone.
    earliest: dt.date | None = None
    overdue_after: dt.date | None = None
    latest: dt.date | None = None

    @property
    def is_open(self) -> bool:
        """Whether there is something left to come for."""
        return self.kind != VACCINATION or bool(self.left)


@dataclass(frozen=True, slots=True)
class Had:
    """What a child had, as far as anybody knows: doses, and vaccines ticked with the day by which theirs were due."""

    doses: frozenset[int] = frozenset()
    ticked: tuple[tuple[int, dt.date], ...] = ()

    def includes(self, dose: DueByAge, born: dt.date) -> bool:
        """Whether a child born on a day had this dose."""
        if dose.id in self.doses:
            return True
        due = born + dt.timedelta(weeks=dose.week_age)
        return any(vaccine == dose.vaccine_id and due <= due_by for vaccine, due_by in self.ticked)


NOTHING = Had()


class Told(NamedTuple):
    """The doses of which a pack had told until the day on which it was left.

    Args:
        doses: by it, or by what held before it.
        by_itself: those of the visits that it had planned while it was in use, which were on days of its own.
    """

    doses: frozenset[int]
    by_itself: frozenset[int]
    until: dt.date


def of_child(
    born: dt.date,
    known_on: dt.date | None,
    groups: Sequence[DoseGroup],
    doses: Mapping[int, Dose],
    had: Had = NOTHING,
    told: Told | None = None,
    not_given: Mapping[int, dt.date] | None = None,
) -> list[Planned]:
    """The visits of a child, each on the day on which it reaches the age of a group of doses.

    What was due before the child was known, and it has not had, is planned once more: nobody has told her mother; and
    so is, on a day of its own, what was told since not to have been given. Nothing is planned beyond the last day that
    there is.

    Args:
        known_on: the day from which HERA knows the child; None of a row of an older database.
        groups: the doses for a child of its gender, by week of age (`calendar.dose_groups`).
        doses: all doses by id.
        told: where a pack was in use when the child was known already. What it has told of is not told of again.
        not_given: the day on which that was told of a dose, by its id.
    """
    found = []
    late: list[int] = []
    since = told.until if told is not None else known_on
    for group in groups:
        if born > dt.date.max - dt.timedelta(weeks=group.week_age):
            continue
        due = born + dt.timedelta(weeks=group.week_age)
        left = group.dose_ids
        if had is not NOTHING:
            left = tuple(dose for dose in left if not had.includes(doses[dose], born))
        if told is not None:
            left = tuple(dose for dose in left if dose not in told.by_itself)
        found.append(Planned(VACCINATION, 1, group.week_age, due, group.dose_ids, left))
        if since is not None and due < since and _has_to_be_told(group, born, since):
            late += [dose for dose in group.dose_ids if told is None or dose not in told.doses]
    missing = _told_to_be_missing(born, groups, not_given or {})
    again = {since: [dose for dose in late if dose not in missing]} if since is not None else {}
    for dose, told_on in missing.items():
        again.setdefault(max(told_on, since or told_on), []).append(dose)
    for day, dose_ids in again.items():
        if dose_ids:
            in_order = sorted(dose_ids, key=lambda dose: (doses[dose].vaccine_id, dose))
            found.append(_once_more(born, day, in_order, doses, had))
    return found


def _told_to_be_missing(
    born: dt.date, groups: Sequence[DoseGroup], not_given: Mapping[int, dt.date]
) -> dict[int, dt.date]:
    """The doses of these groups whose day had come when it was told that they were not given, with the day of that."""
    if not not_given:
        return {}
    return {
        dose: not_given[dose]
        for group in groups
        for dose in group.dose_ids
        if dose in not_given and born + dt.timedelta(weeks=group.week_age) <= not_given[dose]
    }


def _has_to_be_told(group: DoseGroup, born: dt.date, since: dt.date) -> bool:
    age = since - born
    return age < CATCH_UP_UNTIL and (group.week_age > AT_BIRTH or age >= GIVEN_AT_BIRTH_UNTIL)


def _once_more(born: dt.date, since: dt.date, late: list[int], doses: Mapping[int, Dose], had: Had) -> Planned:
    due = since + CATCH_UP_AFTER
    left = tuple(dose for dose in late if not had.includes(doses[dose], born))
    return Planned(VACCINATION, CATCH_UP, (due - born).days // 7, due, tuple(late), left)
