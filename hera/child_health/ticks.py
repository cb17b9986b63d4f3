"""The vaccines ticked as received: the apps' own list, given back as written. A new tick is also a record (`doses`)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from hera.child_health import doses
from hera.child_health.models import Child, PastVaccination, PastVaccinationChange, Vaccine
from hera.core import clock

Source = PastVaccinationChange.Source


def replace(child: Child, wanted: set[int], source: Source, today: dt.date) -> None:
    """Make this the set of ticks of active vaccines, inside the caller's transaction.

    What an app was not shown, it cannot have meant to remove: vaccines that are inactive now, and what was ticked
    since it last read the list (`PastVaccination.is_shown`).

    Args:
        today: the mother's date.
    """
    active = set(Vaccine.objects.filter(is_active=True).values_list("id", flat=True))
    shown = dict(PastVaccination.objects.filter(child=child).values_list("vaccine_id", "is_shown"))
    known = {vaccine for vaccine, is_shown in shown.items() if is_shown or source != Source.CLIENT}
    untick(child.pk, (known & active) - wanted, source)
    new = (wanted & active) - set(shown)
    tick(child.pk, new, source)
    doses.record_ticks(child.pk, new, today)


def tick(child_id: int, vaccine_ids: set[int], source: Source) -> None:
    """Tick these vaccines, unless they are ticked already."""
    present = set(PastVaccination.objects.filter(child_id=child_id).values_list("vaccine_id", flat=True))
    new = vaccine_ids - present
    PastVaccination.objects.bulk_create(
        [
            PastVaccination(child_id=child_id, vaccine_id=vaccine_id, is_shown=source == Source.CLIENT)
            for vaccine_id in sorted(new)
        ],
        ignore_conflicts=True,  # two phones may tick at once
    )
    _note(child_id, new, is_ticked=True, source=source)


def untick(child_id: int, vaccine_ids: set[int], source: Source) -> None:
    """Remove these ticks, and take back what ticks and answers said; what was read off a card stays."""
    take_off(child_id, vaccine_ids, source)
    doses.retract_hearsay(child_id, vaccine_ids)


def take_off(child_id: int, vaccine_ids: set[int], source: Source) -> None:
    """Remove these ticks from the list, and nothing else."""
    ticked = PastVaccination.objects.filter(child_id=child_id, vaccine_id__in=vaccine_ids)
    present = set(ticked.values_list("vaccine_id", flat=True))
    ticked.delete()
    _note(child_id, present, is_ticked=False, source=source)


def mark_shown(child_ids: Iterable[int]) -> None:
    """Note that an app has read the ticks of these children."""
    PastVaccination.objects.filter(child_id__in=child_ids, is_shown=False).update(is_shown=True)


def _note(child_id: int, vaccine_ids: set[int], *, is_ticked: bool, source: Source) -> None:
    now = clock.now()
    PastVaccinationChange.objects.bulk_create(
        PastVaccinationChange(
            child_id=child_id, vaccine_id=vaccine_id, is_ticked=is_ticked, source=source, changed_at=now
        )
        for vaccine_id in sorted(vaccine_ids)
    )
