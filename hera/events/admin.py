from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.contrib.postgres.fields import ArrayField
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import action
from unfold.widgets import UnfoldAdminTextInputWidget

from hera.events import checks
from hera.events.models import (
    LockScreen,
    NotificationSchedule,
    NotificationTemplate,
    NotificationTemplateVariable,
    NotificationType,
)
from hera.scheduling.sentences import sentence
from hera.texts.editor import LanguageFormSet, LanguageInline, Line, PreviewAdmin, posted, problems, rendered

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpRequest, HttpResponse

VARIABLES, TEMPLATES = "variables", "templates"  # the prefixes of their fields on the page of a type


class TemplateFormSet(LanguageFormSet):
    """The texts of a type, checked with the variables that are on the same page."""

    def clean(self) -> None:
        super().clean()
        examples = _examples(self.data)
        lock_screen = self.data.get("lock_screen", LockScreen.DISCREET)
        for form in self.forms:
            texts = getattr(form, "cleaned_data", {})
            if texts and not texts.get("DELETE"):
                for field, problem in checks.errors_of(texts, examples, lock_screen):
                    form.add_error(field, str(problem))


def _examples(data: Mapping[str, str]) -> dict[str, str]:
    """The longest example of each variable, as posted."""
    rows = posted(data, VARIABLES, "name", "example_values")
    return {
        row["name"]: max((value.strip() for value in row["example_values"].split(",")), key=len)
        for row in rows
        if row["name"]
    }


class TemplateInline(LanguageInline):
    model = NotificationTemplate
    formset = TemplateFormSet


class VariableInline(TabularInline):  # type: ignore[misc]
    extra = 0
    model = NotificationTemplateVariable
    formfield_overrides = {ArrayField: {"widget": UnfoldAdminTextInputWidget}}


@admin.register(NotificationType)
class NotificationTypeAdmin(PreviewAdmin, ModelAdmin):  # type: ignore[misc]
    list_display = ["code", "description", "lock_screen", "fallback_channel"]
    list_filter = ["lock_screen"]
    inlines = [VariableInline, TemplateInline]
    actions_detail = ["send_test"]

    @action(description=gettext_lazy("Send a test to my phone"), permissions=["change"])  # type: ignore[untyped-decorator]
    def send_test(self, _request: HttpRequest, object_id: str) -> HttpResponse:
        return redirect("admin:send_test", object_id)

    def has_send_test_permission(self, request: HttpRequest, _object_id: str | None = None) -> bool:
        return bool(self.has_change_permission(request))

    def previews(self, data: Mapping[str, str]) -> dict[str, list[Line]]:
        examples, lock_screen = _examples(data), data.get("lock_screen", LockScreen.DISCREET)
        shown = {}
        for texts in posted(data, TEMPLATES, "language_code", *checks.TEXTS):
            lines = [line for field in checks.TEXTS for line in rendered(field, texts[field], examples)]
            found = checks.errors_of(texts, examples, lock_screen)
            shown[texts["language_code"]] = lines + problems(problem for _field, problem in found)
        return shown

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
