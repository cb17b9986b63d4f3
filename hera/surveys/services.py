"""Writes of surveys: asking what is due, and taking answers."""

from __future__ import annotations

import datetime as dt
import json

from django.db import connection, transaction
from django.utils.translation import gettext as _

from hera.child_health.services import tick_vaccines_of_doses
from hera.core import clock
from hera.scheduling.engine import DueEvent, find_due
from hera.surveys import selectors
from hera.surveys.models import HAVE_YOU_VISITED, Survey, SurveySchedule, SurveyType

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
    return sum(_insert(events, schedules) for events in due)


def _insert(due: list[DueEvent], schedules: dict[int, SurveySchedule]) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO surveys_survey (
                user_id, event_key, schedule_id, survey_template_id, context,
                available_at, expires_at, created_at, updated_at
            )
            SELECT user_id, event_key, schedule_id, survey_template_id, context, opens_at, closes_at, %s, %s
            FROM json_to_recordset(%s) AS due(
                user_id int, event_key text, schedule_id bigint, survey_template_id bigint, context jsonb,
                opens_at timestamptz, closes_at timestamptz
            )
            ON CONFLICT (event_key, schedule_id) DO NOTHING
            """,
            # One JSON text: arrays of contexts, with their many quotes, take longer to write than to insert.
            [now := clock.now(), now, json.dumps([_row(event, schedules) for event in due])],
        )
        return int(cursor.rowcount)


def _row(due: DueEvent, schedules: dict[int, SurveySchedule]) -> dict[str, object]:
    return {
        "user_id": due.user_id,
        "event_key": due.event.event_key,
        "schedule_id": due.schedule_id,
        "survey_template_id": schedules[due.schedule_id].survey_template_id,
        "context": due.event.context(),
        "opens_at": due.opens_at.isoformat(),
        "closes_at": due.closes_at.isoformat(),
    }


def answer(survey: Survey, response: str) -> None:
    """Take a person's answer and do what follows from it; the same answer may come twice.

    Raises:
        InvalidAnswer: if the survey does not offer it. Nothing has changed then.
    """
    template = survey.survey_template
    if template.survey_type == SurveyType.MULTIPLE_CHOICE:
        if response not in {option.code for option in template.options.all()}:
            raise InvalidAnswer(_("This is not one of the possible answers."))
    elif not response.strip() or len(response) > LONGEST_ANSWER:
        raise InvalidAnswer(_("Please answer in 1 to 255 characters."))
    now = clock.now()
    with transaction.atomic():
        Survey.objects.filter(pk=survey.pk).update(response=response, responded_at=now, updated_at=now)
        if template.code == HAVE_YOU_VISITED and response == "yes":
            _tick_vaccines(survey)


def _tick_vaccines(survey: Survey) -> None:
    child_id, dose_ids = survey.context.get("child_id"), survey.context.get("dose_ids")
    if child_id and dose_ids:
        tick_vaccines_of_doses(survey.user, int(child_id), [int(dose) for dose in str(dose_ids).split(",")])
