"""Dates on pages of people: in words, of the reader's language, and as much of them as the reader may see."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django import template
from django.utils import timezone

from hera.people import told

if TYPE_CHECKING:
    from hera.people.masking import Mask

register = template.Library()


@register.filter
def day(value: dt.date | dt.datetime | None, mask: Mask) -> str:
    """A day, or that of a moment; blank for none."""
    if value is None:
        return ""
    return told.day(timezone.localtime(value).date() if isinstance(value, dt.datetime) else value, mask)


@register.filter
def moment(value: dt.datetime | None, mask: Mask) -> str:
    """A day with the hour; masked, its month."""
    if value is None or mask.is_on:
        return day(value, mask)
    return f"{day(value, mask)} {timezone.localtime(value):%H:%M}"


@register.filter
def seconds(value: dt.datetime | None, mask: Mask) -> str:
    """The time of a day to the second; masked, the month."""
    return day(value, mask) if value is None or mask.is_on else f"{timezone.localtime(value):%H:%M:%S}"
