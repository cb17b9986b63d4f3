"""Dates as the reader of a page or an answer writes them, in her own language: 3 March 2026, 3 مارس 2026.

Django's own formats have no months in Pashto and Dari.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import get_language

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


def isolated(text: str) -> str:
    """A date that is written out, whatever the direction of the text around it: its digits stay where they are."""
    return f"{ISOLATE}{text}{POP}"
