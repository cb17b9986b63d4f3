"""What keeps a survey's questions from going out wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from hera.core import languages
from hera.surveys.models import SurveyTemplateTranslation, SurveyType
from hera.surveys.selectors import MINIMUM_OPTIONS
from hera.texts import template_checks
from hera.texts.rendering import Wanted, render_all

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hera.surveys.models import SurveyTemplate
    from hera.texts.template_checks import Problem

# What a survey may name: the fields of the event that it asks about, with likely long values.
EXAMPLES = {
    "date": "2026-11-25",
    "event_type": "prenatal_checkup",
    "event_key": "vaccination/child-1000000/doses-6,7,15",
    "person_name": "Abdurrahman Mohammad",
    "vaccine_names": "BCG, aBDT-IPA-Hib, Pneumococcus (KPA)",
    "child_id": "1000000",
    "dose_ids": "6,7,15",
    "week_age": "104",
    "pregnancy_id": "1000000",
    "weeks_pregnant": "38",
    "contact": "4",
}


def errors_of(question: str, language: str = languages.FALLBACK) -> list[Problem]:
    """What must be mended before a question in this language is saved."""
    longest = SurveyTemplateTranslation._meta.get_field("question").max_length
    assert longest is not None
    return template_checks.problems_of(question, EXAMPLES, longest, language)


def example_of(template: SurveyTemplate, language: str) -> str:
    """The question as a made-up mother reads it, in this language or else in English; blank where it has none."""
    questions = dict(template.translations.values_list("language_code", "question"))
    language = language if language in questions else languages.FALLBACK
    [found] = render_all([Wanted(questions.get(language, ""), EXAMPLES, language)])
    return found if isinstance(found, str) else ""


def warnings_of(template: SurveyTemplate) -> Iterator[str]:
    """What staff should know of a survey that is saved: languages without a question or without an answer."""
    with_question = {translation.language_code for translation in template.translations.all()}
    with_answers = {
        code for code in languages.CODES if all(option.has_text_in(code) for option in template.options.all())
    }
    yield from template_checks.languages_missing(with_question & with_answers)
    if template.survey_type == SurveyType.MULTIPLE_CHOICE and template.options.count() < MINIMUM_OPTIONS:
        yield _("Phones show no survey with fewer than %(number)s answers.") % {"number": MINIMUM_OPTIONS}
