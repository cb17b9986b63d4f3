from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin, TabularInline

from hera.core import languages
from hera.scheduling.sentences import sentence
from hera.surveys import checks
from hera.surveys.models import (
    SurveySchedule,
    SurveyTemplate,
    SurveyTemplateOption,
    SurveyTemplateTranslation,
    option_field,
)
from hera.texts.editor import LanguageForm, LanguageInline, Line, PreviewAdmin, posted, problems, rendered

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpRequest


class OptionInline(TabularInline):  # type: ignore[misc]
    extra = 0
    model = SurveyTemplateOption


class TranslationForm(LanguageForm):
    def clean_question(self) -> str:
        question: str = self.cleaned_data["question"]
        if found := checks.errors_of(question):
            raise forms.ValidationError([str(problem) for problem in found])
        return question


class TranslationInline(LanguageInline):
    model = SurveyTemplateTranslation
    form = TranslationForm


@admin.register(SurveyTemplate)
class SurveyTemplateAdmin(PreviewAdmin, ModelAdmin):  # type: ignore[misc]
    list_display = ["code", "survey_type"]
    inlines = [OptionInline, TranslationInline]

    def previews(self, data: Mapping[str, str]) -> dict[str, list[Line]]:
        options = list(posted(data, "options", *(option_field(code) for code in languages.CODES)))
        shown = {}
        for row in posted(data, "translations", "language_code", "question"):
            language, question = row["language_code"], row["question"]
            answers = [option.get(option_field(language), "") for option in options]
            shown[language] = [
                *rendered("question", question, checks.EXAMPLES),
                *({"kind": "button", "text": answer} for answer in answers if answer and question),
                *problems(checks.errors_of(question) if question else []),
            ]
        return shown

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
