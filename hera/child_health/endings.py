"""How things end, and that they are taken back: pregnancies, children, pauses. Effective with the transaction.

Each is told once: who tells the same again changes nothing, who tells something else replaces what was told. Nothing
is deleted, and for `TAKEN_BACK_WITHIN` all of it can be taken back.
"""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from django.db import transaction
from django.utils.translation import gettext as _

from hera.child_health import possible_dates, services
from hera.child_health.changes import facts_changed
from hera.child_health.models import Child, ChildEnd, ChildPause, Pregnancy, PregnancyOutcome, Source
from hera.core import clock

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.db.models import QuerySet

    from hera.child_health.models.told import Told

TAKEN_BACK_WITHIN = dt.timedelta(days=30)
Kind = PregnancyOutcome.Kind
Reason = ChildEnd.Reason


class CannotBeTakenBack(ValueError):  # noqa: N818
    """It is too late, or something else has happened since; the message is for whoever asked."""


@dataclass(frozen=True)
class By:
    """Who tells it, and where."""

    source: Source = Source.MOTHER
    staff: User | None = None


@dataclass(frozen=True)
class Newborn:
    """A child as it is named when its birth is told."""

    name: str
    gender: str
    date_of_birth: dt.date


@transaction.atomic
def end_pregnancy(
    pregnancy: Pregnancy,
    kind: Kind,
    by: By,
    *,
    date: dt.date | None = None,
    gestation_weeks: int | None = None,
    newborns: Sequence[Newborn] = (),
) -> tuple[PregnancyOutcome, list[Child]]:
    """End a pregnancy; a birth makes its children at once. Returns what stands now, and the children of it.

    Raises:
        NotPossible: if it cannot have been on such a day, or in such a week. Nothing has changed then, nor in these:
        TooMany: if she would have more children than the settings allow.
        CannotBeTakenBack: if something else was told more than 30 days ago; staff may correct that all the same.
        Gone: if it has been deleted meanwhile.
    """
    services.lock(pregnancy.user)
    _must_be_there(pregnancy)
    told_before = PregnancyOutcome.objects.filter(pregnancy=pregnancy, taken_back_at=None, kind=kind)
    possible_dates.refuse_outcome(
        date or told_before.values_list("date", flat=True).first(),
        gestation_weeks,
        [newborn.date_of_birth for newborn in newborns],
        start=pregnancy.estimated_start_date,
        today=services.today_of(pregnancy.user),
    )
    return keep_outcome(pregnancy, kind, by, date, gestation_weeks, newborns)


def keep_outcome(
    pregnancy: Pregnancy,
    kind: Kind,
    by: By,
    date: dt.date | None,
    gestation_weeks: int | None,
    newborns: Sequence[Newborn],
) -> tuple[PregnancyOutcome, list[Child]]:
    """End a pregnancy whose person is locked, whatever day it is told of; as `end_pregnancy`, inside a transaction."""
    standing = PregnancyOutcome.objects.filter(pregnancy=pregnancy, taken_back_at=None).first()
    if standing is not None and standing.kind != kind:
        _refuse_late(standing, by)
        _undo_outcome(standing, by)
        standing = None
    if standing is None:
        now = clock.now()
        standing = PregnancyOutcome.objects.create(
            pregnancy=pregnancy, kind=kind, source=by.source, entered_by=by.staff, recorded_at=now
        )
        Pregnancy.objects.filter(pk=pregnancy.pk).update(ended_at=now, updated_at=now)
    # What is told later is more exact, or says what was left out.
    standing.date = date or standing.date
    standing.gestation_weeks = gestation_weeks or standing.gestation_weeks
    standing.save(update_fields=["date", "gestation_weeks"])
    children = _make_children(standing, newborns if kind == Kind.BIRTH else ())
    facts_changed([pregnancy.user_id])
    return standing, children


