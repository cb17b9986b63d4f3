"""What events have to fill in texts with, by the schedules that these texts go out by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from hera.child_health.calendar import FIELDS
from hera.texts.rendering import OLD_SPELLINGS
from hera.texts.template_checks import variables_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import Manager

    from hera.scheduling.models import CalendarSchedule


def unfilled(texts: Iterable[str], event_type: str) -> set[str]:
    """The variables in these templates that no event of this type fills in: they would be holes in a sentence."""
    fields = FIELDS[event_type]
    known = fields | {old for name, old in OLD_SPELLINGS.items() if name in fields}
    return set().union(*map(variables_of, texts)) - known


def fields_of(schedules: Manager[CalendarSchedule] | None) -> set[str]:
    """What the events of all of these schedules have.

    Where there is none, what any event has, since a schedule may come later.
    """
    kinds = set(schedules.values_list("calendar_event_type", flat=True)) if schedules is not None else set()
    fields = [set(FIELDS[event_type]) for event_type in kinds]
    return set.intersection(*fields) if fields else set().union(*FIELDS.values())


def hole(names: Iterable[str]) -> str:
    """Why texts with these variables do not go with a schedule."""
    told = _("Its texts name %(variables)s, which such an event does not have: it would be a hole in the sentence.")
    return told % {"variables": ", ".join(sorted(names))}
