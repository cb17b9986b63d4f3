"""Choosing people by what is known of them: one filter for lists, campaigns and exports."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.auth.models import User
from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.expressions import RawSQL
from django.db.models.functions import Reverse
from django.db.models.lookups import StartsWith
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from hera.child_health import as_of
from hera.child_health.models import Child, Pregnancy
from hera.child_health.plan import people as planned
from hera.core import clock, digits, languages, phone_numbers, timezones
from hera.core.folding import Folded, folded
from hera.core.ids import id_in
from hera.core.typed_fields import typed
from hera.events.models import NotificationEvent
from hera.health_center import selectors as centers
from hera.health_center.models import CenterOfPerson
from hera.people import likeness, masking
from hera.surveys.models import Survey
from hera.user_profile.models import Gender, UserProfile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from django.contrib.auth.models import AbstractBaseUser, AnonymousUser

YES, NO = "yes", "no"
_FEWEST_DIGITS = 3  # of a number; a name may have a numeral or two
_LONGEST_PLACE = 100  # of a district's name
Ids = tuple[int, int]  # from, to, both included


def _choice(label: Any, choices: list[tuple[str, Any]]) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label, choices=[("", _("any")), *choices], required=False, widget=UnfoldAdminSelectWidget
    )


def translated(choices: Iterable[tuple[str, Any]]) -> list[tuple[str, Any]]:
    """Choices whose labels are gathered with those of their tables."""
    return [(value, _(str(label))) for value, label in choices]


def _yes_or_no(label: Any) -> forms.ChoiceField:
    return _choice(label, [(YES, _("yes")), (NO, _("no"))])


def _number(label: Any, least: int, most: int) -> forms.IntegerField:
    return typed(
        forms.IntegerField(
            label=label, min_value=least, max_value=most, required=False, widget=UnfoldAdminIntegerFieldWidget
        )
    )


class _Where(forms.ChoiceField):
    """A centre or a district. One that there is not any more finds nobody: a kept filter is never made wider by it."""

    def valid_value(self, value: Any) -> bool:
        return len(str(value)) <= _LONGEST_PLACE and "\0" not in str(value)


def _where(label: Any) -> forms.ChoiceField:
    return _Where(label=label, required=False, widget=UnfoldAdminSelectWidget)


def _lazily(choices: Callable[[], list[tuple[str, Any]]]) -> Callable[[], list[tuple[str, Any]]]:
    return lambda: [("", _("any")), *choices()]


def _text(label: Any) -> forms.CharField:
    return forms.CharField(label=label, required=False, max_length=100, widget=UnfoldAdminTextInputWidget)


class PeopleFilter(forms.Form):
    """Criteria as a form, or a link, sends them. What is left out does not matter; all others must hold together."""

    number = _text(_("Phone number, or its beginning or end"))
    name = _text(_("Name, or beginnings of its words"))
    gender = _choice(_("Gender"), translated(Gender.choices))
    language = _choice(_("Language"), translated(languages.CHOICES))
    timezone = _text(_("Time zone"))
    born_from = _number(_("Born in or after"), 1900, 2100)
    born_to = _number(_("Born in or before"), 1900, 2100)
    pregnant = _yes_or_no(_("Pregnant"))
    ever_pregnant = _yes_or_no(_("Ever pregnant"))
    has_children = _yes_or_no(_("Has children"))
    children_from = _number(_("At least so many children"), 0, 100)
    children_to = _number(_("At most so many children"), 0, 100)
    child_born_from = _number(_("A child born in or after"), 1900, 2100)
    child_born_to = _number(_("A child born in or before"), 1900, 2100)
    surveys = _choice(
        _("Surveys"), [("all_yes", _("all answered yes")), ("all_no", _("all answered no")), ("open", _("unanswered"))]
    )
    due_days = _number(_("A vaccination or an antenatal visit in the next days"), 0, 365)
    overdue = _yes_or_no(_("A vaccination overdue"))
    district = _where(_("District"))
    center = _where(_("Health centre"))
    notifications = _choice(_("Notifications"), [("all_read", _("all read")), ("none_read", _("none read"))])

    mask = masking.OPEN  # through which whoever asks sees people
    left_out: tuple[str, ...] = ()  # labels of what was asked for, and may not be by who sees people masked

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        found = cache(centers.by_district)  # asked once of a form, and only where it is shown
        for name, choices in (
            ("district", lambda: [(district, district) for district, _several in found() if district]),
            ("center", lambda: centers.grouped(found())),
        ):
            self.fields[name].choices = _lazily(choices)  # type: ignore[attr-defined]

    def criteria(self) -> dict[str, str]:
        """What was asked for, to be kept and given to a new filter later."""
        return {name: str(self.cleaned_data[name]) for name in PeopleFilter.base_fields if self._asked(name)}

    def shown(self) -> list[tuple[str, str, dict[str, str]]]:
        """Each criterion in words: its label, what was asked for, and the criteria without it."""
        asked = self.criteria()
        rows = []
        for name, value in asked.items():
            choices = _flat(getattr(self.fields[name], "choices", ()))
            others = {other: asked[other] for other in asked if other != name}
            rows.append((str(self.fields[name].label), str(choices.get(value, value)), others))
        return rows

    def _asked(self, name: str) -> bool:
        return self.cleaned_data.get(name) not in (None, "")

    def condition(self, within: Ids | None = None) -> Q:
        """The criteria as a condition on users. Call after `is_valid`.

        Args:
            within: ids of whom it is asked about only; their records alone are read then.
        """
        records = Records(within, self.mask.as_of(_today()), self.mask.told_before)
        found = Q(pk__range=within, profile__user__gte=within[0], profile__user__lte=within[1]) if within else Q()
        found &= self.mask.was_told("date_joined")
        for name in PeopleFilter.base_fields:
            if self._asked(name) and name in _OF_PERSON:
                found &= _OF_PERSON[name](self.cleaned_data[name])
            elif self._asked(name) and name in _OF_RECORDS:
                found &= _OF_RECORDS[name](records, self.cleaned_data[name])
        return found & self._not_hidden & _a_child_born(records, *self._years("child_born"), self._hidden_children)

    def _years(self, of: str) -> likeness.Years:
        return self.cleaned_data.get(f"{of}_from"), self.cleaned_data.get(f"{of}_to")

    @cached_property
    def _not_hidden(self) -> Q:
        """Masked, nobody is found by what does not show of her: her language, say, if fewer than five share it."""
        places, born = [place for name, place in _KNOWN_BY.items() if self._asked(name)], self._years("born")
        if not self.mask.is_on or (not places and born == (None, None)):
            return Q()
        hidden = likeness.people_of_all().not_told(places, born)
        return ~likeness.people_like(hidden) if hidden else Q()

    @cached_property
    def _hidden_children(self) -> Q:
        """Children of whom does not show, masked, whether they were born in the years that are asked for."""
        years = self._years("child_born")
        if not self.mask.is_on or years == (None, None):
            return Q(pk__in=[])
        return likeness.children_like(likeness.children_of_all().not_told((), years))

    @property
    def is_by_index(self) -> bool:
        """Whether it asks for something that an index finds among any number of people."""
        return self._asked("number") or self._asked("name")


# What is asked of what somebody is known by, and where that stands in it.
_KNOWN_BY = {"gender": likeness.GENDER, "language": likeness.LANGUAGE, "timezone": likeness.ZONE}

# What would let a masked viewer find out who somebody is; what is due, announced or asked on a day tells a birth date,
# asked day by day; and of the few who go to a small place one may be known.
IDENTIFYING = ("number", "name", "due_days", "overdue", "surveys", "notifications", "district", "center")


def filter_for(viewer: User | AbstractBaseUser | AnonymousUser, asked: Mapping[str, Any]) -> PeopleFilter:
    """The filter that a link or a form asks for; who sees masked people cannot ask who somebody is.

    `find` is the one field of a search: some digits are of a number, all else is a name.
    """
    if find := str(asked.get("find", "")).strip():
        is_number = len(re.findall(r"\d", find)) >= _FEWEST_DIGITS
        asked = {name: asked[name] for name in asked} | {"number" if is_number else "name": find}
    form = PeopleFilter(asked)
    form.mask = masking.for_viewer(viewer)
    if form.mask.is_on:
        form.left_out = tuple(str(form.fields[name].label) for name in IDENTIFYING if asked.get(name))
        for name in IDENTIFYING:
            del form.fields[name]
    return form


@dataclass(frozen=True)
class Records:
    """The rows of a person, for conditions on them: of everybody, or of people with these ids only."""

    within: Ids | None
    as_of: dt.date  # what is over was so on this day
    told_before: dt.datetime | None = None  # what was told from then on is left aside

    def of(self, model: Any, *known: Q, **conditions: object) -> QuerySet[Any]:
        # The database does not conclude from the range of the people's ids to that of their rows.
        bounds = {"user__gte": self.within[0], "user__lte": self.within[1]} if self.within else {}
        found: QuerySet[Any] = model.objects.filter(*known, user=OuterRef("pk"), **bounds, **conditions)
        return found

    def children(self, *known: Q, **conditions: object) -> QuerySet[Any]:
        """Her children that are reminded of."""
        return self.of(Child, as_of.went_on("child", self.told_before), *known, **conditions)

    def running(self, **conditions: object) -> QuerySet[Any]:
        """Her pregnancies of which no end was told."""
        return self.of(Pregnancy, as_of.went_on("pregnancy", self.told_before), **conditions)

    def pregnancies(self) -> QuerySet[Any]:
        """All of her pregnancies."""
        return self.of(Pregnancy, *([Q(created_at__lt=self.told_before)] if self.told_before else []))


def _flat(choices: Iterable[tuple[Any, Any]]) -> dict[Any, Any]:
    """Choices by their values, those in groups too."""
    found: dict[Any, Any] = {}
    for value, label in choices:
        found |= dict(label) if isinstance(label, list | tuple) else {value: label}
    return found


def _has(rows: QuerySet[Any], asked: str = YES) -> Q:
    return Q(Exists(rows)) if asked == YES else ~Q(Exists(rows))


def _among(ids: RawSQL, asked: str = YES) -> Q:
    """Whether somebody is among these; by a join, since NOT IN would look through a million ids for each person."""
    return _has(User.objects.filter(pk=OuterRef("pk"), pk__in=ids), asked)


def _number_is(written: str) -> Q:
    """Of a number as people write it, the end suffices: 0532 123 45 67 is that of +905321234567.

    So does its beginning, with the country's code or, of the countries that are served, without: 0532 123.
    """
    written = digits.plain(written)
    asked = re.sub(r"\D", "", written).lstrip("0")
    if not asked:
        return Q(pk__in=[])
    found = Q(username__startswith=f"+{asked}")
    if not written.strip().startswith("+"):
        found |= Q(StartsWith(Reverse("username"), asked[::-1]))
        for code in phone_numbers.calling_codes():
            found |= Q(username__startswith=f"+{code}{asked}")
    return found


def _name_has(written: str) -> Q:
    """Each word begins a word of the name."""
    words = re.findall(r"\w+", folded(written))
    if not words:
        return Q(pk__in=[])
    query = SearchQuery(" & ".join(f"'{word}':*" for word in words), config="simple", search_type="raw")
    # In a subquery, so that the index over names is what it begins with.
    found = UserProfile.objects.annotate(words=SearchVector(Folded("name"), config="simple")).filter(words=query)
    return Q(pk__in=found.values("user"))


def _a_child_born(records: Records, from_year: int | None, to_year: int | None, hidden: Q) -> Q:
    """Both bounds must hold for one and the same child, which is none of the hidden ones."""
    if from_year is None and to_year is None:
        return Q()
    bounds = {}
    if from_year is not None:
        bounds["date_of_birth__gte"] = dt.date(from_year, 1, 1)
    if to_year is not None:
        bounds["date_of_birth__lte"] = dt.date(to_year, 12, 31)
    return _has(records.children(~hidden, **bounds))


def _pregnant(records: Records, asked: str) -> Q:
    return _has(records.running(estimated_delivery_date__gte=records.as_of), asked)


def _so_many_children(records: Records, least: int) -> Q:
    return _has(records.children()[least - 1 : least]) if least else Q()


def _surveys(records: Records, asked: str) -> Q:
    of_person = records.of(Survey)
    if asked == "open":
        return _has(of_person.filter(responded_at=None, withdrawn_at=None))
    answer = asked.removeprefix("all_")
    answered = of_person.exclude(responded_at=None)
    return _has(answered.filter(response=answer)) & _has(answered.exclude(response=answer), NO)


def _today() -> dt.date:
    return clock.today_in(timezones.default())


def _due(records: Records, days: int) -> Q:
    first, last = _today(), _today() + dt.timedelta(days=days)
    doses = planned.with_a_vaccination(first, last, records.within)
    visits = planned.with_an_antenatal_visit(first, last, records.within)
    either = RawSQL(f"{doses.sql} UNION ALL {visits.sql}", (*doses.params, *visits.params))  # noqa: S611  (constants)
    return _among(either)


def _overdue(records: Records, asked: str) -> Q:
    return _among(planned.with_a_vaccination_overdue(_today(), records.within), asked)


def _center(records: Records, asked: str) -> Q:
    return _has(records.of(CenterOfPerson, center=id_in(asked)))


def _notifications(records: Records, asked: str) -> Q:
    of_person = records.of(NotificationEvent)
    others = of_person.filter(read_at=None) if asked == "all_read" else of_person.exclude(read_at=None)
    return _has(of_person) & _has(others, NO)


_OF_PERSON: dict[str, Callable[[Any], Q]] = {
    "number": _number_is,
    "name": _name_has,
    "gender": lambda gender: Q(profile__gender=gender),
    "language": lambda code: Q(profile__language_code=code),
    "timezone": lambda zone: Q(profile__timezone=zone),
    "born_from": lambda year: Q(profile__date_of_birth__gte=dt.date(year, 1, 1)),
    "born_to": lambda year: Q(profile__date_of_birth__lte=dt.date(year, 12, 31)),
}
_OF_RECORDS: dict[str, Callable[[Records, Any], Q]] = {
    "pregnant": _pregnant,
    "ever_pregnant": lambda records, asked: _has(records.pregnancies(), asked),
    "has_children": lambda records, asked: _has(records.children(), asked),
    "children_from": _so_many_children,
    "children_to": lambda records, most: ~_so_many_children(records, most + 1),
    "surveys": _surveys,
    "due_days": _due,
    "overdue": _overdue,
    "district": lambda records, asked: _has(records.of(CenterOfPerson, center__district=asked)),
    "center": _center,
    "notifications": _notifications,
}
