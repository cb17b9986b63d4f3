"""What keeps a survey's questions from going out wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hera.core import template_checks
from hera.surveys.models import SurveyTemplateTranslation

if TYPE_CHECKING:
    from hera.core.template_checks import Problem

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
}


def errors_of(question: str) -> list[Problem]:
    """What must be mended before a question is saved."""
    longest = SurveyTemplateTranslation._meta.get_field("question").max_length
    assert longest is not None
    return template_checks.problems_of(question, EXAMPLES, longest)
