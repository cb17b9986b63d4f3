"""What people are known by, made coarser until at least five share it: for masked tables, lists and pages alike.

Of everybody together it is worked out for the list, its filter and a person's page; of those in it for a table. A
value that fewer than five people share is told more coarsely, step by step, and of those alone of whom the same is
true: all others stay as exact as they are.
"""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import User
from django.db.models import Count, F, Func, Q, TextField, Value
from django.db.models.functions import Concat, Left, TruncMonth
from django.db.models.lookups import In
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from hera.child_health.calendar import months_of_age
from hera.child_health.models import Child
from hera.core import clock, languages, phone_numbers, timezones
from hera.people.masking import MASKED
from hera.people.small_groups import FEWEST
from hera.texts import written_dates
from hera.user_profile.models import Gender

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from django.db.models import QuerySet

    from hera.people.masking import Mask

OTHER = "other"
PERSON, CHILD = ("age_months", "gender", "language", "time_zone", "number"), ("age_months", "gender")
AGE, GENDER, LANGUAGE, ZONE, NUMBER = range(5)  # places in what a person is known by; of a child the first two

_DIGITS_LOOKED_AT = len(phone_numbers.NO_NUMBER)  # more than a masked number shows
_YEAR = 12  # months
_YEARS_FROM = 24  # months; a younger child's age is told in months

Key = tuple[Any, ...]
Years = tuple[int | None, int | None]  # from, to, both included; None: any


def _band(months: int, width: int) -> str:
    first = months // width * width
    return f"{first}-{first + width - 1}"


NOTHING_OF_HER: Key = ("", OTHER, OTHER, OTHER, OTHER)
NOTHING_OF_A_CHILD: Key = ("", OTHER)
# From one step to the next nothing becomes more exact.
PERSON_STEPS: tuple[Callable[[Key], Key], ...] = (
    lambda key: key,
    lambda key: (*key[:4], OTHER),
    lambda key: (_band(key[0], 12), *key[1:4], OTHER),
    lambda key: (_band(key[0], 60), *key[1:4], OTHER),
    lambda key: (_band(key[0], 60), key[1], key[2], OTHER, OTHER),
    lambda key: (_band(key[0], 120), key[1], OTHER, OTHER, OTHER),
    lambda key: (_band(key[0], 120), OTHER, OTHER, OTHER, OTHER),
    lambda _key: NOTHING_OF_HER,
)
CHILD_STEPS: tuple[Callable[[Key], Key], ...] = (
    lambda key: key,
    lambda key: (_band(key[0], 6), key[1]),
    lambda key: (_band(key[0], 12), key[1]),
    lambda key: (_band(key[0], 60), key[1]),
    lambda key: (_band(key[0], 60), OTHER),
    lambda _key: NOTHING_OF_A_CHILD,
)


def made_coarser(counts: Mapping[Key, int], steps: Sequence[Callable[[Key], Key]]) -> dict[Key, Key]:
    """What each combination of values becomes, so that at least five people share what is shown; pure.

    Of fewer than five people in all nothing is shown.
    """
    left, shown = dict(counts), dict[Key, Key]()
    for step in steps:
        groups: Counter[Key] = Counter()
        for key, count in left.items():
            groups[step(key)] += count
        for key in [key for key in left if groups[step(key)] >= FEWEST]:
            shown[key] = step(key)
            del left[key]
    if left and shown:  # too few even so: the smallest of the other groups becomes as coarse as they
        sizes: Counter[Key] = Counter()
        for key, becomes in shown.items():
            sizes[becomes] += counts[key]
        smallest = min(sizes, key=lambda becomes: (sizes[becomes], str(becomes)))
        left |= {key: counts[key] for key, becomes in shown.items() if becomes == smallest}
    return shown | {key: steps[-1](key) for key in left}


