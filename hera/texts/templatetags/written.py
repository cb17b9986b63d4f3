"""Dates and numbers on pages for staff, in the reader's language."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django import template

from hera.texts import written_dates, written_numbers

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


@register.filter
def written_percent(value: float | str) -> str:
    """A share of a hundred, with one decimal at most."""
    return written_numbers.with_percent(written_numbers.shortest(float(value), 1))


@register.filter
def written_money(value: Decimal | float) -> str:
    """A price, with the decimals that it has."""
    return written_numbers.shortest(value, 5)
