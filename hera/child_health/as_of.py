"""What was known at a moment: for whoever would learn too much from seeing on which day something was told.

What was changed in place (a birth date, what was declared of a pregnancy) is as it is now, and what was deleted is
gone: nothing says what there was.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any, NamedTuple

from django.db.models import Exists, OuterRef, Q, QuerySet

from hera.child_health.models import (
    Child,
    ChildEnd,
    ChildPause,
    DoseGiven,
    PastVaccination,
    PastVaccinationChange,
    PregnancyOutcome,
)

# The table of what was told of the end of each, and its column.
_ENDS: dict[str, tuple[Any, str]] = {"child": (ChildEnd, "child"), "pregnancy": (PregnancyOutcome, "pregnancy")}


def told(model: Any, before: dt.datetime) -> QuerySet[Any]:
    """What stood at this moment of ends, pauses or outcomes."""
    found: QuerySet[Any] = model.objects.filter(
        Q(taken_back_at=None) | Q(taken_back_at__gte=before), recorded_at__lt=before
    )
    return found


def went_on(of: str, before: dt.datetime | None) -> Q:
    """Of children or pregnancies (`child`, `pregnancy`), those that were known, and of which no end was told.

    Args:
        before: None: now.
    """
    if before is None:
        return Q(ended_at=None)
    model, column = _ENDS[of]
    ended = told(model, before).filter(**{column: OuterRef("pk")})
    return Q(created_at__lt=before) & (Q(ended_at=None) | Q(ended_at__gte=before)) & ~Q(Exists(ended))


def ended(of: str, before: dt.datetime) -> Q:
    """Of children or pregnancies, those that were known, and of which an end was told."""
    return Q(created_at__lt=before) & ~went_on(of, before)


class Tick(NamedTuple):
    """A vaccine that was ticked, and since when; None where that is not known any more."""

    child_id: int
    vaccine_id: int
    at: dt.datetime | None


def ticks(children: Iterable[int], before: dt.datetime) -> list[Tick]:
    """What was ticked of these children, by child and vaccine; three queries at most."""
    ids = list(children)
    changes = PastVaccinationChange.objects.filter(child__in=ids).order_by("pk")
    # The first change since tells how it was before.
    was: dict[tuple[int, int], bool] = {}
    for child, vaccine, is_ticked in changes.filter(changed_at__gte=before).values_list(
        "child_id", "vaccine_id", "is_ticked"
    ):
        was.setdefault((child, vaccine), not is_ticked)
    found = {
        (child, vaccine): at
        for child, vaccine, at in PastVaccination.objects.filter(child__in=ids, created_at__lt=before).values_list(
            "child_id", "vaccine_id", "created_at"
        )
        if was.get((child, vaccine), True)
    }
    removed = {key for key, ticked in was.items() if ticked and key not in found}
    since: dict[tuple[int, int], dt.datetime] = {}
    if removed:
        ticked = changes.filter(changed_at__lt=before, is_ticked=True, child__in={child for child, _ in removed})
        since = {
            (child, vaccine): at for child, vaccine, at in ticked.values_list("child_id", "vaccine_id", "changed_at")
        }
    every = {**found, **{key: since.get(key) for key in removed}}
    return [Tick(child, vaccine, at) for (child, vaccine), at in sorted(every.items(), key=lambda one: one[0])]


def changed_since(children: Iterable[int], since: dt.datetime) -> set[int]:
    """Those of these children whose plan may be another than it was, by what was told of them."""
    ids = list(children)
    rows = [
        *DoseGiven.objects.filter(Q(entered_at__gte=since) | Q(retracted_at__gte=since), child__in=ids).values_list(
            "child_id", flat=True
        ),
        *(
            child
            for model in (ChildPause, ChildEnd)
            for child in model.objects.filter(
                Q(recorded_at__gte=since) | Q(taken_back_at__gte=since), child__in=ids
            ).values_list("child_id", flat=True)
        ),
        *Child.objects.filter(pk__in=ids, updated_at__gte=since)
        .exclude(doses_not_given=None)
        .values_list("pk", flat=True),
    ]
    return set(rows)
