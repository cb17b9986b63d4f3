"""Choosing people by what is known of them: one filter for lists, messages and exports."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import CharField, Count, DateField, Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from hera.child_health.models import Child, PastVaccination, Pregnancy, VaccineDose
from hera.core import clock, languages
from hera.events.models import NotificationEvent
from hera.surveys.models import Survey
from hera.user_profile.models import Gender

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

YES, NO = "yes", "no"
_ID_DIGITS = 19


def _choice(label: Any, choices: list[tuple[str, Any]]) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label, choices=[("", _("any")), *choices], required=False, widget=UnfoldAdminSelectWidget
    )


def _yes_or_no(label: Any) -> forms.ChoiceField:
    return _choice(label, [(YES, _("yes")), (NO, _("no"))])


def _number(label: Any, least: int, most: int) -> forms.IntegerField:
    return forms.IntegerField(
        label=label, min_value=least, max_value=most, required=False, widget=UnfoldAdminIntegerFieldWidget
    )


def _text(label: Any) -> forms.CharField:
    return forms.CharField(label=label, required=False, max_length=100, widget=UnfoldAdminTextInputWidget)


class PeopleFilter(forms.Form):
    """Criteria as a form, or a link, sends them. What is left out does not matter; all others must hold together."""

    number = _text(_("Phone number contains"))
    name = _text(_("Name contains"))
    gender = _choice(_("Gender"), list(Gender.choices))
    language = _choice(_("Language"), list(languages.CHOICES))
    timezone = _text(_("Time zone"))
    born_from = _number(_("Born in or after"), 1900, 2100)
    born_to = _number(_("Born in or before"), 1900, 2100)
    pregnant = _yes_or_no(_("Pregnant"))
    has_children = _yes_or_no(_("Has children"))
    children_from = _number(_("At least so many children"), 0, 100)
    children_to = _number(_("At most so many children"), 0, 100)
    child_born_from = _number(_("A child born in or after"), 1900, 2100)
    child_born_to = _number(_("A child born in or before"), 1900, 2100)
    surveys = _choice(
        _("Surveys"), [("all_yes", _("all answered yes")), ("all_no", _("all answered no")), ("open", _("unanswered"))]
    )
    due_days = _number(_("A vaccination due in the next days"), 0, 365)
    overdue = _yes_or_no(_("A vaccination overdue"))
    notifications = _choice(_("Notifications"), [("all_read", _("all read")), ("none_read", _("none read"))])

    def criteria(self) -> dict[str, str]:
        """What was asked for, to be kept and given to a new filter later."""
        return {name: str(self.cleaned_data[name]) for name in PeopleFilter.base_fields if self._asked(name)}

    def _asked(self, name: str) -> bool:
        return self.cleaned_data.get(name) not in (None, "")

    def condition(self) -> Q:
        """The criteria as a condition on users. Call after `is_valid`."""
        found = Q()
        for name in PeopleFilter.base_fields:
            if self._asked(name) and name in _CONDITIONS:
                found &= _CONDITIONS[name](self.cleaned_data[name])
        return found & _a_child_born(self.cleaned_data.get("child_born_from"), self.cleaned_data.get("child_born_to"))


def people() -> QuerySet[User]:
    """Everybody who may be reminded: accounts of the app that are active and have a profile."""
    return User.objects.filter(is_active=True, is_staff=False, profile__isnull=False)


PAGE = 50
COUNTED = 10_000


@dataclass(frozen=True)
class Page:
    """Some of the people found, newest first, and where the next page begins."""

    users: list[User]
    after: int | None
    count: int
    is_more: bool


def page_of(form: PeopleFilter, after: str = "") -> Page:
    """One page of whom the filter finds, in three queries; they are counted up to `COUNTED`.

    Args:
        after: the id that the page before ended with; anything else is the first page.
    """
    found = people().filter(form.condition())
    count = len(found.order_by().values_list("pk", flat=True)[: COUNTED + 1])
    here = found.filter(pk__lt=int(after)) if after.isascii() and after.isdigit() and len(after) < _ID_DIGITS else found
    users = list(here.select_related("profile").order_by("-pk")[: PAGE + 1])
    return Page(users[:PAGE], users[PAGE - 1].pk if len(users) > PAGE else None, min(count, COUNTED), count > COUNTED)


def chosen(criteria: Mapping[str, str]) -> QuerySet[User]:
    """The people whom kept criteria find.

    Raises:
        ValueError: if they are not ones that `PeopleFilter` can have kept.
    """
    unknown = set(criteria) - set(PeopleFilter.base_fields)
    form = PeopleFilter(criteria)
    if unknown or not form.is_valid():
        raise ValueError(f"this filter of people cannot be read: {sorted(unknown) or form.errors.as_json()}")
    return people().filter(form.condition())


def _children(**conditions: object) -> QuerySet[Child]:
    return Child.objects.filter(user=OuterRef("pk"), **conditions)


def _has(rows: QuerySet[Any], asked: str = YES) -> Q:
    return Q(Exists(rows)) if asked == YES else ~Q(Exists(rows))


def _a_child_born(from_year: int | None, to_year: int | None) -> Q:
    """Both bounds must hold for one and the same child."""
    if from_year is None and to_year is None:
        return Q()
    bounds = {}
    if from_year is not None:
        bounds["date_of_birth__gte"] = dt.date(from_year, 1, 1)
    if to_year is not None:
        bounds["date_of_birth__lte"] = dt.date(to_year, 12, 31)
    return _has(_children(**bounds))


def _pregnant(asked: str) -> Q:
    today = clock.today_in(ZoneInfo(settings.HERA.default_timezone))
    return _has(Pregnancy.objects.filter(user=OuterRef("pk"), estimated_delivery_date__gte=today), asked)


def _surveys(asked: str) -> Q:
    of_person = Survey.objects.filter(user=OuterRef("pk"))
    if asked == "open":
        return _has(of_person.filter(responded_at=None))
    answer = asked.removeprefix("all_")
    answered = of_person.exclude(responded_at=None)
    return _has(answered.filter(response=answer)) & _has(answered.exclude(response=answer), NO)


_LONG_AGO = dt.date(1900, 1, 1)


def _vaccination_between(first: dt.date, last: dt.date) -> Q:
    """A dose of these days whose vaccine is active, fits the child, and is not ticked."""
    ticked = PastVaccination.objects.filter(child=OuterRef(OuterRef("pk")), vaccine=OuterRef("vaccine"))
    doses = (
        VaccineDose.objects.filter(vaccine__is_active=True)
        .annotate(
            # A date and a number of days are a date to PostgreSQL.
            due_on=ExpressionWrapper(OuterRef("date_of_birth") + F("week_age") * 7, output_field=DateField()),
            gender=ExpressionWrapper(OuterRef("gender"), output_field=CharField()),
        )
        .filter(due_on__range=(first, last))
        .filter(
            Q(gender=Gender.MALE, vaccine__applicable_for_male=True)
            | (~Q(gender=Gender.MALE) & Q(vaccine__applicable_for_female=True))
        )
        .filter(~Exists(ticked))
    )
    return _has(_children().filter(Exists(doses)))


def _due(days: int) -> Q:
    today = clock.today_in(ZoneInfo(settings.HERA.default_timezone))
    return _vaccination_between(today, today + dt.timedelta(days=days))


def _overdue(asked: str) -> Q:
    today = clock.today_in(ZoneInfo(settings.HERA.default_timezone))
    late = _vaccination_between(_LONG_AGO, today - dt.timedelta(days=1))
    return late if asked == YES else ~late


def _notifications(asked: str) -> Q:
    of_person = NotificationEvent.objects.filter(user=OuterRef("pk"))
    others = of_person.filter(read_at=None) if asked == "all_read" else of_person.exclude(read_at=None)
    return _has(of_person) & _has(others, NO)


_CONDITIONS: dict[str, Callable[[Any], Q]] = {
    "number": lambda digits: Q(username__contains=digits),
    "name": lambda text: Q(profile__name__icontains=text),
    "gender": lambda gender: Q(profile__gender=gender),
    "language": lambda code: Q(profile__language_code=code),
    "timezone": lambda zone: Q(profile__timezone=zone),
    "born_from": lambda year: Q(profile__date_of_birth__gte=dt.date(year, 1, 1)),
    "born_to": lambda year: Q(profile__date_of_birth__lte=dt.date(year, 12, 31)),
    "pregnant": _pregnant,
    "has_children": lambda asked: _has(_children(), asked),
    "children_from": lambda least: Q(pk__in=_with_children(at_least=least)),
    "children_to": lambda most: ~Q(pk__in=_with_children(at_least=most + 1)),
    "surveys": _surveys,
    "due_days": _due,
    "overdue": _overdue,
    "notifications": _notifications,
}


def _with_children(at_least: int) -> QuerySet[Any]:
    """Ids of people with so many children."""
    if at_least == 0:
        return User.objects.values("pk")
    return Child.objects.values("user").annotate(n=Count("pk")).filter(n__gte=at_least).values("user")
