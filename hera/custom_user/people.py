"""Choosing people by what is known of them: one filter for lists, messages and exports."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from hera.child_health.models import Child, Pregnancy
from hera.core import clock, languages
from hera.events.models import NotificationEvent
from hera.surveys.models import Survey
from hera.user_profile.models import Gender

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

YES, NO = "yes", "no"


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
    "notifications": _notifications,
}


def _with_children(at_least: int) -> QuerySet[Any]:
    """Ids of people with so many children."""
    if at_least == 0:
        return User.objects.values("pk")
    return Child.objects.values("user").annotate(n=Count("pk")).filter(n__gte=at_least).values("user")
