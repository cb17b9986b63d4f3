"""What a pack's parts, fields and values are called, in the reader's language."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from hera.child_health import why
from hera.child_health.dose_names import dose_name
from hera.core import languages
from hera.immunization.ages import Period
from hera.immunization.pack import Case, Reviewer
from hera.texts import isolation, written_dates

if TYPE_CHECKING:
    from hera.immunization.pack import Antenatal, Pack, Postnatal

NUMBERS = {
    "due": gettext_lazy("Due"),
    "minimum": gettext_lazy("Minimum age"),
    "interval": gettext_lazy("Since the dose before"),
    "overdue": gettext_lazy("Overdue from"),
    "maximum": gettext_lazy("Not given from"),
}
STATUSES = {
    "later": gettext_lazy("later"),
    "may be given": gettext_lazy("may be given"),
    "due": gettext_lazy("due"),
    "overdue": gettext_lazy("overdue"),
    "complete": gettext_lazy("complete"),
    "aged out": gettext_lazy("aged out"),
    "not recommended": gettext_lazy("not recommended"),
}
CATCH_UP = {
    "none": gettext_lazy("A visit that was missed before she was known is not made up for."),
    "at_once": gettext_lazy("For visits that were missed before she was known, one is planned at once."),
    "half_way": gettext_lazy(
        "For visits that were missed before she was known, one is planned half way between each two of the next ones."
    ),
}
DAYS = {
    "grace_days": gettext_lazy("Days before a minimum on which a dose given still counts"),
    "live_gap_days": gettext_lazy("Days between two live vaccines that are not given on one day"),
    "catch_up_days": gettext_lazy("Days after which a missed visit is planned anew"),
}
_FIELDS = {
    **NUMBERS,
    **DAYS,
    "id": gettext_lazy("number"),
    "key": gettext_lazy("key"),
    "name": gettext_lazy("name"),
    "names": gettext_lazy("name"),
    "nickname": gettext_lazy("shown to parents as"),
    "notes_for_parent": gettext_lazy("notes for parents"),
    "vaccine": gettext_lazy("vaccine"),
    "male": gettext_lazy("for boys"),
    "female": gettext_lazy("for girls"),
    "place": gettext_lazy("place in the order"),
    "products": gettext_lazy("products"),
    "product": gettext_lazy("product"),
    "source": gettext_lazy("source"),
    "note": gettext_lazy("note"),
    "question": gettext_lazy("question"),
    "max_age_to_start": gettext_lazy("begun before the age of"),
    "min_age_to_start": gettext_lazy("begun from the age of"),
    "antigens": gettext_lazy("protects against"),
    "live": gettext_lazy("live vaccine"),
    "cvx": gettext_lazy("CVX code"),
    "is_draft": gettext_lazy("draft"),
    "authority": gettext_lazy("authority"),
    "replaces": gettext_lazy("replaces"),
    "reviewed_by": gettext_lazy("reviewed by"),
    "weeks": gettext_lazy("weeks of pregnancy"),
    "windows": gettext_lazy("weeks of pregnancy, from and until"),
    "catch_up": gettext_lazy("visits that were missed"),
    "contacts": gettext_lazy("visits"),
    "when": gettext_lazy("when"),
    "from_week": gettext_lazy("from week"),
    "until_week": gettext_lazy("until week"),
    "before_birth": gettext_lazy("before the birth"),
    "what": gettext_lazy("what it says"),
    "by": gettext_lazy("published by"),
    "seen": gettext_lazy("how it was read"),
    "born": gettext_lazy("born on"),
    "today": gettext_lazy("asked on"),
    "sex": gettext_lazy("gender"),
    "doses": gettext_lazy("doses given"),
    "expect": gettext_lazy("what has to come out"),
    "next": gettext_lazy("next dose"),
    "earliest": gettext_lazy("earliest day"),
    "overdue_after": gettext_lazy("overdue after"),
    "status": gettext_lazy("status"),
}


def name(names: Mapping[str, str]) -> str:
    """One of five names, in the reader's language."""
    return names.get(get_language() or languages.FALLBACK, names[languages.FALLBACK])


