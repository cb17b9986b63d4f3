"""The pages of schedules in the panel, of notifications and of surveys alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin

from hera.scheduling.ahead import ahead_of
from hera.scheduling.sentences import sentence
from hera.scheduling.switching import SwitchedOff

if TYPE_CHECKING:
    from django.http import HttpRequest

    from hera.scheduling.forms import ScheduleForm
    from hera.scheduling.models import CalendarSchedule


class ScheduleAdmin(SwitchedOff, ModelAdmin):  # type: ignore[misc]
    """Schedules, with whom each reaches. A class of its own says which `form`, and shows `open_for`, since the windows
    of both have other names."""

    form: type[ScheduleForm]
    readonly_fields = ("reaches",)

    @admin.display(description=gettext_lazy("When"), ordering="offset_days")
    def when(self, schedule: CalendarSchedule) -> str:
        return sentence(schedule.as_schedule())

    @admin.display(description=gettext_lazy("Due in the next 7 days"))
    def reaches(self, schedule: CalendarSchedule) -> str:
        return str(ahead_of(schedule, self.form.announced)) if schedule.pk else "-"

    def save_model(self, request: HttpRequest, obj: CalendarSchedule, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if change and "is_active" in form.changed_data:
            self.after_switching()
        told = _("Due by this schedule in the next 7 days: %(count)d.")
        messages.info(request, told % {"count": ahead_of(obj, self.form.announced).visits if obj.is_active else 0})
