"""Dates as the reader of a page or an answer writes them, in her own language: 3 March 2026, 3 مارس 2026.

Django's own formats have no months in Pashto and Dari.
"""

from __future__ import annotations

import datetime as dt

from django.utils import timezone
from django.utils.translation import get_language, ngettext

from hera.texts import month_names
from hera.texts.isolation import ISOLATE, POP

_NONE, _MINUTE = dt.timedelta(0), dt.timedelta(minutes=1)


def day(date: dt.date) -> str:
    """A day with the name of its month."""
    return f"{date.day} {month(date)}"


def month(date: dt.date) -> str:
    """A month by its name, and its year."""
    names = month_names.MONTHS.get(get_language() or "en", month_names.MONTHS["en"])
    return f"{names[date.month - 1]} {date.year}"


def moment(at: dt.datetime) -> str:
    """A day with the hour, by the clock that is gone by, and which that is: 3 March 2026 17:05 UTC+3."""
    here = timezone.localtime(at)
    hours, minutes = divmod(abs(here.utcoffset() or _NONE) // _MINUTE, 60)
    sign = "-" if (here.utcoffset() or _NONE) < _NONE else "+"
    offset = f"{sign}{hours}" + (f":{minutes:02}" if minutes else "")
    return f"{day(here.date())} {here:%H:%M} UTC{offset if hours or minutes else ''}"


def duration(length: dt.timedelta) -> str:
    """How long something lasts: `1 day, 2 hours`; of less than a minute nothing is said."""
    hours, seconds = divmod(length.seconds, 3600)
    parts = (
        (length.days, ngettext("%(count)d day", "%(count)d days", length.days)),
        (hours, ngettext("%(count)d hour", "%(count)d hours", hours)),
        (seconds // 60, ngettext("%(count)d minute", "%(count)d minutes", seconds // 60)),
    )
    return " ".join(words % {"count": count} for count, words in parts if count)


def isolated(text: str) -> str:
    """A date that is written out, whatever the direction of the text around it: its digits stay where they are."""
    return f"{ISOLATE}{text}{POP}"
