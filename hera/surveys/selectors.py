"""Reads of surveys."""

from __future__ import annotations

import datetime as dt
import functools
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import connection

from hera.child_health.plan.programme import programme_of
from hera.core import languages
from hera.scheduling import facts
from hera.scheduling.models import as_schedules
from hera.scheduling.still_true import Announced
from hera.scheduling.still_true import of as standing_of
from hera.surveys import unreadable
from hera.surveys.models import Survey, SurveySchedule, SurveyType
from hera.texts.rendering import NoTimeToRender, TemplateDoesNotRender, Wanted, render_all

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from django.contrib.auth.models import User

    from hera.scheduling.windows import Schedule

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
    """A survey as its person sees it; instants are as PostgreSQL puts them into JSON.

    Without a `question` there is nothing to show; it `had_no_time` where other texts took it.
    """

    id: int
    template_id: int
    template: Template
    context: dict[str, Any]
    response: str | None
    responded_at: str | None
    available_at: str
    expires_at: str
    question: str | None
    had_no_time: bool = False

    @property
    def is_showable(self) -> bool:
        """Whether a shipped client can show it."""
        is_choice = self.template.survey_type == SurveyType.MULTIPLE_CHOICE
        return is_choice and len(self.template.options) >= MINIMUM_OPTIONS and bool(self.question)


def schedules() -> tuple[list[Schedule], dict[int, int]]:
    """The schedules of surveys that are on, as the due engine reads them, and the template of each; one query."""
    found = list(SurveySchedule.objects.select_related("survey_template").order_by("id"))
    on = {row.pk: row.survey_template_id for row in found if row.is_active and row.survey_template.is_active}
    return as_schedules(found, on), on


def survey_of(user: User, pk: int) -> Survey | None:
    """One of a person's surveys, with what answering it needs."""
    found = Survey.objects.filter(user=user, pk=pk).select_related("survey_template")
    return found.prefetch_related("survey_template__options").first()


class Waiting(NamedTuple):
    """A survey that waits for an answer, and why it was withdrawn, if it was."""

    id: int
    user_id: int
    announced: Announced
    withdrawn_because: str


def waiting_of(user_ids: Sequence[int], now: dt.datetime) -> list[Waiting]:
    """What waits for an answer of these people; one query."""
    return _waiting("survey.user_id = ANY(%(users)s)", {"users": list(user_ids), "now": now})


def waiting_after(survey_id: int, most: int, now: dt.datetime) -> list[Waiting]:
    """What waits for an answer of anybody, in the order of ids, from after this one on, so many at most; one query."""
    found = "survey.id > %(after)s ORDER BY survey.id LIMIT %(most)s"
    return _waiting(found, {"after": survey_id, "most": most, "now": now})


def _waiting(found: str, values: dict[str, Any]) -> list[Waiting]:
    with connection.cursor() as cursor:
        cursor.execute(f"{_WAITING} AND {found}", values)
        return [
            Waiting(survey_id, user_id, Announced(key, json.loads(context), is_on), because)
            for survey_id, user_id, key, context, is_on, because in cursor.fetchall()
        ]


def surveys_from(
    today: dt.date, language: str, found: str, by_id: str, doses: str, her_facts: str
) -> list[AskedSurvey]:
    """A person's surveys in the order in which they were put, from the values of `surveys_where`.

    Without those that are not true any more; what was answered stays, as long as it is about somebody who is there.

    Args:
        today: the date where she lives.
    """
    rows = json.loads(found)
    if not rows:
        return []
    templates, programme = _templates(by_id), programme_of(doses).doses
    her = facts.of_person(her_facts, today)
    asked = []
    for survey_id, template_id, key, context, is_on, is_open, *response_and_instants in rows:
        stands = standing_of(Announced(key, context, is_on, is_open), her, programme)
        if stands.reason is None:
            known = survey_id, template_id, templates[template_id], dict(stands.context)
            asked.append(AskedSurvey._make((*known, *response_and_instants, None, False)))
    texts = _questions(asked, language)
    unreadable.note(
        {
            survey.template_id
            for survey, text in zip(asked, texts, strict=True)
            if isinstance(text, TemplateDoesNotRender)
        }
    )
    return [
        survey._replace(
            question=text or None if isinstance(text, str) else None, had_no_time=isinstance(text, NoTimeToRender)
        )
        for survey, text in zip(asked, texts, strict=True)
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


# When the next of `person`'s surveys can be answered no more.
NEXT_TO_EXPIRE = """
    (SELECT min(expires_at) FROM surveys_survey
        WHERE user_id = person.id AND responded_at IS NULL AND expires_at >= %(now)s)
"""
WAITING = "survey.responded_at IS NULL AND survey.expires_at >= %(now)s"
_WAITING = f"""
    SELECT survey.id, survey.user_id, survey.event_key, survey.context,
        template.is_active AND coalesce(schedule.is_active, true), survey.withdrawn_because
    FROM surveys_survey survey
    JOIN surveys_surveytemplate template ON template.id = survey.survey_template_id
    LEFT JOIN surveys_surveyschedule schedule ON schedule.id = survey.schedule_id
    WHERE {WAITING}
"""  # noqa: S608  (our own text)


def surveys_where(condition: str) -> str:
    """What `surveys_from` takes, of `person`'s surveys of which this holds."""
    # The texts of an option stand in the order of languages.CODES; the column of Dari has another name than its code.
    return f"""
        (SELECT coalesce(json_agg(json_build_array(survey.id, survey.survey_template_id, survey.event_key,
                survey.context, template.is_active AND coalesce(schedule.is_active, true), {WAITING},
                survey.response, survey.responded_at, survey.available_at, survey.expires_at)
                ORDER BY survey.available_at, survey.id), '[]')::text
            FROM surveys_survey survey
            JOIN surveys_surveytemplate template ON template.id = survey.survey_template_id
            LEFT JOIN surveys_surveyschedule schedule ON schedule.id = survey.schedule_id
            WHERE survey.user_id = person.id AND {condition}),
        (SELECT coalesce(json_agg(json_build_array(id, survey_type,
                (SELECT coalesce(json_agg(json_build_array(language_code, question)), '[]')
                    FROM surveys_surveytemplatetranslation WHERE survey_template_id = template.id),
                (SELECT coalesce(json_agg(json_build_array(
                        code, option_en, option_tr, option_ar, option_ps, option_ars) ORDER BY id), '[]')
                    FROM surveys_surveytemplateoption WHERE survey_template_id = template.id)
            ) ORDER BY id), '[]')::text
            FROM surveys_surveytemplate template WHERE id IN (
                SELECT survey_template_id FROM surveys_survey survey
                WHERE survey.user_id = person.id AND {condition})),
        {facts.columns_of("person.id")}
    """  # noqa: S608  (our own text)
