from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin, TabularInline

from hera.scheduling.sentences import sentence
from hera.surveys import checks
from hera.surveys.models import SurveySchedule, SurveyTemplate, SurveyTemplateOption, SurveyTemplateTranslation

if TYPE_CHECKING:
    from django.http import HttpRequest


class OptionInline(TabularInline):  # type: ignore[misc]
    model = SurveyTemplateOption
    extra = 0


class TranslationForm(forms.ModelForm):  # type: ignore[type-arg]
    def clean_question(self) -> str:
        question: str = self.cleaned_data["question"]
        if problems := checks.errors_of(question):
            raise forms.ValidationError([str(problem) for problem in problems])
        return question


class TranslationInline(TabularInline):  # type: ignore[misc]
    model = SurveyTemplateTranslation
    form = TranslationForm
    extra = 0


@admin.register(SurveyTemplate)
class SurveyTemplateAdmin(ModelAdmin):  # type: ignore[misc]
    list_display = ["code", "survey_type"]
    inlines = [OptionInline, TranslationInline]

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        for warning in checks.warnings_of(form.instance):
            messages.warning(request, warning)


@admin.register(SurveySchedule)
class SurveyScheduleAdmin(ModelAdmin):  # type: ignore[misc]
    list_display = ["survey_template", "when", "time_to_live"]

    @admin.display(description=gettext_lazy("When"), ordering="offset_days")
    def when(self, schedule: SurveySchedule) -> str:
        return sentence(schedule.as_schedule())