@dataclass(frozen=True)
class Likeness:
    """What shows of each combination of values that somebody is known by."""

    becomes: Mapping[Key, Key]
    coarsest: Key
    kept: Sequence[tuple[str, dt.date, Key]]  # as the database writes each, the month of birth, and its values

    def shown(self, key: Key) -> Key:
        """Whoever came since it was worked out is known by nothing."""
        return self.becomes.get(key, self.coarsest)

    def not_told(self, places: Iterable[int], born: Years) -> list[str]:
        """Which combinations do not show the values at these places, or whether somebody was born in these years."""
        places = tuple(places)
        return sorted({text for text, month, key in self.kept if self._hides(places, born, month, key)})

    def _hides(self, places: Sequence[int], born: Years, month: dt.date, key: Key) -> bool:
        shown = self.shown(key)
        return any(shown[place] != key[place] for place in places) or not _tells_years(shown[0], key[0], month, born)


def _tells_years(shown: object, months: int, month: dt.date, born: Years) -> bool:
    """Whether what is shown of an age says that a birth was in these years; of a birth in them, as months of age."""
    if born == (None, None) or isinstance(shown, int):
        return True
    if not shown:
        return False
    youngest, oldest = map(int, str(shown).split("-"))
    index = month.year * _YEAR + month.month - 1
    first, last = (index + months - oldest) // _YEAR, (index + months - youngest) // _YEAR
    return (born[0] is None or born[0] <= first) and (born[1] is None or last <= born[1])


