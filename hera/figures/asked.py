"""What a page of figures was asked for: read from its address, and refused with a sentence where it makes no sense."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from hera.core import clock, digits, timezones
from hera.core.months import months_later
from hera.figures.dimensions import ALL, DIMENSIONS
from hera.figures.measures import MEASURES
from hera.figures.tabulated import series_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hera.figures.measures import Measure

_MONTH = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])")
USUAL = 12  # months
LONGEST = 36


class Refused(Exception):  # noqa: N818  (named as the fact)
    """The message is for whoever asked."""


@dataclass(frozen=True)
class Asked:
    """A measure of some months, told apart by a dimension, of one series or of all."""

    measure: Measure
    first: dt.date
    last: dt.date
    by: str = ALL
    series: str = ""


def usual(measure: Measure, *, masked: bool = False) -> Asked:
    """What is shown of a measure where nothing else is asked: the last twelve months, or the last that are over."""
    return Asked(measure, *months({}, newest=_newest_over() if masked else None))


def usual_months() -> tuple[dt.date, dt.date]:
    """The first days of the first and the last of the months that are shown where none are asked for."""
    last = clock.today_in(timezones.default()).replace(day=1)
    return months_later(last, 1 - USUAL), last


def measure_of(given: Mapping[str, str]) -> Measure:
    """The measure that an address names; the first where it names none.

    Raises:
        Refused: there is no such measure.
    """
    key = given.get("measure") or next(iter(MEASURES))
    if key not in MEASURES:
        raise Refused(_("There is no such measure. Choose one of the list."))
    return MEASURES[key]


_QUARTER = 3  # months
QUARTERS = 12  # offered
# Not for who sees people masked: what a district has less some of its centres is what another centre has.
OPEN_ONLY = frozenset({"centre"})


def read(given: Mapping[str, str], *, masked: bool = False) -> Asked:
    """What an address asks for.

    Args:
        masked: whoever asks may not know people. She is shown a dimension of one series at a time: from what all of
            them are in a district, and all but one, follows the one that is hidden. And months that are over: what is
            more in this one than it was yesterday is of one day.

    Raises:
        Refused: with what is wrong with it.
    """
    measure = measure_of(given)
    first, last = months(given, newest=_newest_over() if masked else None)
    by = given.get("by", ALL)
    if by not in measure.dimensions or (masked and by in OPEN_ONLY):
        if by not in DIMENSIONS:
            raise Refused(_("Figures cannot be told apart by that. Choose one of the list."))
        told = _("%(measure)s cannot be told apart by “%(dimension)s”. Choose something else.")
        raise Refused(told % {"measure": measure.label, "dimension": DIMENSIONS[by].label})
    return Asked(measure, first, last, by, _series(measure, given.get("of", ""), by, masked=masked))


def months(given: Mapping[str, str], *, newest: dt.date | None = None) -> tuple[dt.date, dt.date]:
    """The first days of the first and the last month that an address asks for.

    Args:
        newest: of the months that there are, where that is not this one; later ones are left out.

    Raises:
        Refused: with what is wrong with them.
    """
    this = usual_months()[1]
    last = _month(given.get("until", "")) or newest or this
    first = _month(given.get("from", "")) or months_later(last, 1 - USUAL)
    if last < first:
        raise Refused(_("The first month is after the last one. Change one of them."))
    if first > this:
        raise Refused(_("These months are still to come. Choose earlier ones."))
    if newest and first > newest:
        raise Refused(_("This month is not over yet. Choose an earlier one."))
    if (last.year - first.year) * 12 + last.month - first.month >= LONGEST:
        raise Refused(_("These are more than %(count)s months. Choose fewer.") % {"count": LONGEST})
    return first, min(last, newest or last)


def quarters() -> list[tuple[dt.date, dt.date]]:
    """The first days of the first and the last month of each of the last quarters that are over, the newest first."""
    newest = _newest_over()
    last = months_later(newest, -(newest.month % _QUARTER))
    return [_quarter_to(months_later(last, -_QUARTER * number)) for number in range(QUARTERS)]


def quarter(given: Mapping[str, str]) -> tuple[dt.date, dt.date]:
    """The same of the one quarter of a year that an address asks for; of the newest that is over, if it names none.

    Raises:
        Refused: it asks for other months, or a quarter that is not over.
    """
    first, last = _month(given.get("from", "")), _month(given.get("until", ""))
    if first is None and last is None:
        return quarters()[0]
    last = last or months_later(first or _newest_over(), _QUARTER - 1)
    first = first or months_later(last, 1 - _QUARTER)
    if (first, last) != _quarter_to(last) or last.month % _QUARTER or last > _newest_over():
        told = _(
            "Choose one quarter of a year that is over: what other months have more or less would tell of few people."
        )
        raise Refused(told)
    return first, last


def _quarter_to(last: dt.date) -> tuple[dt.date, dt.date]:
    return months_later(last, 1 - _QUARTER), last


def _newest_over() -> dt.date:
    return months_later(usual_months()[1], -1)


def _series(measure: Measure, series: str, by: str, *, masked: bool) -> str:
    known = series_of(measure, masked=masked)
    if series and series not in known:
        raise Refused(_("There are no figures of this in these months. Choose something else."))
    # What adds up to nothing is told apart one at a time.
    return next(iter(known), "") if by and not series and (masked or not measure.is_summed) else series


def _month(text: str) -> dt.date | None:
    if not text:
        return None
    found = _MONTH.fullmatch(digits.plain(text[:20]).strip())
    if found is None:
        told = _("%(text)s is no month of the years 2000 to 2099, written like 2026-11.")
        raise Refused(told % {"text": text[:20]})
    return dt.date(int(found[1]), int(found[2]), 1)
