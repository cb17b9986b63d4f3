"""The lists of surveys, as phones ask for them at each start, and one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hera.api.own_lists import NothingThere, OwnList, instant
from hera.surveys import selectors

if TYPE_CHECKING:
    from hera.api.own_lists import Caller
    from hera.surveys.selectors import AskedSurvey


def _surveys(caller: Caller, *found: Any) -> list[dict[str, Any]]:
    return [_row(one, caller.language) for one in selectors.surveys_from(caller.today, caller.language, *found)]


def _pending(caller: Caller, *found: Any) -> list[dict[str, Any]]:
    """Those that the app can show."""
    asked = selectors.surveys_from(caller.today, caller.language, *found)
    return [_row(one, caller.language) for one in asked if one.is_showable]


def _one(caller: Caller, *found: Any) -> dict[str, Any]:
    asked = selectors.surveys_from(caller.today, caller.language, *found)
    if not asked:
        raise NothingThere
    return _row(asked[0], caller.language)


def _row(survey: AskedSurvey, language: str) -> dict[str, Any]:
    return {
        "id": survey.id,
        "survey_type": survey.template.survey_type,
        "question": survey.question,
        "options": [
            {"code": option.code, "translated_text": option.text_in(language)} for option in survey.template.options
        ],
        "context": {name: str(value or "") for name, value in survey.context.items()},
        "response": survey.response,
        "responded_at": instant(survey.responded_at),
        "available_at": instant(survey.available_at),
        "expires_at": instant(survey.expires_at),
    }


SURVEYS = OwnList(selectors.surveys_where("TRUE"), _surveys)
PENDING = OwnList(selectors.surveys_where(selectors.WAITING), _pending)
SURVEY = OwnList(selectors.surveys_where("survey.id = %(wanted_id)s"), _one)
