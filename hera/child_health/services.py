"""Writes of pregnancies, children and vaccinations."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from hera.child_health import doses, possible_dates, pregnancy_dates, ticks
from hera.child_health.changes import facts_changed
from hera.child_health.models import Child, PastVaccinationChange, Pregnancy, PregnancyOutcome, Source
from hera.core import clock, timezones
from hera.user_profile.number_changes import refuse_while_held

SAME_WITHIN = dt.timedelta(minutes=5)
ANOTHER_AGE = dt.timedelta(weeks=4)  # between a birth date and what it is corrected to


class TooMany(ValueError):  # noqa: N818
    """She has as many children or pregnancies as one person may have; the message is for her."""


class Gone(Http404):
    """It was deleted, or has ended, while somebody was about to change it."""


@dataclass(frozen=True)
class Declaration:
    """What a mother says of her pregnancy: a week or a date, and the visits she has made."""

    week: int | None
    last_menstrual_period: dt.date | None
    visits: int

    @classmethod
    def of(cls, pregnancy: Pregnancy) -> Declaration:
        return cls(
            pregnancy.declared_pregnancy_week,
            pregnancy.declared_date_of_last_menstrual_period,
            pregnancy.declared_number_of_prenatal_visits or 0,
        )

    def start(self, declared_on: dt.date) -> dt.date:
        """The estimated start. A date is more exact than a week, so it counts if both are given."""
        if self.last_menstrual_period is not None:
            return self.last_menstrual_period
        assert self.week is not None, "a declaration has a week or a date"
        return pregnancy_dates.start_from_week(self.week, declared_on)


def today_of(user: User) -> dt.date:
    """Today in the person's own time zone."""
    profile = getattr(user, "profile", None)
    return clock.today_in(timezones.effective(profile.timezone if profile else "", user.username))


@transaction.atomic
def declare_pregnancy(user: User, declaration: Declaration, declared_on: dt.date | None = None) -> Pregnancy:
    """Record a pregnancy, with the dates estimated from what was declared, and when.

    While one is running this is a correction of that one: apps post anew after "back", and after they were installed
    anew.

    Args:
        declared_on: the day on which she told it, where her phone had no network; None: today.

    Raises:
        NotPossible: if she cannot have told it on that day, or it is too long ago.
        TooMany: if she has as many as the settings allow, and nothing has changed.
    """
    lock(user)
    today = today_of(user)
    running = running_pregnancies(user, today).first()
    if running is not None:
        return redeclare_pregnancy(running, declaration, declared_on)
    _refuse_more_pregnancies(user)
    pregnancy = Pregnancy(user=user)
    _declare(pregnancy, declaration, _day_of_declaration(declared_on, today))
    _estimate(pregnancy, declaration)
    pregnancy.save()
    facts_changed([user.pk])
    return pregnancy


def running_pregnancies(user: User, today: dt.date) -> QuerySet[Pregnancy]:
    """Those that go on as far as anybody told, and whose time is not long over; the newest first."""
    earliest = today - pregnancy_dates.RUNS_ON
    found = Pregnancy.objects.filter(user=user, ended_at=None, estimated_delivery_date__gte=earliest)
    return found.order_by("-created_at", "-id")


@transaction.atomic
def redeclare_pregnancy(
    pregnancy: Pregnancy, declaration: Declaration, declared_on: dt.date | None = None
) -> Pregnancy:
    """Take an edit. Other values are a new declaration of that day; the same values again are none.

    A new number of visits alone leaves the dates where they are; the plan is then seen from that day.

    Args:
        declared_on: as of `declare_pregnancy`.

    Raises:
        NotPossible: as of `declare_pregnancy`.
        Gone: if it has been deleted or ended meanwhile.
    """
    lock(pregnancy.user)
    kept = Pregnancy.objects.filter(pk=pregnancy.pk, ended_at=None).first()
    if kept is None:
        raise Gone
    before = Declaration.of(kept)
    pregnancy.estimated_start_date = kept.estimated_start_date
    pregnancy.estimated_delivery_date = kept.estimated_delivery_date
    if declaration == before:
        return pregnancy
    _declare(pregnancy, declaration, _day_of_declaration(declared_on, today_of(pregnancy.user)))
    if (declaration.week, declaration.last_menstrual_period) != (before.week, before.last_menstrual_period):
        _estimate(pregnancy, declaration)
    # These alone: what others have told meanwhile stays.
    pregnancy.save(update_fields=[*_DECLARED, *_ESTIMATED, "updated_at"])
    supersede_older(pregnancy.user)
    facts_changed([pregnancy.user_id])
    return pregnancy


