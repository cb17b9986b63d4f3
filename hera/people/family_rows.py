"""The rows of a table of families, understood: whom each is of, what it is to make, or why it cannot be brought."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth.models import User
from django.utils import translation
from django.utils.translation import gettext as _

from hera.child_health import pregnancy_dates
from hera.child_health.models import Child, Pregnancy
from hera.child_health.services import Declaration
from hera.core import clock, digits, languages, phone_numbers, table_days, timezones
from hera.core.visible import one_line
from hera.core.whole_tables import Row, RowRefused, each_of, is_yes, plain
from hera.health_center.models import HealthCenter
from hera.people.registering import Family, RegisteredChild, no_mother
from hera.texts import written_dates
from hera.user_profile.models import Gender, UserProfile

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

FIRST_MOTHER, FIRST_CHILD = dt.date(1900, 1, 1), dt.date(1990, 1, 1)
LONGEST_PREGNANCY = dt.timedelta(weeks=45)
_WEEKS = range(1, 43)
_LONGEST_NAME = 255


@dataclass(frozen=True)
class Line:
    """A row as it was understood: its family, and whether all of it is there already; or why it cannot be brought."""

    family: Family | None = None
    child: RegisteredChild | None = None
    is_there: bool = False
    refusal: str = ""


@dataclass
class _Mother:
    """Whom several rows may be of."""

    family: Family
    is_another: bool
    places: list[int] = field(default_factory=list)
    children: list[RegisteredChild] = field(default_factory=list)


def read(rows: Sequence[Row]) -> list[Line]:
    """What rows are to make, or why they cannot, in their order; five queries."""
    centres = {plain(centre.name): centre for centre in HealthCenter.objects.order_by("-pk")}
    today = clock.today_in(timezones.default())
    lines: list[Line] = []
    mothers: dict[tuple[str, ...], _Mother] = {}
    for place, row in enumerate(rows):
        try:
            mother, child = _of(row, centres, today)
            same = mothers.setdefault(_key(mother.family), mother)
            _add(same, mother, child, place)
            lines.append(Line(same.family, child))
        except RowRefused as why:
            lines.append(Line(refusal=str(why)))
    known = _Known(list(mothers.values()))
    for mother in mothers.values():
        refusal, there = known.verdict(mother)
        family = replace(mother.family, children=tuple(mother.children))
        for place in mother.places:
            lines[place] = replace(lines[place], family=family, is_there=there, refusal=refusal)
    return lines


def families_of(lines: Sequence[Line]) -> list[tuple[Family, list[int]]]:
    """The families that are to be made, each with the places of its rows."""
    places: defaultdict[int, list[int]] = defaultdict(list)
    families: dict[int, Family] = {}
    for place, line in enumerate(lines):
        if line.family is not None and not line.is_there:
            families[id(line.family)] = line.family
            places[id(line.family)].append(place)
    return [(family, places[key]) for key, family in families.items()]


def _key(family: Family) -> tuple[str, ...]:
    return (family.number,) if family.number else (*map(str, _who(family)),)


def _add(same: _Mother, mother: _Mother, child: RegisteredChild | None, place: int) -> None:
    """Put a row to its mother's others.

    Raises:
        RowRefused: if it says something else of her than they do.
    """
    one, other = same.family, mother.family
    if (plain(one.name), one.born, one.language) != (plain(other.name), other.born, other.language):
        raise RowRefused(_("Another line with her number says another name, birth date or language."))
    if other.pregnancy and one.pregnancy and one.pregnancy != other.pregnancy:
        raise RowRefused(_("Another line says another pregnancy of hers; one runs at a time."))
    if child is not None and any((plain(child.name), child.born) == (plain(c.name), c.born) for c in same.children):
        raise RowRefused(_("This child stands in another line already."))
    if child is not None and len(same.children) >= settings.HERA.children_per_person:
        raise RowRefused(_("These are more children than one person may have."))
    if child is None and same.places and one.pregnancy == other.pregnancy:
        raise RowRefused(_("Another line says the same."))
    if child is not None:
        same.children.append(child)
    if other.pregnancy and not one.pregnancy:
        same.family = replace(one, pregnancy=other.pregnancy)
    same.is_another |= mother.is_another
    same.places.append(place)


def _of(row: Row, centres: Mapping[str, HealthCenter], today: dt.date) -> tuple[_Mother, RegisteredChild | None]:
    has_child = bool(row.get("child", "").strip() or row.get("child_born", "").strip())
    readers: dict[str, Callable[[], Any]] = {
        "name": lambda: _name(row, "name", _("It wants her name, of 255 letters at most.")),
        "agreed": lambda: _agreed(row),
        "language": lambda: _language(row.get("language", "")),
        "centre": lambda: _centre(row.get("centre", ""), centres),
        "born": lambda: _born(row.get("born", ""), today),
        "number": lambda: _number(row.get("number", "")),
        "pregnancy": lambda: _pregnancy(row, today, has_child=has_child),
        "another": lambda: is_yes(row, "another", _("Is another person")),
    }
    if has_child:
        readers |= {
            "child": lambda: _name(row, "child", _("It wants the child's name, of 255 letters at most.")),
            "gender": lambda: _gender(row.get("gender", "")),
            "child_born": lambda: _day(row.get("child_born", ""), _("Child's date of birth"), FIRST_CHILD, today),
        }
    read = each_of(readers)
    family = Family(
        read["name"], read["born"], read["language"], read["number"], read["centre"], pregnancy=read["pregnancy"]
    )
    child = RegisteredChild(*(read[one] for one in ("child", "gender", "child_born"))) if has_child else None
    return _Mother(family, read["another"]), child


def _name(row: Row, column: str, otherwise: str) -> str:
    name = one_line(row.get(column, ""))
    if not name or len(name) > _LONGEST_NAME:
        raise RowRefused(otherwise)
    return name


def _agreed(row: Row) -> None:
    if not is_yes(row, "agreed", _("She agrees")):
        raise RowRefused(_("Write 1 for “agreed”: she was asked, and agrees that this is kept."))


def _centre(written: str, centres: Mapping[str, HealthCenter]) -> HealthCenter | None:
    if not written.strip():
        return None
    if (centre := centres.get(plain(written))) is None:
        raise RowRefused(_("There is no health centre of this name."))
    return centre


def _pregnancy(row: Row, today: dt.date, *, has_child: bool) -> Declaration | None:
    week, period = digits.only(row.get("week", "")), row.get("last_period", "").strip()
    if week and not (week.isascii() and week.isdigit() and len(week) <= len("42") and int(week) in _WEEKS):
        raise RowRefused(_("Write the week of her pregnancy as a number from 1 to 42."))
    if not (week or period or has_child):
        raise RowRefused(_("Write down a pregnancy, or a child."))
    if not (week or period):
        return None
    label = _("First day of the last period")
    began = _day(period, label, today - LONGEST_PREGNANCY, today) if period else None
    if week and pregnancy_dates.contradict(int(week), began, today):
        raise RowRefused(_("The week of her pregnancy and the first day of her last period contradict each other."))
    return Declaration(int(week) if week else None, began, 0)


# What lists of families call a child, besides a gender's own words.
_CHILDREN = {
    Gender.FEMALE: "girl f woman kız k kadın dişi بنت طفلة فتاة أنثى نجلۍ جلۍ ښځینه دختر مؤنث مونث زن",
    Gender.MALE: "boy m man erkek e oğlan ولد صبي ذكر هلک نارینه پسر مذکر مرد",
}


def _gender(text: str) -> str:
    known = _genders()
    if plain(text) not in known:
        words = {"girl": _(Gender.FEMALE.label), "boy": _(Gender.MALE.label)}
        raise RowRefused(_("Write the child's gender as %(girl)s or %(boy)s.") % words)
    return known[plain(text)]


def _genders() -> dict[str, str]:
    found = {letter: gender.value for gender in Gender for letter in (plain(gender.value), plain(gender.value[0]))}
    for code in languages.CODES:
        with translation.override(code):
            found |= {plain(_(gender.label)): gender.value for gender in Gender}
    return found | {plain(word): gender.value for gender, words in _CHILDREN.items() for word in words.split()}


def _language(text: str) -> str:
    names = {code: code for code in languages.CODES}
    for shown in languages.CODES:
        with translation.override(shown):
            names |= {plain(_(name)): code for code, name in languages.CHOICES}
    if plain(text) not in names:
        called = ", ".join(_(name) for _code, name in languages.CHOICES)
        raise RowRefused(_("Write her language as one of %(codes)s.") % {"codes": called})
    return names[plain(text)]


def _day(text: str, column: str, earliest: dt.date, today: dt.date) -> dt.date:
    """A day of this column; a row has several, so that what is wrong with one names it."""
    try:
        day = table_days.day(text)
    except ValueError as refusal:
        raise RowRefused(f"{column}: {refusal}") from None
    if day > today:
        future = _("This day is in the future.")
        raise RowRefused(f"{column}: {future}")
    if day < earliest:
        too_long_ago = _("The day %(date)s is too long ago.") % {"date": written_dates.isolated(written_dates.day(day))}
        raise RowRefused(f"{column}: {too_long_ago}")
    return day


def _born(text: str, today: dt.date) -> dt.date:
    born = _day(text, _("Date of birth"), FIRST_MOTHER, today)
    if says := no_mother(born, today):
        raise RowRefused(says)
    return born


def _number(text: str) -> str:
    """The number in E.164; empty where there is none written."""
    if not text.strip():
        return ""
    for meant in (text, *phone_numbers.meant(text)):
        try:
            return phone_numbers.parse_name_allowed(meant).e164
        except phone_numbers.InvalidPhoneNumber:
            continue
    raise RowRefused(_("This is not a valid phone number."))


class _Known:
    """Whoever is known already of those in a table; four queries."""

    def __init__(self, mothers: Sequence[_Mother]) -> None:
        numbers = {mother.family.number for mother in mothers if mother.family.number}
        self._taken = set(User.objects.filter(username__in=numbers).values_list("username", flat=True))
        born = {mother.family.born for mother in mothers}
        profiles = UserProfile.objects.filter(date_of_birth__in=born, user__is_staff=False).select_related("user")
        self._born: defaultdict[dt.date, list[UserProfile]] = defaultdict(list)
        for profile in profiles.order_by("-pk"):
            self._born[profile.date_of_birth].append(profile)
        self._children: defaultdict[int, set[tuple[str, dt.date]]] = defaultdict(set)
        children = Child.objects.filter(user__profile__date_of_birth__in=born)
        for user, name, day in children.values_list("user_id", "name", "date_of_birth"):
            self._children[user].add((plain(name), day))
        self._pregnancies: defaultdict[int, set[Declaration]] = defaultdict(set)
        running = Pregnancy.objects.filter(user__profile__date_of_birth__in=born, ended_at=None)
        for user, week, period in running.values_list(
            "user_id", "declared_pregnancy_week", "declared_date_of_last_menstrual_period"
        ):
            self._pregnancies[user].add(Declaration(week, period, 0))
        # In the table itself.
        self._numbers = {_who(mother.family): mother.family.number for mother in mothers if mother.family.number}

    def verdict(self, mother: _Mother) -> tuple[str, bool]:
        """Why she cannot be registered, as somebody is known already; and whether all of it is there."""
        family = mother.family
        found = [one for one in self._born[family.born] if _is_called(one.name, family.name)]
        if any(self._has_all(one, mother) for one in found):
            return "", True
        if family.number in self._taken:
            return _("Somebody has this number already. Look at her page, and add what is missing there."), False
        known = found[0].user.username if found else ""
        if not known and not family.number:
            known = self._numbers.get(_who(family), "")
        return (_is_known(known), False) if known and not mother.is_another else ("", False)

    def _has_all(self, known: UserProfile, mother: _Mother) -> bool:
        """Whether this is she, and has the children and the pregnancy that the table says."""
        family = mother.family
        is_she = known.user.username == family.number if family.number else plain(known.name) == plain(family.name)
        children = {(plain(child.name), child.born) for child in mother.children}
        is_pregnant = family.pregnancy is None or family.pregnancy in self._pregnancies[known.pk]
        return is_she and children <= self._children[known.pk] and is_pregnant


def _who(family: Family) -> tuple[str, dt.date]:
    return plain(family.name), family.born


def _is_known(username: str) -> str:
    says = _("Somebody of this name and birth date is known already, with the number %(number)s.")
    number = f"\u2068{phone_numbers.shown(username) or '–'}\u2069"
    instead = _("If it is another person, write 1 for “another”.")
    return f"{says % {'number': number}} {instead}"


def _is_called(name: str, asked: str) -> bool:
    """Whether every word that is asked begins a word of the name, as the list of people finds it."""
    words = plain(name).split()
    return all(any(word.startswith(part) for word in words) for part in plain(asked).split())
