"""Dates on pages for staff, in the reader's language."""

from __future__ import annotations

import datetime as dt

from django import template

from hera.texts import written_dates

register = template.Library()


@register.filter
def written_day(value: dt.date | None) -> str:
    """A day, whatever the direction of the text around it; blank for none."""
    return written_dates.isolated(written_dates.day(value)) if value else ""


@register.filter
def written_month(value: dt.date | None) -> str:
    """A month, likewise."""
    return written_dates.isolated(written_dates.month(value)) if value else ""


@register.filter
def written_moment(value: dt.datetime | None) -> str:
    """A day with the hour by the clock of the country, likewise."""
    return written_dates.isolated(written_dates.moment(value)) if value else ""
