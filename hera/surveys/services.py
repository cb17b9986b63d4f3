"""Writes of surveys: asking what is due, and taking answers."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app

from hera.child_health import endings, missed_visits
from hera.child_health.calendar import EventType
from hera.child_health.models import PregnancyOutcome
from hera.child_health.packs import adopting
from hera.child_health.plan import stored
from hera.child_health.services import lock, take_answer, take_answer_back
from hera.core import clock
from hera.core.visible import one_line
from hera.scheduling import facts, still_true
from hera.scheduling.engine import DueEvent, find_due
from hera.scheduling.recording import Record, insert_new, record_all
from hera.scheduling.still_true import Announced
from hera.surveys import selectors
from hera.surveys.models import Effect, Survey, SurveyType

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from django.contrib.auth.models import User

    from hera.surveys.selectors import Waiting

_RECORD = Record("surveys_survey", "survey_template_id", "available_at", "expires_at")

LONGEST_ANSWER = 255
LOOK_AGAIN = "hera.surveys.look_again"
_AT_ONCE = 5_000


class InvalidAnswer(ValueError):  # noqa: N818
    """The answer is not one of those offered; the message is for the person who gave it."""


def ask_due(now: dt.datetime, *, regardless_of_time: bool = False, dry_run: bool = False) -> int:
    """Create the surveys that are due at `now`; returns how many. Safe to run late, twice or at once."""
    schedules, templates = selectors.schedules()
    due = find_due(schedules, now, Survey, regardless_of_time=regardless_of_time)
    if dry_run:
        return sum(map(len, due))
    adopting.leave_draft()
    stored.catch_up()  # before `due` is read
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
    effects = {option.code: Effect(option.effect) for option in template.options.all()}
    if template.survey_type == SurveyType.MULTIPLE_CHOICE:
        if response not in effects:
            raise InvalidAnswer(_("This is not one of the possible answers."))
    elif not (response := one_line(response)) or len(response) > LONGEST_ANSWER:
        raise InvalidAnswer(_("Please answer in 1 to 255 characters."))
    now = clock.now()
    with transaction.atomic():
        lock(survey.user)
        said = Survey.objects.filter(pk=survey.pk).values_list("response", flat=True).first()
        Survey.objects.filter(pk=survey.pk).update(response=response, responded_at=now, updated_at=now)
        before = effects.get(said or "", Effect.NONE)
        effect = effects.get(response, Effect.NONE)
        if before not in {Effect.NONE, effect}:
            _undo(before, survey)
        _do(effect, survey)


def _do(effect: Effect, survey: Survey) -> None:
    if effect == Effect.DOSES_GIVEN and (visit := _visit_of(survey)):
        child_id, dose_ids, day = visit
        take_answer(survey.user, child_id, dose_ids, day, _entry(survey))
    elif effect == Effect.VISIT_MISSED and (missed := _antenatal_visit_of(survey)):
        missed_visits.tell(survey.user, *missed)
    elif effect in _OUTCOMES and (pregnancy_id := survey.context.get("pregnancy_id")):
        endings.end_by_answer(survey.user, int(pregnancy_id), _OUTCOMES[effect])


def _undo(effect: Effect, survey: Survey) -> None:
    """She has answered otherwise before; what that did is taken back."""
    if effect == Effect.DOSES_GIVEN and (visit := _visit_of(survey)):
        take_answer_back(survey.user, visit[0], _entry(survey))
    elif effect == Effect.VISIT_MISSED and (missed := _antenatal_visit_of(survey)):
        missed_visits.take_back(survey.user, *missed)
    elif effect in _OUTCOMES and (pregnancy_id := survey.context.get("pregnancy_id")):
        endings.take_answer_back(survey.user, int(pregnancy_id), _OUTCOMES[effect])


_OUTCOMES = {
    Effect.BIRTH: PregnancyOutcome.Kind.BIRTH,
    Effect.PREGNANCY_ENDED: PregnancyOutcome.Kind.NOT_SAID,
}


def _visit_of(survey: Survey) -> tuple[int, list[int], dt.date | None] | None:
    """The child, the doses and the day of the visit that it is about; None if it is about something else."""
    people, programme = facts.load([survey.user_id], clock.now())
    announced = Announced(survey.event_key, survey.context)
    # What the question named, as she read it: without doses that were given or switched off since it was put.
    context = still_true.of(announced, people[survey.user_id], programme).context
    child_id, dose_ids, day = (context.get(name) for name in ("child_id", "dose_ids", "date"))
    if not (child_id and dose_ids):
        return None
    doses = [int(dose) for dose in str(dose_ids).split(",")]
    # What was due before the child was known, it may have had at any time; by a pack its day is planned like others.
    child = people[survey.user_id].children.get(int(child_id))
    if still_true.is_once_more(survey.event_key) and not (child and child.by_pack):
        day = None
    return int(child_id), doses, dt.date.fromisoformat(day) if day else None


def _antenatal_visit_of(survey: Survey) -> tuple[int, dt.date] | None:
    """The pregnancy and the day of the antenatal visit that it is about; None if it is about something else."""
    event_type, pregnancy_id, day = (survey.context.get(name) for name in ("event_type", "pregnancy_id", "date"))
    if event_type != EventType.PRENATAL_CHECKUP or not (pregnancy_id and day):
        return None
    return int(pregnancy_id), dt.date.fromisoformat(day)


def _entry(survey: Survey) -> str:
    return f"survey-{survey.pk}"


def withdraw(user_ids: Sequence[int], now: dt.datetime) -> None:
    """Withdraw, or bring back, the questions that wait for an answer of these people, as their facts are now; in the
    caller's transaction. They are read by `surveys_of` as they stand; this is what staff see."""
    _look_at(selectors.waiting_of(user_ids, now), now)


