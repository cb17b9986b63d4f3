"""Months of the calendar, each by its first day."""

from __future__ import annotations

import datetime as dt


def months_later(day: dt.date, months: int) -> dt.date:
    """The first day of the month that is so many later than the month of this day; earlier, if below zero."""
    number = day.year * 12 + day.month - 1 + months
    return dt.date(number // 12, number % 12 + 1, 1)


def months_between(first: dt.date, last: dt.date) -> list[dt.date]:
    """The months from that of one day to that of another, both included."""
    count = (last.year - first.year) * 12 + last.month - first.month + 1
    return [months_later(first, number) for number in range(count)]