def supersede_older(user: User, source: Source = Source.MOTHER) -> int:
    """End all but the newest running pregnancy of a person, inside the caller's transaction; returns how many.

    Two can run only because an edit, or an account taken into another, made them.
    """
    now = clock.now()
    older = list(running_pregnancies(user, today_of(user)).values_list("pk", flat=True)[1:])
    PregnancyOutcome.objects.bulk_create(
        PregnancyOutcome(pregnancy_id=pk, kind=PregnancyOutcome.Kind.SUPERSEDED, source=source, recorded_at=now)
        for pk in older
    )
    return Pregnancy.objects.filter(pk__in=older).update(ended_at=now, updated_at=now)


@transaction.atomic
def delete_pregnancy(pregnancy: Pregnancy) -> None:
    """Delete a pregnancy at its mother's wish.

    Raises:
        ErasureHeld: if her number has just changed, as for all else of hers.
    """
    refuse_while_held(pregnancy.user)
    lock(pregnancy.user)
    pregnancy.delete()
    facts_changed([pregnancy.user_id])


@transaction.atomic
def delete_child(child: Child) -> None:
    """Delete a child at its mother's wish.

    Raises:
        ErasureHeld: if her number has just changed, as for all else of hers.
    """
    refuse_while_held(child.user)
    lock(child.user)
    child.delete()
    facts_changed([child.user_id])


def move_to_account(of: User, to: User) -> None:
    """Give a person's children and pregnancies to another account of hers, however many these make."""
    lock(to)
    Child.objects.filter(user=of).update(user=to)
    Pregnancy.objects.filter(user=of).update(user=to)
    supersede_older(to)


def _refuse_more_pregnancies(user: User) -> None:
    most = settings.HERA.pregnancies_per_person
    if Pregnancy.objects.filter(user=user).count() >= most:
        raise TooMany(
            _("The number of pregnancies of one person in HERA is limited to %(number)s. Please ask your health team.")
            % {"number": most}
        )


def refuse_more_children(user: User, more: int = 1) -> None:
    """Refuse so many more children, inside a transaction that has the person locked.

    Raises:
        TooMany: if she would have more than the settings allow.
    """
    most = settings.HERA.children_per_person
    if Child.objects.filter(user=user).count() + more > most:
        raise TooMany(
            _("The number of children of one person in HERA is limited to %(number)s. Please ask your health team.")
            % {"number": most}
        )


def lock(user: User) -> None:
    """Let nobody else add to this person's records until the transaction ends: two phones may do so at once."""
    list(User.objects.select_for_update(no_key=True).filter(pk=user.pk).values_list("pk"))


_DECLARED = (
    "declared_pregnancy_week",
    "declared_date_of_last_menstrual_period",
    "declared_number_of_prenatal_visits",
    "declared_on",
)
_ESTIMATED = ("estimated_start_date", "estimated_delivery_date")


def _day_of_declaration(told: dt.date | None, today: dt.date) -> dt.date:
    if told is None or told > today:  # nobody tells tomorrow: a phone's clock is ahead
        return today
    possible_dates.refuse_declaration(told, today)
    return told


def _declare(pregnancy: Pregnancy, declaration: Declaration, declared_on: dt.date) -> None:
    pregnancy.declared_pregnancy_week = declaration.week
    pregnancy.declared_date_of_last_menstrual_period = declaration.last_menstrual_period
    pregnancy.declared_number_of_prenatal_visits = declaration.visits
    pregnancy.declared_on = declared_on


