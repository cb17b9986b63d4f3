from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin, TabularInline

from hera.core import languages
from hera.scheduling.event_fields import fields_of, hole, unfilled
from hera.scheduling.forms import ScheduleForm
from hera.scheduling.schedule_admin import ScheduleAdmin
from hera.scheduling.switching import SwitchedOff
from hera.surveys import checks, services
from hera.surveys.models import (
    Effect,
    Survey,
    SurveySchedule,
    SurveyTemplate,
    SurveyTemplateOption,
    SurveyTemplateTranslation,
    option_field,
)
from hera.texts import written_dates
from hera.texts.editor import (
    LanguageForm,
    LanguageFormSet,
    LanguageInline,
    Line,
    PreviewAdmin,
    posted,
    problems,
    rendered,
)
from hera.texts.questions import QuestionedForm
from hera.texts.versions import Refused
from hera.texts.versions_admin import VersionedTexts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from django.http import HttpRequest

    from hera.texts.versions import Texts


QUESTION = "?"  # what is asked, among a version's texts; the others are answers, by their codes


def is_in_use(template: SurveyTemplate | None) -> bool:
    """Whether somebody was asked, or a schedule would ask."""
    return bool(template and template.pk and (template.schedules.exists() or template.survey_set.exists()))


class OptionFormSet(forms.BaseInlineFormSet):  # type: ignore[type-arg]
    """The answers. The code of one is what phones send and figures count, so that of one in use stays."""

    @functools.cached_property
    def _keeps_codes(self) -> bool:
        return is_in_use(self.instance)

    def add_fields(self, form: forms.ModelForm[Any], index: int | None) -> None:
        super().add_fields(form, index)
        if form.instance.pk and self._keeps_codes:
            form.fields["code"].disabled = True


class OptionInline(TabularInline):  # type: ignore[misc]
    extra = 0
    formset = OptionFormSet
    model = SurveyTemplateOption

    def has_delete_permission(self, request: HttpRequest, obj: SurveyTemplate | None = None) -> bool:
        return bool(super().has_delete_permission(request, obj)) and not is_in_use(obj)


class TranslationForm(LanguageForm):
    def clean_question(self) -> str:
        question: str = self.cleaned_data["question"]
        if found := checks.errors_of(question, self.language):
            raise forms.ValidationError([str(problem) for problem in found])
        template = self.instance.survey_template if self.instance.survey_template_id else None
        for event_type in template.schedules.values_list("calendar_event_type", flat=True) if template else ():
            if holes := unfilled([question], event_type):
                raise forms.ValidationError(hole(holes))
        return question


class TranslationFormSet(LanguageFormSet):
    """The wording of a question, with the fields offered that the events of its schedules have."""

    @property
    def offered(self) -> list[str]:
        return sorted(fields_of(self.instance.schedules if self.instance.pk else None))


class TranslationInline(LanguageInline):
    model = SurveyTemplateTranslation
    form = TranslationForm
    formset = TranslationFormSet

    def has_delete_permission(self, request: HttpRequest, obj: SurveyTemplate | None = None) -> bool:
        return bool(super().has_delete_permission(request, obj)) and not is_in_use(obj)


class SurveyTemplateForm(QuestionedForm):
    """A question. What an answer in use does to calendars is not changed by the way."""

    class Meta:
        model = SurveyTemplate
        fields = "__all__"  # those that are edited; the page says which

    def questions(self) -> list[str]:
        if not is_in_use(self.instance):
            return []
        kept = {str(option.pk): option for option in self.instance.options.all()}
        told = _("%(answer)s will mean from now on: %(effect)s. Until now it meant: %(before)s.")
        asked = []
        for row in posted(self.data, "options", "id", "effect"):
            option = kept.get(row["id"])
            if option and row["effect"] in Effect.values and row["effect"] != option.effect:
                effect, before = (_(str(Effect(one).label)) for one in (row["effect"], option.effect))
                asked.append(told % {"answer": option.code, "effect": effect, "before": before})
        return asked


