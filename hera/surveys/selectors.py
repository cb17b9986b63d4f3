"""Reads of surveys."""

from __future__ import annotations

import datetime as dt
import functools
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import connection

from hera.core import clock, languages
from hera.surveys import unreadable
from hera.surveys.models import Survey, SurveySchedule, SurveyType
from hera.texts.rendering import NoTimeToRender, TemplateDoesNotRender, Wanted, render_all

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from django.contrib.auth.models import User

MINIMUM_OPTIONS = 2  # the app's home page crashes at every start on a survey with fewer


@dataclass(frozen=True)
class Option:
    code: str
    texts: Mapping[str, str | None]  # by language

    def text_in(self, language: str) -> str:
        return self.texts.get(language) or self.texts[languages.FALLBACK] or ""


@dataclass(frozen=True)
class Template:
    """A survey's question and answers, in all languages."""

    survey_type: str
    questions: Mapping[str, str]
    options: tuple[Option, ...]  # the first is the filled button: their order must not change


class AskedSurvey(NamedTuple):
    """A survey as its person sees it. Without a `question` there is nothing to show."""

    id: int
    template: Template
    context: dict[str, Any]
    response: str | None
    responded_at: dt.datetime | None
    available_at: dt.datetime
    expires_at: dt.datetime
    question: str | None


def schedules() -> dict[int, SurveySchedule]:
    """The schedules of surveys that are on, by id."""
    found = SurveySchedule.objects.filter(is_active=True, survey_template__is_active=True)
    return {schedule.pk: schedule for schedule in found.order_by("id")}


def survey_of(user: User, pk: int) -> Survey | None:
    """One of a person's surveys, with what answering it needs."""
    found = Survey.objects.filter(user=user, pk=pk).select_related("survey_template")
    return found.prefetch_related("survey_template__options").first()


def surveys_of(user: User, pk: int | None = None) -> list[AskedSurvey]:
    """All of a person's surveys, or that one of them, in the order in which they were put; two queries."""
    return _asked(user, "TRUE" if pk is None else "id = %(pk)s", {"pk": pk})


def pending_surveys_of(user: User) -> list[AskedSurvey]:
    """Those that wait for an answer and that a shipped client can show."""
    waiting = _asked(user, "responded_at IS NULL AND expires_at >= %(now)s", {"now": clock.now()})
    return [
        survey
        for survey in waiting
        if survey.template.survey_type == SurveyType.MULTIPLE_CHOICE
        and len(survey.template.options) >= MINIMUM_OPTIONS
        and survey.question
    ]


def _asked(user: User, condition: str, values: dict[str, Any]) -> list[AskedSurvey]:
    with connection.cursor() as cursor:
        cursor.execute(_SURVEYS.format(condition=condition), {"user": user.pk, **values})
        rows = cursor.fetchall()
        cursor.execute(_TEMPLATES, [list({template_id for _id, template_id, *_others in rows})])
        templates = _templates(*cursor.fetchone())
    language = languages.of(user)
    found = [
        AskedSurvey(
            survey_id,
            templates[template_id],
            json.loads(context),
            response,
            responded_at,
            available_at,
            expires_at,
            None,
        )
        for survey_id, template_id, context, response, responded_at, available_at, expires_at in rows
    ]
    texts = _questions(found, language)
    unreadable.note({row[1] for row, text in zip(rows, texts, strict=True) if isinstance(text, TemplateDoesNotRender)})
    return [
        survey._replace(question=text or None if isinstance(text, str) else None)
        for survey, text in zip(found, texts, strict=True)
    ]


def _questions(asked: Sequence[AskedSurvey], language: str) -> list[str | TemplateDoesNotRender | NoTimeToRender]:
    """The questions in this language, or else in English; why not, where one does not render."""
    wanted = []
    for survey in asked:
        questions = survey.template.questions
        said_in = language if questions.get(language) else languages.FALLBACK
        wanted.append(Wanted(questions.get(said_in) or "", survey.context, said_in))
    return render_all(wanted)


@functools.lru_cache(maxsize=256)
def _templates(as_json: str) -> dict[int, Template]:
    """Templates by id, read once for as long as they are the same."""
    return {
        template_id: Template(
            survey_type,
            dict(questions),
            tuple(Option(code, dict(zip(languages.CODES, texts, strict=True))) for code, *texts in options),
        )
        for template_id, survey_type, questions, options in json.loads(as_json)
    }


_SURVEYS = """
    SELECT id, survey_template_id, context, response, responded_at, available_at, expires_at
    FROM surveys_survey WHERE user_id = %(user)s AND {condition} ORDER BY available_at, id
"""
# The texts of an option stand in the order of languages.CODES; the column of Dari has another name than its code.
_TEMPLATES = """
    SELECT coalesce(json_agg(json_build_array(id, survey_type,
        (SELECT coalesce(json_agg(json_build_array(language_code, question)), '[]')
            FROM surveys_surveytemplatetranslation WHERE survey_template_id = template.id),
        (SELECT coalesce(json_agg(json_build_array(code, option_en, option_tr, option_ar, option_ps, option_ars)
                ORDER BY id), '[]')
            FROM surveys_surveytemplateoption WHERE survey_template_id = template.id)
    ) ORDER BY id), '[]')::text
    FROM surveys_surveytemplate template WHERE id = ANY(%s)
"""
