from django.contrib import admin
from unfold.admin import ModelAdmin, TabularInline

from hera.surveys.models import SurveySchedule, SurveyTemplate, SurveyTemplateOption, SurveyTemplateTranslation


class OptionInline(TabularInline):  # type: ignore[misc]
    model = SurveyTemplateOption
    extra = 0


class TranslationInline(TabularInline):  # type: ignore[misc]
    model = SurveyTemplateTranslation
    extra = 0


@admin.register(SurveyTemplate)
class SurveyTemplateAdmin(ModelAdmin):  # type: ignore[misc]
    list_display = ["code", "survey_type"]
    inlines = [OptionInline, TranslationInline]


@admin.register(SurveySchedule)
class SurveyScheduleAdmin(ModelAdmin):  # type: ignore[misc]
    list_display = ["survey_template", "calendar_event_type", "offset_days", "time_of_day", "time_to_live"]
