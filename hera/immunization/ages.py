"""Ages and intervals in the units of health authorities, and the dates that they lead to (CDSi 3.4, CALCDT-1 to 6)."""

from __future__ import annotations

import bisect
import calendar
import datetime as dt
import functools
import re
from dataclasses import dataclass

_PART = re.compile(r"\s*([+-]?)\s*(\d{1,4})\s+(year|month|week|day)s?", re.IGNORECASE)


class AgeError(ValueError):
    """A text that says no age."""


@dataclass(frozen=True, slots=True)
class Period:
    """An age or an interval: "6 weeks - 4 days" is `Period(weeks=6, days=-4)`."""

    years: int = 0
    months: int = 0
    weeks: int = 0
    days: int = 0

    @classmethod
    def parse(cls, text: str) -> Period:
        """Read "12 months - 4 days".

        Raises:
            AgeError: the text is none of numbers with `years`, `months`, `weeks`, `days`, joined by + or -.
        """
        found = {"year": 0, "month": 0, "week": 0, "day": 0}
        at = 0
        while at < len(text.rstrip()):
            part = _PART.match(text, at)
            if part is None or (at > 0) != bool(part[1]):
                raise AgeError(f"'{text}' is no age: write such as 6 weeks, 12 months, or 12 months - 4 days.")
            found[part[3].lower()] += int(part[2]) * (-1 if part[1] == "-" else 1)
            at = part.end()
        if at == 0:
            raise AgeError("An age is missing: write such as 6 weeks, 12 months, or 12 months - 4 days.")
        return cls(found["year"], found["month"], found["week"], found["day"])

    def after(self, day: dt.date) -> dt.date:
        """The date so long after a day; the last that there is, where it would lie beyond."""
        return _after(self, day)

    def latest_birth(self, day: dt.date) -> dt.date:
        """The last date of birth of who has reached this age on a day; the first that there is, if nobody has."""
        births = range(1, day.toordinal() + 1)
        found = bisect.bisect_right(births, day, key=lambda born: self.after(dt.date.fromordinal(born)))
        return dt.date.fromordinal(max(found, 1))

    def __str__(self) -> str:
        parts = [(self.years, "year"), (self.months, "month"), (self.weeks, "week"), (self.days, "day")]
        said = [
            f"{'-' if count < 0 else '+'} {abs(count)} {unit}{'' if abs(count) == 1 else 's'}"
            for count, unit in parts
            if count
        ]
        return " ".join(said).removeprefix("+ ") or "0 days"


@functools.lru_cache(maxsize=65536)
def _after(period: Period, day: dt.date) -> dt.date:
    """Years and months first (CALCDT-1, 2), then weeks and days (CALCDT-3, 4).

    A day that its month does not have is the first of the next month (CALCDT-5): 31 August + 6 months is 1 March.
    """
    months = period.years * 12 + period.months
    days = period.weeks * 7 + period.days
    try:
        if months:
            year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
            if day.day > calendar.monthrange(year, month + 1)[1]:
                year, month = divmod(year * 12 + month + 1, 12)
                day = dt.date(year, month + 1, 1)
            else:
                day = dt.date(year, month + 1, day.day)
        return day + dt.timedelta(days=days) if days else day
    except (OverflowError, ValueError):
        return dt.date.max if months * 30 + days > 0 else dt.date.min
