"""Writes of pregnancies, children and vaccinations."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from hera.child_health import pregnancy_dates
from hera.child_health.models import Child, PastVaccination, PastVaccinationChange, Pregnancy, Vaccine
from hera.core import clock, timezones
from hera.user_profile.number_changes import refuse_while_held


class TooMany(ValueError):  # noqa: N818
    """She has as many children or pregnancies as one person may have; the message is for her."""


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

    def start(self, today: dt.date) -> dt.date:
        """The estimated start. A date is more exact than a week, so it counts if both are given."""
        if self.last_menstrual_period is not None:
            return self.last_menstrual_period
        assert self.week is not None, "a declaration has a week or a date"
        return pregnancy_dates.start_from_week(self.week, today)


def today_of(user: User) -> dt.date:
    """Today in the person's own time zone."""
    profile = getattr(user, "profile", None)
    return clock.today_in(timezones.effective(profile.timezone if profile else "", user.username))


@transaction.atomic
def declare_pregnancy(user: User, declaration: Declaration) -> Pregnancy:
    """Record a pregnancy as declared today, with the dates estimated from it.

    Raises:
        TooMany: if she has as many as the settings allow, and nothing has changed.
    """
    _refuse_more_pregnancies(user)
    today = today_of(user)
    pregnancy = Pregnancy(user=user, declared_on=today)
    _declare(pregnancy, declaration)
    _estimate(pregnancy, declaration, today)
    pregnancy.save()
    return pregnancy


def redeclare_pregnancy(pregnancy: Pregnancy, declaration: Declaration) -> Pregnancy:
    """Take an edit. Other values are a new declaration of today; the same values again are none.

    A new number of visits alone leaves the dates where they are; the plan is then seen from today.
    """
    before = Declaration.of(pregnancy)
    if declaration == before:
        return pregnancy
    today = today_of(pregnancy.user)
    _declare(pregnancy, declaration)
    pregnancy.declared_on = today
    if (declaration.week, declaration.last_menstrual_period) != (before.week, before.last_menstrual_period):
        _estimate(pregnancy, declaration, today)
    pregnancy.save()
    return pregnancy


def delete_pregnancy(pregnancy: Pregnancy) -> None:
    """Delete a pregnancy at its mother's wish.

    Raises:
        ErasureHeld: if her number has just changed, as for all else of hers.
    """
    refuse_while_held(pregnancy.user)
    pregnancy.delete()


def delete_child(child: Child) -> None:
    """Delete a child at its mother's wish.

    Raises:
        ErasureHeld: if her number has just changed, as for all else of hers.
    """
    refuse_while_held(child.user)
    child.delete()


def move_to_account(of: User, to: User) -> None:
    """Give a person's children and pregnancies to another account of hers, however many these make."""
    Child.objects.filter(user=of).update(user=to)
    Pregnancy.objects.filter(user=of).update(user=to)


def _refuse_more_pregnancies(user: User) -> None:
    _lock(user)
    most = settings.HERA.pregnancies_per_person
    if Pregnancy.objects.filter(user=user).count() >= most:
        raise TooMany(
            _("The number of pregnancies of one person in HERA is limited to %(number)s. Please ask your health team.")
            % {"number": most}
        )


def _refuse_more_children(user: User) -> None:
    _lock(user)
    most = settings.HERA.children_per_person
    if Child.objects.filter(user=user).count() >= most:
        raise TooMany(
            _("The number of children of one person in HERA is limited to %(number)s. Please ask your health team.")
            % {"number": most}
        )


def _lock(user: User) -> None:
    """Let nobody else add to this person's records until the transaction ends: two phones may do so at once."""
    list(User.objects.select_for_update(no_key=True).filter(pk=user.pk).values_list("pk"))


def _declare(pregnancy: Pregnancy, declaration: Declaration) -> None:
    pregnancy.declared_pregnancy_week = declaration.week
    pregnancy.declared_date_of_last_menstrual_period = declaration.last_menstrual_period
    pregnancy.declared_number_of_prenatal_visits = declaration.visits


def _estimate(pregnancy: Pregnancy, declaration: Declaration, today: dt.date) -> None:
    pregnancy.estimated_start_date = declaration.start(today)
    pregnancy.estimated_delivery_date = pregnancy_dates.delivery_date(pregnancy.estimated_start_date, today)


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
    """
    if child.pk is None:
        _refuse_more_children(child.user)
    child.save()
    if ticked_vaccine_ids is not None:
        _replace_ticks(child, set(ticked_vaccine_ids), source)
    return child


def _replace_ticks(child: Child, wanted: set[int], source: PastVaccinationChange.Source) -> None:
    active = set(Vaccine.objects.filter(is_active=True).values_list("id", flat=True))
    present = set(PastVaccination.objects.filter(child=child).values_list("vaccine_id", flat=True))
    # What a client was not shown (a vaccine now inactive), it cannot have meant to remove.
    removed = (present & active) - wanted
    PastVaccination.objects.filter(child=child, vaccine_id__in=removed).delete()
    _record(child.pk, removed, is_ticked=False, source=source)
    _add_ticks(child.pk, (wanted & active) - present, source)


@transaction.atomic
def tick_vaccines_of_doses(user: User, child_id: int, dose_ids: list[int]) -> None:
    """Tick the vaccines of these doses on a child, if the child is the person's own."""
    if not Child.objects.filter(pk=child_id, user=user).exists():
        return
    vaccines = set(Vaccine.objects.filter(doses__id__in=dose_ids).values_list("id", flat=True))
    present = set(PastVaccination.objects.filter(child_id=child_id).values_list("vaccine_id", flat=True))
    _add_ticks(child_id, vaccines - present, PastVaccinationChange.Source.SURVEY)


def _add_ticks(child_id: int, vaccine_ids: set[int], source: PastVaccinationChange.Source) -> None:
    PastVaccination.objects.bulk_create(
        [PastVaccination(child_id=child_id, vaccine_id=vaccine_id) for vaccine_id in sorted(vaccine_ids)],
        ignore_conflicts=True,  # two phones may tick at once
    )
    _record(child_id, vaccine_ids, is_ticked=True, source=source)


def _record(child_id: int, vaccine_ids: set[int], *, is_ticked: bool, source: PastVaccinationChange.Source) -> None:
    now = clock.now()
    PastVaccinationChange.objects.bulk_create(
        PastVaccinationChange(
            child_id=child_id, vaccine_id=vaccine_id, is_ticked=is_ticked, source=source, changed_at=now
        )
        for vaccine_id in sorted(vaccine_ids)
    )