def age(shown: object) -> str:
    """An age that is shown, in words: months, years, or from some to some; blank where none is."""
    if shown == "":
        return ""
    if isinstance(shown, int):
        return _months(shown) if shown < _YEARS_FROM else _years(shown // _YEAR)
    first, last = map(int, str(shown).split("-"))
    if last < _YEARS_FROM:
        return _("%(first)s to %(last)s months") % {"first": first, "last": last}
    if first // _YEAR == last // _YEAR:
        return _years(first // _YEAR)
    return _("%(first)s to %(last)s years") % {"first": first // _YEAR, "last": last // _YEAR}


def _months(count: int) -> str:
    return ngettext("%(count)d month", "%(count)d months", count) % {"count": count}


def _years(count: int) -> str:
    return ngettext("%(count)d year", "%(count)d years", count) % {"count": count}


@dataclass(frozen=True)
class KnownAs:
    """What somebody is known by, in the reader's words; masked, `other` or less where fewer than five share it."""

    born: str
    gender: str
    language: str
    timezone: str
    number: str


def known_as(users: Iterable[User], mask: Mask) -> dict[int, KnownAs]:
    """How these people are shown, whose profiles must be read with them; masked, one statement."""
    if not mask.is_on:
        return {user.pk: _as_she_is(user, mask) for user in users}
    alike = people_of_all()
    return {user.pk: _as_shown(alike.shown(person_key(user))) for user in users}


def _as_she_is(user: User, mask: Mask) -> KnownAs:
    profile = user.profile
    gender, language = _(str(profile.get_gender_display())), _(str(profile.get_language_code_display()))
    born = written_dates.isolated(written_dates.day(profile.date_of_birth))
    return KnownAs(born, gender, language, profile.timezone, mask.number(user.username))


def _as_shown(key: Key) -> KnownAs:
    return KnownAs(age(key[AGE]), gender(key[GENDER]), _language(key[LANGUAGE]), _said(key[ZONE]), _said(key[NUMBER]))


def gender(shown: str) -> str:
    """A gender that is shown, in words."""
    return _(str(Gender(shown).label)) if shown in Gender.values else _said(shown)


def _language(shown: str) -> str:
    return _(str(dict(languages.CHOICES)[shown])) if shown in dict(languages.CHOICES) else _said(shown)


def _said(shown: str) -> str:
    return pgettext("merged", "other") if shown == OTHER else shown


def everybody() -> QuerySet[User]:
    """All who may be on a masked list."""
    return User.objects.filter(MASKED.was_told("date_joined"), is_active=True, is_staff=False, profile__isnull=False)


def people_of_all() -> Likeness:
    """What shows of each person, among everybody."""
    return _among_all(of_people)


def children_of_all() -> Likeness:
    """What shows of each child, among those of everybody."""
    return _among_all(of_children)


def _among_all(worked_out: Callable[[QuerySet[User]], Likeness]) -> Likeness:
    """Where it takes long, as among a million people, a process keeps it for the day: what is told is of the month
    before, and whoever is new to it is known by nothing."""
    day = MASKED.told_before, clock.today_in(timezones.default())
    kept = _KEPT.get(worked_out.__name__)
    if kept is not None and kept[0] == day:
        return kept[1]
    started = time.perf_counter()
    found = worked_out(everybody())
    if time.perf_counter() - started > _QUICK:
        _KEPT[worked_out.__name__] = day, found
    return found


_QUICK = 0.2  # seconds
_KEPT: dict[str, tuple[object, Likeness]] = {}


def of_people(chosen: QuerySet[User]) -> Likeness:
    """What shows of each of these people; one statement."""
    found = (
        chosen.order_by()
        .values_list(
            TruncMonth("profile__date_of_birth"),
            "profile__gender",
            "profile__language_code",
            "profile__timezone",
            Left("username", _DIGITS_LOOKED_AT),
            _PERSON_TEXT,
        )
        .annotate(count=Count("pk", distinct=True))
    )
    counts: Counter[Key] = Counter()
    kept = []
    for born, gender, language, zone, number, text, count in found:
        key = (months_of_age(born, _today(zone)), gender, language, zone, MASKED.number(number))
        counts[key] += count
        kept.append((text, born, key))
    return Likeness(made_coarser(counts, PERSON_STEPS), NOTHING_OF_HER, kept)


def of_children(chosen: QuerySet[User]) -> Likeness:
    """What shows of each child of these people; one statement."""
    children = Child.objects.filter(MASKED.was_told("created_at"), user__in=chosen.order_by().values("pk"))
    found = children.values_list(TruncMonth("date_of_birth"), "gender", "user__profile__timezone", _CHILD_TEXT)
    counts: Counter[Key] = Counter()
    kept = []
    for born, gender, zone, text, count in found.annotate(count=Count("pk")).order_by():
        key = (months_of_age(born, _today(zone)), gender)
        counts[key] += count
        kept.append((text, born, key))
    return Likeness(made_coarser(counts, CHILD_STEPS), NOTHING_OF_A_CHILD, kept)


def person_key(user: User) -> Key:
    """What somebody is known by, as `of_people` has it."""
    profile = user.profile
    months = months_of_age(profile.date_of_birth, _today(profile.timezone))
    return months, profile.gender, profile.language_code, profile.timezone, MASKED.number(user.username)


def child_key(child: Child, zone: str) -> Key:
    """What a child is known by, as `of_children` has it."""
    return months_of_age(child.date_of_birth, _today(zone)), child.gender


def people_like(texts: Sequence[str]) -> Q:
    """Users of these combinations."""
    return Q(In(_PERSON_TEXT, texts))


def children_like(texts: Sequence[str]) -> Q:
    """Children of these combinations."""
    return Q(In(_CHILD_TEXT, texts))


def _written(date_of_birth: str, *columns: Any) -> Concat:
    month = Func(F(date_of_birth), Value("YYYY-MM"), function="to_char", output_field=TextField())
    apart = Value("|")
    parts = [part for column in columns for part in (apart, column)]
    return Concat(month, *parts, output_field=TextField())


_PERSON_TEXT = _written(
    "profile__date_of_birth", F("profile__gender"), F("profile__language_code"), F("profile__timezone"),
    Left("username", _DIGITS_LOOKED_AT),
)  # fmt: skip
_CHILD_TEXT = _written("date_of_birth", F("gender"))


def _today(zone: str) -> dt.date:
    return clock.today_in(timezones.effective(zone, ""))
