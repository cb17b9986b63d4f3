"""Children as their mother adds and corrects them: a child is also how a pregnancy ended."""

from __future__ import annotations

import contextlib
import datetime as dt
from typing import TYPE_CHECKING

from django.db import transaction

from hera.child_health import pregnancy_dates, services
from hera.child_health.changes import facts_changed
from hera.child_health.endings import By, CannotBeTakenBack, Kind, Newborn, keep_outcome, take_outcome_back
from hera.child_health.models import Child, PastVaccinationChange, Pregnancy, PregnancyOutcome, Source

if TYPE_CHECKING:
    from collections.abc import Iterable


@transaction.atomic
def add_child(child: Child, ticked_vaccine_ids: Iterable[int] | None) -> Child:
    """Add a child as `services.add_child` does. One born while a pregnancy was far enough is its birth.

    The phone app has no other way to tell it: without this its mother is reminded of check-ups until her due date.

    Raises:
        TooMany: as `services.add_child`.
    """
    saved = services.add_child(child, ticked_vaccine_ids)
    pregnancy = _pregnancy_of(saved)
    if pregnancy is not None:
        newborn = Newborn(saved.name, saved.gender, saved.date_of_birth)
        # Her phone says which day it is where she is; the app is refused nothing for that.
        keep_outcome(pregnancy, Kind.BIRTH, By(), saved.date_of_birth, None, [newborn])
    return saved


@transaction.atomic
def save_child(
    child: Child,
    ticked_vaccine_ids: Iterable[int] | None,
    source: PastVaccinationChange.Source = PastVaccinationChange.Source.CLIENT,
) -> Child:
    """Save a child that is there already, as `services.save_child` does. A birth that only its date told moves with it.

    Raises:
        Gone: as `services.save_child`.
    """
    services.lock(child.user)
    before = Child.objects.filter(pk=child.pk).values_list("date_of_birth", flat=True).first()
    saved = services.save_child(child, ticked_vaccine_ids, source)
    if before is not None and before != saved.date_of_birth:
        _move_birth(saved, before)
    return saved


def _move_birth(child: Child, before: dt.date) -> None:
    """A birth of the day of a child is of its other day; where adding the child told it, it is none if it cannot be."""
    of_that_day = PregnancyOutcome.objects.filter(
        pregnancy__user=child.user, kind=Kind.BIRTH, taken_back_at=None, date=before
    )
    others = of_that_day.exclude(pregnancy__user__children__date_of_birth=before)
    outcome = others.select_related("pregnancy__user").first()
    if outcome is None:
        return
    if _is_of(outcome.pregnancy, child.date_of_birth):
        PregnancyOutcome.objects.filter(pk=outcome.pk).update(date=child.date_of_birth)
        facts_changed([child.user_id])
    elif outcome.source == Source.MOTHER and abs(outcome.recorded_at - child.created_at) < services.SAME_WITHIN:
        with contextlib.suppress(CannotBeTakenBack):
            take_outcome_back(outcome.pregnancy, By())


def _is_of(pregnancy: Pregnancy, born: dt.date) -> bool:
    """Whether who was born on a day can have been born of a pregnancy."""
    first = pregnancy.estimated_start_date + pregnancy_dates.VIABLE_AFTER
    return first <= born <= pregnancy.estimated_delivery_date + pregnancy_dates.RUNS_ON


def _pregnancy_of(child: Child) -> Pregnancy | None:
    """The pregnancy whose birth this child is: it runs, or has ended with a birth of which no child is known."""
    born = child.date_of_birth
    running = services.running_pregnancies(child.user, services.today_of(child.user))
    told = Pregnancy.objects.filter(
        user=child.user, outcomes__kind=Kind.BIRTH, outcomes__taken_back_at=None, outcomes__children=None
    )
    return next((found for found in (*running, *told.order_by("-created_at")) if _is_of(found, born)), None)
