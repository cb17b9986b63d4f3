"""Dates as the reader of a page or an answer writes them, in her own language: 3 March 2026, 3 مارس 2026.

Django's own formats have no months in Pashto and Dari.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import get_language, ngettext

from hera.texts import month_names
from hera.texts.isolation import ISOLATE, POP

if TYPE_CHECKING:
    import datetime as dt


def day(date: dt.date) -> str:
    """A day with the name of its month."""
    return f"{date.day} {month(date)}"


def month(date: dt.date) -> str:
    """A month by its name, and its year."""
    names = month_names.MONTHS.get(get_language() or "en", month_names.MONTHS["en"])
    return f"{names[date.month - 1]} {date.year}"


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
