"""The lists of surveys, as phones ask for them at each start, and one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hera.api.own_lists import NothingThere, OwnList, Partial, instant
from hera.surveys import selectors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from hera.api.own_lists import Caller
    from hera.surveys.selectors import AskedSurvey


def _surveys(caller: Caller, *found: Any) -> Any:
    asked = selectors.surveys_from(caller.today, caller.language, *found)
    return _shown([_row(one, caller.language) for one in asked], asked)


def _pending(caller: Caller, *found: Any) -> Any:
    """Those that the app can show."""
    asked = selectors.surveys_from(caller.today, caller.language, *found)
    return _shown([_row(one, caller.language) for one in asked if one.is_showable], asked)


def _one(caller: Caller, *found: Any) -> Any:
    asked = selectors.surveys_from(caller.today, caller.language, *found)
    if not asked:
        raise NothingThere
    return _shown(_row(asked[0], caller.language), asked)


def _shown(rows: Any, asked: Iterable[AskedSurvey]) -> Any:
    return Partial(rows) if any(one.had_no_time for one in asked) else rows


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


def _list(condition: str, shown: Callable[..., Any]) -> OwnList:
    return OwnList(selectors.surveys_where(condition), shown, changes_at=selectors.NEXT_TO_EXPIRE)


SURVEYS = _list("TRUE", _surveys)
PENDING = _list(selectors.WAITING, _pending)
SURVEY = _list("survey.id = %(wanted_id)s", _one)