def look_again_later() -> None:
    """Have the worker `look_again` once the caller's transaction commits: staff have changed what is given or asked."""
    app.configure_task(LOOK_AGAIN).defer()


def look_again() -> int:
    """Withdraw, or bring back, all questions that wait for an answer, as the programme and facts are now.

    Returns how many changed. They are looked at in lists, each in a transaction of its own.
    """
    now, after, changed = clock.now(), 0, 0
    while rows := selectors.waiting_after(after, _AT_ONCE, now):
        with transaction.atomic():
            changed += _look_at(rows, now)
        after = rows[-1].id
    return changed


def _look_at(rows: Sequence[Waiting], now: dt.datetime) -> int:
    if not rows:
        return 0
    people, programme = facts.load({row.user_id for row in rows}, now)
    changed = [
        (row.id, reason or "")
        for row in rows
        if (reason := still_true.of(row.announced, people[row.user_id], programme).reason or "")
        != row.withdrawn_because
    ]
    if changed:
        with connection.cursor() as cursor:
            cursor.execute(_LOCK, [[pk for pk, _ in changed]])
            cursor.execute(_WITHDRAW, [now, now, [pk for pk, _ in changed], [str(reason) for _, reason in changed]])
    return len(changed)


# Whoever changes several at once takes them in this order.
_LOCK = "SELECT id FROM surveys_survey WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE"
_WITHDRAW = """
    UPDATE surveys_survey survey SET
        withdrawn_at = CASE WHEN found.reason <> '' THEN %s::timestamptz END, withdrawn_because = found.reason,
        updated_at = %s
    FROM unnest(%s::bigint[], %s::text[]) AS found(id, reason)
    WHERE survey.id = found.id AND survey.responded_at IS NULL
"""


def move_to_account(of: User, to: User) -> None:
    """Give what a person was asked, and her answers, to another account of hers: nothing is asked twice."""
    Survey.objects.filter(user=of).update(user=to)