def isolated(text: str) -> str:
    """A text of the pack's, inside a sentence of the reader's language."""
    return isolation.isolated(text, languages.direction(get_language() or languages.FALLBACK))


def antigen(pack: Pack, key: str) -> str:
    """An antigen's name; its key where the pack has none."""
    return name(pack.antigens[key].names) if key in pack.antigens else key


def product(pack: Pack, key: str) -> str:
    """A product's name; its key where the pack has none."""
    return name(pack.products[key].names) if key in pack.products else key


def dose(pack: Pack, key: str) -> str:
    """A dose as parents see it, with its vaccine; its key where the pack has none."""
    if key not in pack.doses():
        return key
    vaccine, found = pack.doses()[key]
    return f"{isolated(vaccine.name)} · {isolated(dose_name(found.name))}"


def state(pack: Pack, *, is_in_use: bool = False) -> str:
    """Whether a pack is a draft, or who reviewed it."""
    if not pack.is_reviewed and is_in_use:
        return _("Draft: nobody has reviewed it. It is in use here, since this is a developer's machine.")
    if not pack.is_reviewed:
        return _("Draft: nobody has reviewed it, and no parent is told of it.")
    return _("Reviewed by %(people)s") % {"people": "; ".join(map(reviewer, pack.reviewed_by))}


def reviewer(one: Reviewer) -> str:
    """Who, in which role, and when."""
    return f"{isolated(one.name)}, {isolated(one.role)}, {written_dates.day(one.date)}"


def weeks(antenatal: Antenatal) -> str:
    """The weeks of pregnancy with a visit."""
    spans = [f"\u2066{first}–{last}\u2069" for first, last in antenatal.windows]
    return ", ".join([*map(str, antenatal.weeks), *spans])


def contacts(postnatal: Postnatal) -> str:
    """From when until when after birth there are visits."""
    return "; ".join(span(since, until) for since, until in postnatal.contacts)


def span(since: Period, until: Period) -> str:
    """From one age to another."""
    return _("%(since)s to %(until)s") % {"since": why.written_period(since), "until": why.written_period(until)}


def field(way: tuple[str, ...]) -> str:
    """What a field is called: `("names", "tr")` is the Turkish name, `("expect", "DTP")` what comes out for it."""
    called = str(_FIELDS.get(way[0], way[0]))
    if len(way) == 1:
        return called
    language = dict(languages.CHOICES).get(way[1])
    if way[0] == "names" and language:
        return f"{called} ({_(language)})"
    return f"{called} ({isolated(str(_FIELDS.get(way[1], way[1])))})"


def value(found: Any) -> str:
    """A value of a pack's field as it is read."""
    match found:
        case None | "" | ():
            said = "–"
        case bool():
            said = _("yes") if found else _("no")
        case Period():
            said = why.written_period(found)
        case dt.date():
            said = written_dates.day(found)
        case Reviewer():
            said = reviewer(found)
        case Mapping():
            said = "; ".join(f"{field((str(key),))}: {value(one)}" for key, one in found.items())
        case tuple() if isinstance(found[0], tuple):
            said = "; ".join(map(_pair, found))
        case tuple():
            said = ", ".join(map(value, found))
        case _:
            said = isolated(str(STATUSES.get(found, found)))
    return said


def _pair(found: tuple[Any, ...]) -> str:
    match found:
        case (Period() as since, Period() as until):
            return span(since, until)
        case (int() as first, int() as last):
            return f"\u2066{first}–{last}\u2069"
    return value(found)


def expected(case: Case, pack: Pack) -> list[tuple[str, list[str]]]:
    """By antigen what has to come out of a worked case: next dose, earliest day, due, overdue after, status."""
    return [
        (
            antigen(pack, key),
            [value(wanted.get(part)) for part in ("next", "earliest", "due", "overdue_after", "status")],
        )
        for key, wanted in case.expect.items()
    ]
