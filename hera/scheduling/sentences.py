"""A schedule as people say it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from hera.scheduling.windows import Schedule


def sentence(schedule: Schedule) -> str:
    """Such as: 1 day before a vaccination, at 09:00 the mother's time."""
    days = schedule.offset_days
    if days == 0:
        told = _("On the day of %(event)s, at %(time)s the mother's time")
    elif days == -1:
        told = _("1 day before %(event)s, at %(time)s the mother's time")
    elif days == 1:
        told = _("1 day after %(event)s, at %(time)s the mother's time")
    elif days < 0:
        told = _("%(days)d days before %(event)s, at %(time)s the mother's time")
    else:
        told = _("%(days)d days after %(event)s, at %(time)s the mother's time")
    events = {
        "vaccination": _("a vaccination"),
        "expected_birth": _("the expected birth"),
        "postnatal_checkup": _("a visit after birth"),
    }
    event = events.get(schedule.event_type) or _("an antenatal visit")
    return told % {"days": abs(days), "event": event, "time": f"{schedule.time_of_day:%H:%M}"}
