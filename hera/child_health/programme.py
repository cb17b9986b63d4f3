"""Vaccines of the country's programme: what switching one on or off does to calendars."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import DateField, Exists, ExpressionWrapper, Max, OuterRef, Q
from django.utils.translation import gettext as _

from hera.child_health.doses import that_stand
from hera.child_health.models import Child, DoseGiven, Vaccine, VaccineDose
from hera.core import clock, digits
from hera.core.ports import announcements
from hera.user_profile.models import Gender

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.db.models import QuerySet

_WEEK_DIGITS = 4


@dataclass(frozen=True)
class Effect:
    """Children on whose calendars a vaccine is, or would be; of these, those who have a dose of it ahead."""

    children: int
    ahead: int


def effect_of(vaccine: Vaccine) -> Effect:
    """How many calendars change when this vaccine is switched on or off."""
    last_week = VaccineDose.objects.filter(vaccine=vaccine, is_active=True).aggregate(last=Max("week_age"))["last"]
    if last_week is None:
        return Effect(0, 0)
    return _effect(vaccine, _given_to(vaccine), last_week)


def effect_of_row(vaccine: Vaccine, wanted: Mapping[str, int] | None) -> Effect | None:
    """What a row of a table does to calendars; None if it does nothing. Ask before it is saved.

    Args:
        vaccine: as the row wants it.
        wanted: weeks of age of its doses by name; None if the table says nothing of them.
    """
    before = Vaccine.objects.filter(pk=vaccine.pk, is_active=True).first()
    doses = VaccineDose.objects.filter(vaccine_id=vaccine.pk, is_active=True)
    present = dict(doses.values_list("name", "week_age")) if vaccine.pk else {}
    after = present if wanted is None else dict(wanted)
    on_calendars = [(before, present)] if before else []
    to_be = [(vaccine, after)] if vaccine.is_active else []
    weeks = [week for _vaccine, its_doses in on_calendars + to_be for week in its_doses.values()]
    is_same = before and to_be and after == present and _genders(before) == _genders(vaccine)
    if is_same or not weeks:
        return None
    children = Child.objects.none()
    for each, _doses in on_calendars + to_be:
        children |= _given_to(each)
    return _effect(vaccine, children, max(weeks))


def hangs_on(vaccine: Vaccine) -> list[str]:
    """What forbids to delete a vaccine besides the records that refer to it: what was announced names its doses."""
    return [_("calendars that it is or was on")] if vaccine.is_active or vaccine.was_active else []


def effect_of_doses(vaccine: Vaccine, wanted: list[tuple[str, str]], genders: tuple[bool, bool]) -> Effect | None:
    """What other doses, or other genders, do to calendars; None if they do nothing.

    Args:
        wanted: the doses that are to be on: id (blank: a new one) and week of age, as typed.
        genders: whether it is to be for boys, and for girls.
    """
    present = {str(dose.pk): dose.week_age for dose in VaccineDose.objects.filter(vaccine=vaccine, is_active=True)}
    typed = [(pk, "".join(digits.plain(week).split())) for pk, week in wanted]
    weeks = [(pk, int(week)) for pk, week in typed if _is_a_week(week)]
    kept = {pk: week for pk, week in weeks if pk}
    added = [week for pk, week in weeks if not pk]
    before = Vaccine.objects.get(pk=vaccine.pk)
    if kept == present and not added and genders == _genders(before):
        return None
    last_week = max([*present.values(), *kept.values(), *added], default=0)
    return _effect(vaccine, _given_to(before) | _given_to(vaccine), last_week)


def _is_a_week(typed: str) -> bool:
    """Whether it can be one; anything else its own field refuses."""
    return typed.isdecimal() and len(typed) <= _WEEK_DIGITS


def told(effect: Effect) -> str:
    """An effect as staff read it before they save."""
    said = _("The calendars of %(children)d children change; %(ahead)d of them have a dose of it still ahead.")
    never = _("A visit that was announced is not announced again.")
    return f"{said % {'children': effect.children, 'ahead': effect.ahead}} {never}"


def set_active(vaccine: Vaccine, *, is_active: bool) -> None:
    """Switch a vaccine on or off.

    All visits are planned anew from the next minute on (`plan.stored`), calendars know at once, and questions that wait
    are looked at again.
    """
    vaccine.was_active = vaccine.was_active or vaccine.is_active or is_active
    vaccine.is_active = is_active
    vaccine.save(update_fields=["is_active", "was_active", "updated_at"])
    announcements().programme_changed()


def _genders(vaccine: Vaccine) -> tuple[bool, bool]:
    return vaccine.applicable_for_male, vaccine.applicable_for_female


def _effect(vaccine: Vaccine, children: QuerySet[Child], last_week: int) -> Effect:
    """Of these children, how many, and how many have a dose until this week of age ahead that they have not had."""
    today = clock.today_in(ZoneInfo(settings.HERA.default_timezone))
    ahead = children.filter(date_of_birth__gte=today - dt.timedelta(weeks=last_week))
    if vaccine.pk:
        ahead = ahead.exclude(Exists(_had_last_dose(vaccine, last_week)))
    return Effect(children.count(), ahead.count())


def _had_last_dose(vaccine: Vaccine, last_week: int) -> QuerySet[DoseGiven]:
    """The records by which a child has had what is due in this week of age, as `still_true.ChildFacts.had` says."""
    due = ExpressionWrapper(OuterRef("date_of_birth") + dt.timedelta(weeks=last_week), DateField())
    by_record = Q(vaccine_dose__vaccine=vaccine, vaccine_dose__week_age__gte=last_week)
    by_tick = Q(vaccine_dose=None, vaccine=vaccine, due_by__gte=due)
    return that_stand(DoseGiven.objects.filter(by_record | by_tick, child=OuterRef("pk")))


def _given_to(vaccine: Vaccine) -> QuerySet[Child]:
    boys, girls = Q(gender=Gender.MALE), ~Q(gender=Gender.MALE)
    genders = Q(pk__in=[])
    if vaccine.applicable_for_male:
        genders |= boys
    if vaccine.applicable_for_female:
        genders |= girls
    return Child.objects.filter(genders)
