from django import forms
from django.contrib import admin
from unfold.admin import ModelAdmin, TabularInline

from hera.surveys import checks
from hera.surveys.models import SurveySchedule, SurveyTemplate, SurveyTemplateOption, SurveyTemplateTranslation


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


@admin.register(SurveySchedule)
class SurveyScheduleAdmin(ModelAdmin):  # type: ignore[misc]
    list_display = ["survey_template", "calendar_event_type", "offset_days", "time_of_day", "time_to_live"]
