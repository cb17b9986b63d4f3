"""Dates of which perhaps only the month, or the year, is known, as calls say them and cards have them."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from django.utils.translation import gettext as _

from hera.child_health.models import DoseGiven
from hera.core import digits

_YEARS = (1900, 2200)  # of dates on a card
_FIRST_YEAR, _LAST_YEAR = 1990, 2199  # of other years it is another calendar
_YEAR_FIRST = re.compile(r"(?P<year>\d{4})(?:[-./](?P<month>\d{1,2})(?:[-./](?P<day>\d{1,2}))?)?")
_DAY_FIRST = re.compile(r"(?:(?P<day>\d{1,2})[-./])?(?P<month>\d{1,2})[-./](?P<year>\d{4})")
_MIDNIGHT = re.compile(r"[ T]0?0:00(:00)?$")  # which a spreadsheet puts behind a day
_ARABIC_DATE_SEPARATOR = "\u060d"
Precision = DoseGiven.Precision


@dataclass(frozen=True)
class PartialDate:
    """A date of which perhaps only the year, or the month, is known: its first day, and how exact it is."""

    day: dt.date | None = None
    precision: Precision = Precision.UNKNOWN

    @classmethod
    def read(cls, text: str | None) -> PartialDate:
        """The date of `2026`, `2026-03`, `2026-03-09`, or of nothing.

        Raises:
            ValueError: if the text is something else.
        """
        if not text:
            return cls()
        parts = text.split("-")
        precisions = {1: Precision.YEAR, 2: Precision.MONTH, 3: Precision.DAY}
        if len(parts) not in precisions or not all(part.isascii() and part.isdigit() for part in parts):
            raise ValueError(text)
        if len(text) > len("2026-03-09") or not _YEARS[0] <= int(parts[0]) <= _YEARS[1]:
            raise ValueError(text)
        year, month, day = [*map(int, parts), 1, 1][:3]
        return cls(dt.date(year, month, day), precisions[len(parts)])

    @classmethod
    def typed(cls, text: str) -> PartialDate:
        """A date as people write it off a card: `9.3.2026`, `3/2026`, `2026` or as `read`, in digits of any script.

        Where the year comes last the day comes first, as on cards.

        Raises:
            ValueError: if it is something else, or of another calendar; the message is for whoever typed it.
        """
        plain = _MIDNIGHT.sub("", digits.plain(text).replace(_ARABIC_DATE_SEPARATOR, "/"))
        if not plain:
            return cls()
        found = _YEAR_FIRST.fullmatch(plain) or _DAY_FIRST.fullmatch(plain)
        parts = [found["year"], found["month"], found["day"]] if found else [""]
        is_ours = parts[0].isdigit() and _FIRST_YEAR <= int(parts[0]) <= _LAST_YEAR
        try:
            return cls.read("-".join(part.zfill(2) for part in parts if part) if is_ours else plain + "?")
        except ValueError:
            told = _("Write the date as 9.3.2026, or 3.2026, or 2026, by the international calendar.")
            if is_ours:
                told = _("The date %(date)s does not exist.") % {"date": f"\u2068{plain}\u2069"}
            raise ValueError(told) from None

    def __str__(self) -> str:
        if self.day is None:
            return ""
        length = {Precision.YEAR: 4, Precision.MONTH: 7}.get(self.precision, 10)
        return self.day.isoformat()[:length]

    @property
    def is_known_to_the_month(self) -> bool:
        """Whether doses can be put in order by it."""
        return self.precision in {Precision.DAY, Precision.MONTH}

    def may_be(self, other: PartialDate) -> bool:
        """Whether both, known to the month at least, can be of one day."""
        length = len("2026-03-09" if Precision.DAY == self.precision == other.precision else "2026-03")
        return str(self)[:length] == str(other)[:length]

    @property
    def latest(self) -> dt.date | None:
        """The last day that it can have been; None if nothing is known."""
        if self.day is None or self.precision == Precision.DAY:
            return self.day
        if self.precision == Precision.YEAR:
            return dt.date(self.day.year, 12, 31)
        return (self.day.replace(day=28) + dt.timedelta(days=4)).replace(day=1) - dt.timedelta(days=1)


NOT_KNOWN = PartialDate()
