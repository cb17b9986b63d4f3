from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.forms.models import BaseInlineFormSet
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin, TabularInline

from hera.events import checks
from hera.events.models import (
    LockScreen,
    NotificationSchedule,
    NotificationTemplate,
    NotificationTemplateVariable,
    NotificationType,
)
from hera.scheduling.sentences import sentence

if TYPE_CHECKING:
    from django.http import HttpRequest

VARIABLES = "variables"  # the prefix of their fields on the same page


class TemplateFormSet(BaseInlineFormSet):  # type: ignore[type-arg]
    """The texts of a type, checked with the variables that are on the same page."""

    def clean(self) -> None:
        super().clean()
        examples = self._examples()
        lock_screen = self.data.get("lock_screen", LockScreen.DISCREET)
        for form in self.forms:
            texts = getattr(form, "cleaned_data", {})
            if texts and not texts.get("DELETE"):
                for field, problem in checks.errors_of(texts, examples, lock_screen):
                    form.add_error(field, str(problem))

    def _examples(self) -> dict[str, str]:
        """The longest example of each variable, as posted."""
        found: dict[str, str] = {}
        for number in range(int(self.data.get(f"{VARIABLES}-TOTAL_FORMS") or 0)):
            name = str(self.data.get(f"{VARIABLES}-{number}-name") or "").strip()
            if name and not self.data.get(f"{VARIABLES}-{number}-DELETE"):
                values = str(self.data.get(f"{VARIABLES}-{number}-example_values") or "").split(",")
                found[name] = max((value.strip() for value in values), key=len)
        return found


class TemplateInline(TabularInline):  # type: ignore[misc]
    model = NotificationTemplate
    formset = TemplateFormSet
    extra = 0


class VariableInline(TabularInline):  # type: ignore[misc]
    model = NotificationTemplateVariable
    extra = 0


@admin.register(NotificationType)
class NotificationTypeAdmin(ModelAdmin):  # type: ignore[misc]
    list_display = ["code", "description", "lock_screen", "fallback_channel"]
    list_filter = ["lock_screen"]
    inlines = [VariableInline, TemplateInline]

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        for warning in checks.warnings_of(form.instance):
            messages.warning(request, warning)


@admin.register(NotificationSchedule)
class NotificationScheduleAdmin(ModelAdmin):  # type: ignore[misc]
    list_display = ["notification_type", "when", "push_time_to_live"]

    @admin.display(description=gettext_lazy("When"), ordering="offset_days")
    def when(self, schedule: NotificationSchedule) -> str:
        return sentence(schedule.as_schedule())
