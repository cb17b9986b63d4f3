"""A row for each dose of the programme that a child had, or should have: what an analysis of timeliness begins with."""

from __future__ import annotations

import calendar
import datetime as dt
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from hera.child_health import as_of
from hera.child_health.calendar import months_of_age, status_on
from hera.child_health.doses import ON_PLANNED_DAYS, that_stand
from hera.child_health.models import Child, DoseGiven, PlannedVisit, VaccineDose
from hera.child_health.partial_dates import PartialDate
from hera.child_health.plan.programme import current_programme
from hera.child_health.plan.subject import SEEN
from hera.child_health.plan.visits import VACCINATION
from hera.child_health.plan.worked_out import plans_then
from hera.core import clock, timezones

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator

    from django.contrib.auth.models import User

    from hera.exports.formats import Row
    from hera.people.masking import Mask

COLUMNS = (
    "person_id", "child_id", "gender", "age_months", "vaccine", "dose", "due_age_weeks", "due", "status", "given",
    "precision", "source", "age_months_at_dose", "days_late",
)  # fmt: skip
# Beside those of `Status`: nobody has told of it, and the plan takes it as given (it was due before a pack was adopted,
# or she kept silent). It is no proof that the child had it.
TAKEN_AS_GIVEN = "taken_as_given"
_Precision = DoseGiven.Precision


class _Planned(NamedTuple):
    """A dose as the plan has it: when it was due first, when it began to be late, and whether it is still to be had."""

    due: dt.date
    overdue_after: dt.date
    week: int
    is_open: bool


class _Given(NamedTuple):
    date: dt.date | None
    precision: str
    source: str


def rows(users: list[User], mask: Mask) -> Iterator[Row]:
    """The doses of these people's children, by child, then by the day on which they were due; five queries.

    Masked, neither when a dose was due nor how late it was: from the months of several doses with the weeks at which
    they were due the day of birth follows to within some days, though of each date only the month shows. Nor when a
    dose was given of which she told in a survey: it is kept with the day on which it was planned. How a dose stands is
    told as of a child that was born on the last day of its month. What was told this month does not show, nor what is
    planned otherwise for it: on which day that was is known to who looks every day.
    """
    today_of = {user.pk: clock.today_in(timezones.effective(user.profile.timezone, user.username)) for user in users}
    known = Child.objects.filter(mask.was_told("created_at"), user__in=list(today_of))
    children = list(known.order_by("user_id", "pk"))
    ids = [child.pk for child in children]
    planned, given = _planned(ids), _given(ids, mask.told_before)
    if mask.told_before is not None and (changed := as_of.changed_since(ids, mask.told_before)):
        planned |= _planned_then(sorted(changed), mask.told_before)
    names = {dose.pk: (dose.vaccine.name, dose.name) for dose in VaccineDose.objects.select_related("vaccine")}
    for child in children:
        today = today_of[child.user_id]
        stands_on = mask.as_of(today) - (_last_of_month(child.date_of_birth) - child.date_of_birth)
        for dose, plan in sorted(planned[child.pk].items(), key=lambda one: (one[1].due, one[0])):
            had = given[child.pk].get(dose) if not plan.is_open else None
            is_proven = plan.is_open or had is not None
            on = stands_on if mask.is_on else today
            status = status_on(on, plan.due, plan.overdue_after, is_open=plan.is_open).value
            yield [
                child.user_id,
                child.pk,
                child.gender,
                months_of_age(child.date_of_birth, today),
                *names.get(dose, ("", "")),
                plan.week,
                "" if mask.is_on else mask.day(plan.due),
                status if is_proven else TAKEN_AS_GIVEN,
                *(_of_record(child.date_of_birth, plan.due, had, mask) if had else ("", "", "", "", "")),
            ]


def _last_of_month(day: dt.date) -> dt.date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def _of_record(born: dt.date, due: dt.date, had: _Given, mask: Mask) -> tuple[str, str, str, int | str, int | str]:
    if mask.is_on and had.source in ON_PLANNED_DAYS:
        return "", had.precision, had.source, "", ""
    written = str(PartialDate(had.date, _Precision(had.precision)))
    is_by_month = had.date is not None and had.precision in {_Precision.DAY, _Precision.MONTH}
    is_by_day = had.date is not None and had.precision == _Precision.DAY
    return (
        written[: len("2026-03")] if mask.is_on else written,
        had.precision,
        had.source,
        months_of_age(born, had.date) if had.date and is_by_month else "",
        (had.date - due).days if had.date and is_by_day and not mask.is_on else "",
    )


def _planned(children: list[int]) -> defaultdict[int, dict[int, _Planned]]:
    """What is planned of each child, by dose. A visit that was planned once more leaves the first due day as it was."""
    found: defaultdict[int, dict[int, _Planned]] = defaultdict(dict)
    visits = PlannedVisit.objects.filter(child__in=children, kind=PlannedVisit.Kind.VACCINATION)
    fields = ("child_id", "week", "due", "overdue_after", "earliest", "doses", "left")
    for child, week, due, overdue_after, earliest, doses, left in visits.order_by("attempt", "pk").values_list(*fields):
        _add(found[child], week, due, _late_after(due, overdue_after, earliest), doses, left)
    return found


def _planned_then(children: list[int], before: dt.datetime) -> dict[int, dict[int, _Planned]]:
    """What was planned of each child at a moment."""
    found: dict[int, dict[int, _Planned]] = {}
    for child, visits in plans_then(current_programme().programme, children, before).items():
        of_child = found.setdefault(child, {})
        for one in sorted((visit for visit in visits if visit.kind == VACCINATION), key=lambda visit: visit.attempt):
            late_after = _late_after(one.due, one.overdue_after, one.earliest)
            _add(of_child, one.week, one.due, late_after, one.doses, one.left)
    return found


def _late_after(due: dt.date, overdue_after: dt.date | None, earliest: dt.date | None) -> dt.date:
    # By due ages a dose is overdue the day after it was due; a pack says of some that they never are.
    return overdue_after or (due if earliest is None else dt.date.max)


def _add(
    found: dict[int, _Planned], week: int, due: dt.date, late_after: dt.date, doses: Iterable[int], left: Container[int]
) -> None:
    for dose in doses:
        first = found.get(dose) or _Planned(due, late_after, week, is_open=False)
        found[dose] = first._replace(is_open=dose in left)


def _given(children: list[int], before: dt.datetime | None) -> defaultdict[int, dict[int, _Given]]:
    """What was told of each child's doses that stands, by dose: who has seen a card is believed before others.

    Args:
        before: what stood at this moment; None: now.
    """
    found: defaultdict[int, dict[int, _Given]] = defaultdict(dict)
    ticked: list[tuple[int, int]] = []
    records = that_stand(DoseGiven.objects.filter(child__in=children), before).order_by("pk")
    fields = ("child_id", "vaccine_dose_id", "vaccine_id", "date", "precision", "source")
    for child, dose, vaccine, date, precision, source in records.values_list(*fields):
        if dose is None:
            ticked += [(child, vaccine)] if vaccine else []
        elif dose not in found[child] or source in SEEN:
            found[child][dose] = _Given(date, precision, source)
    of_vaccine = defaultdict(list)
    for dose, vaccine in VaccineDose.objects.values_list("pk", "vaccine_id"):
        of_vaccine[vaccine].append(dose)
    for child, vaccine in ticked:
        for dose in of_vaccine[vaccine]:
            found[child].setdefault(dose, _Given(None, _Precision.UNKNOWN, DoseGiven.Source.TICK))
    return found