@admin.register(SurveyTemplate)
class SurveyTemplateAdmin(SwitchedOff, PreviewAdmin, VersionedTexts, ModelAdmin):  # type: ignore[misc]
    form = SurveyTemplateForm
    list_display = ["code", "survey_type", "is_active"]
    list_filter = ["is_active"]
    search_fields = ["code", "description"]
    inlines = [OptionInline, TranslationInline]
    actions_detail = ["earlier_texts"]

    def after_switching(self) -> None:
        services.look_again_later()

    def get_readonly_fields(self, request: HttpRequest, obj: SurveyTemplate | None = None) -> list[str]:
        return ["code", "survey_type"] if is_in_use(obj) else []

    def previews(self, data: Mapping[str, str]) -> dict[str, list[Line]]:
        options = list(posted(data, "options", *(option_field(code) for code in languages.CODES)))
        shown = {}
        for row in posted(data, "translations", "language_code", "question"):
            language, question = row["language_code"], row["question"]
            answers = [option.get(option_field(language), "") for option in options]
            shown[language] = [
                *rendered("question", question, checks.EXAMPLES, language),
                *({"kind": "button", "text": answer} for answer in answers if answer and question),
                *problems(checks.errors_of(question, language) if question else []),
            ]
        return shown

    def texts_of(self, record: SurveyTemplate) -> Texts:
        rows = SurveyTemplateTranslation.objects.filter(survey_template=record)
        found: Texts = {row.language_code: {QUESTION: row.question} for row in rows}
        for option in SurveyTemplateOption.objects.filter(survey_template=record).order_by("pk"):
            for language in languages.CODES:
                if text := getattr(option, option_field(language)):
                    found.setdefault(language, {})[option.code] = text
        return found

    def set_texts(self, record: SurveyTemplate, texts: Texts) -> None:
        options = {option.code: option for option in SurveyTemplateOption.objects.filter(survey_template=record)}
        kinds = list(record.schedules.values_list("calendar_event_type", flat=True))
        for language, said in texts.items():
            if question := said.get(QUESTION):
                holes = [hole(names) for kind in kinds if (names := unfilled([question], kind))]
                if found := [str(one) for one in checks.errors_of(question, language)] + holes:
                    raise Refused(_("These texts would not go out right any more. %(reason)s") % {"reason": found[0]})
                SurveyTemplateTranslation.objects.update_or_create(
                    survey_template=record, language_code=language, defaults={"question": question}
                )
            for code in said.keys() & options.keys():
                setattr(options[code], option_field(language), said[code])
        SurveyTemplateOption.objects.bulk_update(options.values(), [option_field(code) for code in languages.CODES])

    def label_of_text(self, name: str) -> str:
        return _("Question") if name == QUESTION else _("Answer %(code)s") % {"code": name}

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        if change and "is_active" in form.changed_data:
            self.after_switching()
        for warning in checks.warnings_of(form.instance):
            messages.warning(request, warning)


class SurveyScheduleForm(ScheduleForm):
    content_field = "survey_template"
    announced = Survey

    class Meta:
        model = SurveySchedule
        fields = ("survey_template", "calendar_event_type", "offset_days", "time_of_day", "time_to_live", "is_active")

    def texts_of(self, cleaned: dict[str, Any]) -> Iterable[str]:
        template: SurveyTemplate = cleaned["survey_template"]
        return template.translations.values_list("question", flat=True)


@admin.register(SurveySchedule)
class SurveyScheduleAdmin(ScheduleAdmin):
    list_display = ("survey_template", "when", "open_for", "is_active")
    form = SurveyScheduleForm

    def after_switching(self) -> None:
        services.look_again_later()

    @admin.display(description=gettext_lazy("Of use for"), ordering="time_to_live")
    def open_for(self, schedule: SurveySchedule) -> str:
        return written_dates.duration(schedule.time_to_live)
