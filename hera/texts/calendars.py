"""Dates of the Afghan solar and of the Islamic calendar: pure functions."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple


class CalendarDate(NamedTuple):
    year: int
    month: int  # from 1
    day: int


_SOLAR_EPOCH = dt.date(622, 3, 21).toordinal()  # 1 Hamal 1, proleptic Gregorian
_SOLAR_YEARS = range(1200, 1500)  # for which the rule of 33 years is that of the sky
_LONG_MONTHS = 6  # the first six have 31 days, the others 30, the last 29 or 30

# Months of 30 days (1) and of 29 (0) of the Umm al-Qura calendar, from Muharram, of the years from 1440 to 1500 AH.
# These are the months of the library hijridate; ICU has the same until 1450 (2029), and others by a day in a third of
# the months after it: what is that far ahead has been calculated, not announced.
_FIRST_YEAR, _FIRST_DAY = 1440, dt.date(2018, 9, 11).toordinal()
_YEARS = """
    5d4 ada 55a aab 595 749 764 baa 5b5 2b6 a56 d2a
    e95 72a 755 35a 95d 49b a4d d26 d53 5aa aad 4b6
    a57 527 a95 b4a b55 36c 9ae 4b6 a96 b4a da5 5d2
    5d9 2dc 96d 4ad 655 6d2 b69 374 9b6 4d7 2ab 54b
    6a5 752 b69 56b 2ad 94d c95 d4a ea5 6ca ad5 556
    c97
    """
_MONTHS_OF_30 = [int(year, 16) for year in _YEARS.split()]


def solar_hijri(date: dt.date) -> CalendarDate | None:
    """The date in Afghanistan's solar calendar, which begins with 1 Hamal at the equinox; None far from our time.

    Leap years follow the cycle of 33 years, which agrees with the observed equinox from 1178 to 1501.
    """
    year = date.year - 621
    if date.toordinal() < _nowruz(year):
        year -= 1
    if year not in _SOLAR_YEARS:
        return None
    passed = date.toordinal() - _nowruz(year)
    if passed < _LONG_MONTHS * 31:
        return CalendarDate(year, passed // 31 + 1, passed % 31 + 1)
    passed -= _LONG_MONTHS * 31
    return CalendarDate(year, _LONG_MONTHS + passed // 30 + 1, passed % 30 + 1)


def _nowruz(year: int) -> int:
    """The ordinal of 1 Hamal."""
    return _SOLAR_EPOCH + 365 * (year - 1) + (8 * year + 21) // 33


def islamic(date: dt.date) -> CalendarDate | None:
    """The date in the Umm al-Qura calendar; None before 1440 AH (September 2018) and after 1500 AH (2077)."""
    left = date.toordinal() - _FIRST_DAY
    if left < 0:
        return None
    for year, months in enumerate(_MONTHS_OF_30, _FIRST_YEAR):
        for month in range(1, 13):
            length = 29 + (months >> (12 - month) & 1)
            if left < length:
                return CalendarDate(year, month, left + 1)
            left -= length
    return None
