"""Writes of surveys: asking what is due, and taking answers."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from hera.child_health.services import tick_vaccines_of_doses
from hera.core import clock
from hera.core.visible import one_line
from hera.scheduling.engine import DueEvent, find_due
from hera.scheduling.recording import Record, insert_new, record_all
from hera.surveys import selectors
from hera.surveys.models import Effect, Survey, SurveyType

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.contrib.auth.models import User

_RECORD = Record("surveys_survey", "survey_template_id", "available_at", "expires_at")

LONGEST_ANSWER = 255


class InvalidAnswer(ValueError):  # noqa: N818
    """The answer is not one of those offered; the message is for the person who gave it."""


def ask_due(now: dt.datetime, *, regardless_of_time: bool = False, dry_run: bool = False) -> int:
    """Create the surveys that are due at `now`; returns how many. Safe to run late, twice or at once."""
    schedules = selectors.schedules()
    due = find_due(
        [schedule.as_schedule() for schedule in schedules.values()],
        now,
        Survey,
        regardless_of_time=regardless_of_time,
    )
    if dry_run:
        return sum(map(len, due))
    templates = {schedule.pk: schedule.survey_template_id for schedule in schedules.values()}
    return record_all(due, lambda events: _ask(events, templates))


def _ask(due: list[DueEvent], templates: Mapping[int, int]) -> int:
    with transaction.atomic():
        return len(insert_new(_RECORD, due, templates))


def answer(survey: Survey, response: str) -> None:
    """Take a person's answer and do what follows from it; the same answer may come twice.

    Raises:
        InvalidAnswer: if the survey does not offer it. Nothing has changed then.
    """
    template = survey.survey_template
    effect = Effect.NONE
    if template.survey_type == SurveyType.MULTIPLE_CHOICE:
        effects = {option.code: Effect(option.effect) for option in template.options.all()}
        if response not in effects:
            raise InvalidAnswer(_("This is not one of the possible answers."))
        effect = effects[response]
    elif not (response := one_line(response)) or len(response) > LONGEST_ANSWER:
        raise InvalidAnswer(_("Please answer in 1 to 255 characters."))
    now = clock.now()
    with transaction.atomic():
        Survey.objects.filter(pk=survey.pk).update(response=response, responded_at=now, updated_at=now)
        if effect == Effect.DOSES_GIVEN:
            _tick_vaccines(survey)


def _tick_vaccines(survey: Survey) -> None:
    child_id, dose_ids = survey.context.get("child_id"), survey.context.get("dose_ids")
    if child_id and dose_ids:
        tick_vaccines_of_doses(survey.user, int(child_id), [int(dose) for dose in str(dose_ids).split(",")])


def move_to_account(of: User, to: User) -> None:
    """Give what a person was asked, and her answers, to another account of hers: nothing is asked twice."""
    Survey.objects.filter(user=of).update(user=to)
