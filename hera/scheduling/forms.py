"""The form of a schedule, of notifications and of surveys: what is strange about it is asked about first."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from hera.scheduling.ahead import ahead
from hera.scheduling.event_fields import hole, unfilled
from hera.scheduling.windows import Schedule
from hera.texts.questions import QuestionedForm

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import Model


FAR = 60  # days from an event; families move, and numbers change hands
DAYTIME = (dt.time(7), dt.time(21))
# What changes who gets it, or when.
_MOVES = {"is_active", "calendar_event_type", "offset_days", "time_of_day"}


class ScheduleForm(QuestionedForm):
    """A schedule. Its class has `texts_of(cleaned)`, the templates that would go out, the name of their field, and the
    model of what has been announced. Who would get it, and when, is asked about before it is switched on."""

    content_field: str
    announced: type[Model]

    def texts_of(self, cleaned: dict[str, Any]) -> Iterable[str]:
        raise NotImplementedError

    def clean(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        event_type, content = cleaned.get("calendar_event_type"), cleaned.get(self.content_field)
        if event_type and content and (holes := unfilled(self.texts_of(cleaned), event_type)):
            self.add_error(self.content_field, hole(holes))
        return super().clean()

    def questions(self) -> list[str]:
        days, time = self.cleaned_data["offset_days"], self.cleaned_data["time_of_day"]
        asked = []
        if abs(days) > FAR:
            asked.append(_("This is %(days)d days from the visit.") % {"days": abs(days)})
        if not DAYTIME[0] <= time < DAYTIME[1]:
            asked.append(_("At %(time)s people sleep.") % {"time": f"{time:%H:%M}"})
        if self.cleaned_data.get("is_active") and _MOVES & {*self.changed_data}:
            found = ahead(self._wanted(), self.announced)
            told = _("It would go to %(people)d people in the next 7 days. Due for them: %(days)s.")
            if found.people:
                asked.append(told % {"people": found.people, "days": found})
        return asked

    def _wanted(self) -> Schedule:
        """The schedule that is on the page, not kept yet."""
        cleaned, window = self.cleaned_data, str(self.instance.time_to_live_field)
        return Schedule(
            self.instance.pk or 0,
            cleaned["calendar_event_type"],
            cleaned["offset_days"],
            cleaned["time_of_day"],
            cleaned[window],
        )