def _estimate(pregnancy: Pregnancy, declaration: Declaration) -> None:
    declared_on = pregnancy.declared_on
    assert declared_on is not None, "it is estimated as it is declared"
    pregnancy.estimated_start_date = declaration.start(declared_on)
    pregnancy.estimated_delivery_date = pregnancy_dates.delivery_date(pregnancy.estimated_start_date, declared_on)


@transaction.atomic
def add_child(child: Child, ticked_vaccine_ids: Iterable[int] | None) -> Child:
    """Add a child, as `save_child` does, unless it is one that was added with the same words within `SAME_WITHIN`.

    Then that one is meant, and takes what is ticked: an answer was lost, or a button was tapped twice.

    Raises:
        TooMany: as `save_child`.
    """
    lock(child.user)
    same = Child.objects.filter(
        user=child.user,
        name=child.name,
        date_of_birth=child.date_of_birth,
        gender=child.gender,
        ended_at=None,
        created_at__gt=clock.now() - SAME_WITHIN,
    )
    return save_child(same.order_by("id").first() or child, ticked_vaccine_ids)


@transaction.atomic
def save_child(
    child: Child,
    ticked_vaccine_ids: Iterable[int] | None,
    source: PastVaccinationChange.Source = PastVaccinationChange.Source.CLIENT,
) -> Child:
    """Save a child and, unless None, replace the set of vaccines ticked as received.

    Ids that are unknown or of inactive vaccines are ignored, since clients send back what they once got.

    Raises:
        TooMany: if the child is new and its mother has as many as the settings allow, and nothing has changed.
        Gone: if it has been deleted meanwhile.
    """
    lock(child.user)
    if child.pk is None:
        refuse_more_children(child.user)
        child.known_on = today_of(child.user)
        child.save()
    else:
        correct(child)
    if ticked_vaccine_ids is not None:
        ticks.replace(child, set(ticked_vaccine_ids), source, today_of(child.user))
    facts_changed([child.user_id])
    return child


def correct(child: Child) -> None:
    """Save what is told of a child now.

    Where its age was wrong by weeks, nobody was reminded on the right days: it is planned as one that is known from
    today on.

    Raises:
        Gone: if it has been deleted meanwhile.
    """
    born = Child.objects.filter(pk=child.pk).values_list("date_of_birth", flat=True).first()
    if born is None:
        raise Gone
    # These alone: what others have told meanwhile stays.
    fields = ["name", "date_of_birth", "gender", "updated_at"]
    if abs(child.date_of_birth - born) >= ANOTHER_AGE:
        child.known_on = today_of(child.user)
        fields.append("known_on")
    child.save(update_fields=fields)


@transaction.atomic
def untick(child: Child, vaccine_id: int) -> None:
    """Take a tick off at its mother's wish, and what it and answers said with it."""
    lock(child.user)
    ticks.untick(child.pk, {vaccine_id}, PastVaccinationChange.Source.CLIENT)
    facts_changed([child.user_id])


@transaction.atomic
def take_answer(user: User, child_id: int, dose_ids: list[int], given_on: dt.date | None, key: str) -> None:
    """Record that these doses were given, and tick their vaccines, if the child is the person's own.

    Args:
        given_on: the date of the visit that she was asked about, if it is known.
        key: what she answered; the same answer twice is one record a dose.
    """
    lock(user)
    if not Child.objects.filter(pk=child_id, user=user).exists():
        return
    known = doses.record_answer(child_id, dose_ids, given_on, key)
    ticks.tick(child_id, set(known.values()), PastVaccinationChange.Source.SURVEY)
    facts_changed([user.pk])


@transaction.atomic
def take_answer_back(user: User, child_id: int, key: str) -> None:
    """Retract what an answer recorded: she has answered otherwise since."""
    lock(user)
    if not Child.objects.filter(pk=child_id, user=user).exists():
        return
    vaccines = doses.retract_answer(child_id, key)
    ticks.take_off(child_id, vaccines - doses.vaccines_known(child_id), PastVaccinationChange.Source.SURVEY)
    facts_changed([user.pk])
