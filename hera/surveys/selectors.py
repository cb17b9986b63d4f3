"""Reads of surveys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Prefetch

from hera.core import clock, languages
from hera.core.rendering import TemplateDoesNotRender, render
from hera.surveys.models import Survey, SurveySchedule, SurveyTemplateOption, SurveyType

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.contrib.auth.models import User
    from django.db.models import QuerySet

MINIMUM_OPTIONS = 2  # the app's home page crashes at every start on a survey with fewer


@dataclass(frozen=True)
class Option:
    code: str
    translated_text: str


def schedules() -> dict[int, SurveySchedule]:
    return {schedule.pk: schedule for schedule in SurveySchedule.objects.order_by("id")}


def surveys_of(user: User) -> QuerySet[Survey]:
    """All of a person's surveys, in the order in which they were put, with what their texts need."""
    return (
        Survey.objects.filter(user=user)
        .select_related("survey_template")
        .prefetch_related(
            "survey_template__translations",
            # The first option is the filled button: their order must not change.
            Prefetch("survey_template__options", queryset=SurveyTemplateOption.objects.order_by("id")),
        )
        .order_by("available_at", "id")
    )


def pending_surveys_of(user: User) -> Iterator[Survey]:
    """Those that wait for an answer and that a shipped client can show."""
    now = clock.now()
    waiting = surveys_of(user).filter(
        responded_at=None,
        expires_at__gte=now,
        survey_template__survey_type=SurveyType.MULTIPLE_CHOICE,
    )
    language = language_of(user)
    for survey in waiting:
        if len(survey.survey_template.options.all()) >= MINIMUM_OPTIONS and question_of(survey, language):
            yield survey


def language_of(user: User) -> str:
    profile = getattr(user, "profile", None)
    return profile.language_code if profile else languages.default()


def question_of(survey: Survey, language: str) -> str | None:
    """The question in this language, or else in English; None if there is neither or it does not render."""
    questions = {text.language_code: text.question for text in survey.survey_template.translations.all()}
    question = questions.get(language) or questions.get(languages.FALLBACK)
    if question is None:
        return None
    try:
        return render(question, survey.context) or None
    except TemplateDoesNotRender:
        return None


def options_of(survey: Survey, language: str) -> list[Option]:
    return [Option(option.code, option.text_in(language)) for option in survey.survey_template.options.all()]