def _make_children(outcome: PregnancyOutcome, newborns: Sequence[Newborn]) -> list[Child]:
    """The children of a birth. Who is there already is not made again: who was told before, whatever she is called by
    now, or was added by herself."""
    user = outcome.pregnancy.user
    told = list(outcome.children.order_by("pk"))
    children = list(told)
    others = list(Child.objects.filter(user=user, ended_at=None).exclude(pk__in=[child.pk for child in told]))
    # Word for word first: twins may be told alike, and in another order.
    left = []
    for newborn in newborns:
        known = _the_same(newborn, told)
        if known is None:
            left.append(newborn)
        else:
            told.remove(known)
    new = []
    for newborn in left:
        corrected = _alike(newborn, told)
        there = _the_same(newborn, others)
        if corrected is not None:
            told.remove(corrected)
            corrected.date_of_birth = newborn.date_of_birth
            services.correct(corrected)
        elif there is not None:
            others.remove(there)
            children.append(there)
        else:
            new.append(Child(user=user, name=newborn.name, gender=newborn.gender, date_of_birth=newborn.date_of_birth))
    if new:
        services.refuse_more_children(user, len(new))
        for child in new:
            child.known_on = services.today_of(user)
        Child.objects.bulk_create(new)
        outcome.children.add(*new)
    return [*children, *new]


def _the_same(newborn: Newborn, among: Sequence[Child]) -> Child | None:
    words = (newborn.name, newborn.gender, newborn.date_of_birth)
    return next((child for child in among if (child.name, child.gender, child.date_of_birth) == words), None)


def _alike(newborn: Newborn, among: Sequence[Child]) -> Child | None:
    """Of those that a birth made: one whose day is told otherwise now, or else one that was renamed since."""
    of_gender = [child for child in among if child.gender == newborn.gender]
    same_name = [child for child in of_gender if child.name == newborn.name]
    same_day = [child for child in of_gender if child.date_of_birth == newborn.date_of_birth]
    return next(iter([*same_name, *same_day]), None)


def _must_be_there(record: Pregnancy | Child) -> None:
    if not type(record).objects.filter(pk=record.pk).exists():
        raise services.Gone


def _refuse_late(standing: PregnancyOutcome | ChildEnd, by: By) -> None:
    if by.source != Source.STAFF and not can_be_taken_back(standing):
        raise CannotBeTakenBack(_("This was told more than 30 days ago. Please ask your health team to change it."))


@transaction.atomic
def end_by_answer(user: User, pregnancy_id: int, kind: Kind) -> None:
    """End a pregnancy as an answer says, if it is the person's own and nothing was told of its end before."""
    services.lock(user)
    pregnancy = Pregnancy.objects.filter(pk=pregnancy_id, user=user, ended_at=None).select_related("user").first()
    if pregnancy is not None:
        end_pregnancy(pregnancy, kind, By(Source.SURVEY))


@transaction.atomic
def take_answer_back(user: User, pregnancy_id: int, kind: Kind) -> None:
    """Take back what `end_by_answer` did, if nothing else has been told since and it still can be."""
    told = PregnancyOutcome.objects.filter(pregnancy=pregnancy_id, taken_back_at=None, source=Source.SURVEY, kind=kind)
    outcome = told.filter(pregnancy__user=user).select_related("pregnancy__user").first()
    if outcome is not None and not outcome.children.exists() and outcome.date is None:
        with contextlib.suppress(CannotBeTakenBack):
            take_outcome_back(outcome.pregnancy, By(Source.SURVEY))


@transaction.atomic
def take_outcome_back(pregnancy: Pregnancy, by: By) -> None:
    """Take back that a pregnancy ended: it runs again. Children whom only its birth made end as a mistake.

    Raises:
        CannotBeTakenBack: after 30 days, or if she has another pregnancy by now.
    """
    services.lock(pregnancy.user)
    standing = _standing(PregnancyOutcome.objects.filter(pregnancy=pregnancy), by)
    if standing is None:
        return
    others = services.running_pregnancies(pregnancy.user, services.today_of(pregnancy.user))
    if standing.kind == Kind.SUPERSEDED or others.exclude(pk=pregnancy.pk).exists():
        raise CannotBeTakenBack(_("Another pregnancy is running by now, so this one cannot be brought back."))
    _undo_outcome(standing, by)
    Pregnancy.objects.filter(pk=pregnancy.pk).update(ended_at=None, updated_at=clock.now())
    facts_changed([pregnancy.user_id])


def _undo_outcome(outcome: PregnancyOutcome, by: By) -> None:
    now = clock.now()
    _take_back(PregnancyOutcome.objects.filter(pk=outcome.pk), by, now)
    made = list(outcome.children.filter(ended_at=None).values_list("pk", flat=True))
    ChildEnd.objects.bulk_create(
        ChildEnd(child_id=pk, reason=Reason.MISTAKE, source=by.source, entered_by=by.staff, recorded_at=now)
        for pk in made
    )
    Child.objects.filter(pk__in=made).update(ended_at=now, updated_at=now)


