"""Doses that were told not to have been given: what the plan took as given is planned after all (`plan.subject`).

A country's pack takes it that a newborn has had what is given on the day of birth, and who was there before it was
adopted what was reminded of until then. Who was born at home may have had none of it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import TYPE_CHECKING, NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _

from hera.child_health import doses
from hera.child_health.changes import facts_changed
from hera.child_health.models import Child, VaccineDose
from hera.child_health.plan.doses_told import is_possible
from hera.child_health.plan.visits import CATCH_UP_AFTER, Had
from hera.child_health.plan.worked_out import subjects_of
from hera.child_health.possible_dates import NotPossible

if TYPE_CHECKING:
    from hera.child_health.plan.subject import Subject


class NotGiven(NamedTuple):
    """A dose that was told not to have been given, and the mother's date on which that was said."""

    dose: int
    told_on: dt.date


def of(child: Child) -> list[NotGiven]:
    """The doses that were told not to have been given to a child, by id."""
    told: dict[str, str] = child.doses_not_given or {}
    return sorted(NotGiven(int(dose), dt.date.fromisoformat(day)) for dose, day in told.items())


@transaction.atomic
def tell(child: Child, dose_ids: Collection[int], today: dt.date) -> None:
    """Keep that a child has not had these doses, all or none.

    Said again while what is planned for it is still to come, it changes nothing: a phone repeats what it was not
    answered. Later, it counts from the later day.

    Args:
        today: the mother's date.

    Raises:
        NotPossible: if a dose is not in the programme, not due yet, or on the child's record as given.
    """
    kept = _locked(child)
    known = list(VaccineDose.objects.filter(pk__in=dose_ids))
    if not dose_ids or len(known) < len(set(dose_ids)):
        raise NotPossible(_("This dose is not in the programme."))
    if any(_due(child.date_of_birth, dose) > today for dose in known):
        raise NotPossible(_("This dose is not due yet."))
    had = _had(subjects_of([child.pk])[child.pk])
    if any(had.includes(dose, child.date_of_birth) for dose in known):
        raise NotPossible(_("It was told to have been given. Please take that back first."))
    since = (today - CATCH_UP_AFTER).isoformat()
    told = {str(dose.pk): today.isoformat() for dose in known if kept.get(str(dose.pk), "") <= since}
    if told:
        _keep(child, kept | told)


@transaction.atomic
def take_back(child: Child, dose_id: int) -> bool:
    """It was a mistake; returns whether it had been told."""
    kept = _locked(child)
    was_told = kept.pop(str(dose_id), None) is not None
    if was_told:
        _keep(child, kept)
    return was_told


def standing(child: Child) -> list[NotGiven]:
    """Those of them that nobody has told to have been given since; two statements."""
    had = _had(subjects_of([child.pk])[child.pk])
    told = {one.dose: one for one in of(child)}
    found = VaccineDose.objects.filter(pk__in=told).order_by("pk")
    return [told[dose.pk] for dose in found if not had.includes(dose, child.date_of_birth)]


def _due(born: dt.date, dose: VaccineDose) -> dt.date:
    return born + dt.timedelta(weeks=dose.week_age)


def _had(child: Subject) -> Had:
    """What is told to have been given: by a record that stands for a dose, or a tick of a vaccine."""
    told = [one for one in child.records if not one.campaign and is_possible(one, child.born)]
    ticks = ((one.vaccine_id, one.due_by) for one in told if one.dose_id is None)
    return Had(
        frozenset(one.dose_id for one in told if one.dose_id is not None),
        tuple((vaccine, due_by) for vaccine, due_by in ticks if vaccine is not None and due_by is not None),
    )


def _locked(child: Child) -> dict[str, str]:
    """What was told of this child, whom nobody else changes until the transaction ends."""
    doses.lock([child.pk])
    found = Child.objects.filter(pk=child.pk).values_list("doses_not_given", flat=True)
    return next(iter(found), None) or {}


def _keep(child: Child, told: dict[str, str]) -> None:
    Child.objects.filter(pk=child.pk).update(doses_not_given=told or None)
    child.doses_not_given = told or None
    facts_changed([child.user_id])