@transaction.atomic
def end_child(child: Child, reason: Reason, by: By, *, date: dt.date | None = None) -> ChildEnd:
    """Remind of nothing of this child any more. Her apps' lists leave it out; nothing of it is deleted.

    Raises:
        NotPossible: if it cannot have been on such a day.
        CannotBeTakenBack: if something else was told more than 30 days ago; staff may correct that all the same.
        Gone: if it has been deleted meanwhile.
    """
    services.lock(child.user)
    _must_be_there(child)
    possible_dates.refuse_end_of_child(date, child.date_of_birth, services.today_of(child.user))
    now = clock.now()
    standing = ChildEnd.objects.filter(child=child, taken_back_at=None).first()
    if standing is not None and standing.reason != reason:
        _refuse_late(standing, by)
        _take_back(ChildEnd.objects.filter(pk=standing.pk), by, now)
        standing = None
    if standing is None:
        standing = ChildEnd.objects.create(
            child=child, reason=reason, source=by.source, entered_by=by.staff, recorded_at=now
        )
        Child.objects.filter(pk=child.pk).update(ended_at=now, updated_at=now)
    if date is not None:
        standing.date = date
        standing.save(update_fields=["date"])
    facts_changed([child.user_id])
    return standing


@transaction.atomic
def take_end_back(child: Child, by: By) -> None:
    """Take back that a child was ended.

    Raises:
        CannotBeTakenBack: after 30 days.
    """
    services.lock(child.user)
    standing = _standing(ChildEnd.objects.filter(child=child), by)
    if standing is None:
        return
    now = clock.now()
    _take_back(ChildEnd.objects.filter(pk=standing.pk), by, now)
    Child.objects.filter(pk=child.pk).update(ended_at=None, updated_at=now)
    facts_changed([child.user_id])


@transaction.atomic
def pause_child(child: Child, until: dt.date, by: By) -> ChildPause:
    """Tell nothing of this child before the day `until`, in the mother's zone.

    Raises:
        NotPossible: if that is no day to come, or too far ahead.
        Gone: if it has been deleted meanwhile.
    """
    services.lock(child.user)
    _must_be_there(child)
    possible_dates.refuse_pause(until, services.today_of(child.user))
    now = clock.now()
    standing = ChildPause.objects.filter(child=child, taken_back_at=None).first()
    if standing is None or standing.until != until:
        _take_back(ChildPause.objects.filter(child=child, taken_back_at=None), by, now)
        standing = ChildPause.objects.create(
            child=child, until=until, source=by.source, entered_by=by.staff, recorded_at=now
        )
        Child.objects.filter(pk=child.pk).update(paused_until=until, updated_at=now)
    facts_changed([child.user_id])
    return standing


@transaction.atomic
def take_pause_back(child: Child, by: By) -> None:
    """Remind of a child again at once.

    Raises:
        CannotBeTakenBack: after 30 days.
    """
    services.lock(child.user)
    standing = _standing(ChildPause.objects.filter(child=child), by)
    if standing is None:
        return
    now = clock.now()
    _take_back(ChildPause.objects.filter(pk=standing.pk), by, now)
    Child.objects.filter(pk=child.pk).update(paused_until=None, updated_at=now)
    facts_changed([child.user_id])


ToldT = TypeVar("ToldT", PregnancyOutcome, ChildEnd, ChildPause)


def can_be_taken_back(told: Told) -> bool:
    """Whether it stands, and was told within the last 30 days."""
    return told.taken_back_at is None and clock.now() - told.recorded_at <= TAKEN_BACK_WITHIN


def _standing(told: QuerySet[ToldT], by: By) -> ToldT | None:
    """What stands of this, if it can still be taken back.

    Raises:
        CannotBeTakenBack: if it was told too long ago.
    """
    standing = told.filter(taken_back_at=None).first()
    if standing is not None and not can_be_taken_back(standing):
        if by.staff is not None:
            raise CannotBeTakenBack(_("This was told more than 30 days ago, so it can no longer be taken back."))
        raise CannotBeTakenBack(_("This was told more than 30 days ago. Please ask your health team to change it."))
    return standing


def _take_back(told: QuerySet[ToldT], by: By, now: dt.datetime) -> None:
    told.update(taken_back_at=now, taken_back_by=by.staff)
