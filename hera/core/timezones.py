"""Time zones as phones name them, and what a local time means where clocks are put forward or back."""

from __future__ import annotations

import datetime as dt
import functools
import re
import zoneinfo

from django.conf import settings
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE
from phonenumbers.tzdata import TIMEZONE_DATA

# iOS may give an offset in place of a name. POSIX-style Etc zones count the other way round.
_OFFSET = re.compile(r"(?:GMT|UTC)?\s*([+-])(\d{1,2})(?::?(\d{2}))?")
_LARGEST_ETC_OFFSET = {"+": 14, "-": 12}


@functools.lru_cache(maxsize=1024)  # phones send whatever they like; the memory for it is bounded
def known(name: str) -> zoneinfo.ZoneInfo | None:
    """The zone of an IANA name; None if there is no such zone."""
    try:
        return zoneinfo.ZoneInfo(name) if name else None
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return None


def default() -> zoneinfo.ZoneInfo:
    """The country's zone, for people whose own is missing or unknown."""
    return zoneinfo.ZoneInfo(settings.HERA.default_timezone)


def effective(name: str, number: str = "") -> zoneinfo.ZoneInfo:
    """The zone of a stored name; where that name means nothing that of her number's country, else the default.

    Args:
        number: her number as E.164, or at least its beginning (`HEAD` characters).
    """
    return known(name) or of_country(number) or default()


HEAD = 4  # a plus and the longest calling code


def of_country(number: str) -> zoneinfo.ZoneInfo | None:
    """The zone of the country that a number is of; None if that is no country's.

    Of a country with several the one in which the default lies, or else the one in the middle: an hour or two amiss
    is better than nothing.
    """
    return _of_calling_code(number[:HEAD])


@functools.lru_cache(maxsize=1024)
def _of_calling_code(head: str) -> zoneinfo.ZoneInfo | None:
    digits = head.removeprefix("+")
    code = next((digits[:length] for length in (1, 2, 3) if _is_calling_code(digits[:length])), "")
    zones = [zone for name in TIMEZONE_DATA.get(code, ()) if (zone := known(name))]
    if not zones:
        return None
    if default() in zones:
        return default()
    zones.sort(key=lambda zone: (dt.datetime(2026, 1, 1, tzinfo=zone).utcoffset() or dt.timedelta(), zone.key))
    return zones[len(zones) // 2]


def _is_calling_code(digits: str) -> bool:
    return digits.isascii() and digits.isdigit() and int(digits) in COUNTRY_CODE_TO_REGION_CODE


@functools.cache
def choices() -> list[tuple[str, str]]:
    """The zones that a person can live in, by name."""
    return [(name, name) for name in sorted(zoneinfo.available_timezones()) if "/" in name or name == "UTC"]


def parse(text: str) -> str | None:
    """The IANA name for what a phone sent: a name, or a whole-hour offset such as `GMT+0300`.

    None if it is neither; callers keep what they had, since a phone offers no way to correct it.
    """
    text = text.strip()
    if known(text):
        return text
    match = _OFFSET.fullmatch(text.upper())
    if match is None or int(match[3] or 0) or int(match[2]) > _LARGEST_ETC_OFFSET[match[1]]:
        return None
    hours = int(match[2])
    return f"Etc/GMT{'-' if match[1] == '+' else '+'}{hours}" if hours else "UTC"


@functools.lru_cache(maxsize=65536)
def instant(zone: zoneinfo.ZoneInfo, day: dt.date, time_of_day: dt.time) -> dt.datetime:
    """The one instant (UTC) that a local date and time of day stand for.

    A time that occurs twice means its first occurrence. A time that a forward change skips is read on the
    clock as it ran before the change (02:30 in a gap of one hour is 03:30 on the new clock), so that every
    date has exactly one instant and later dates never come before earlier ones.
    """
    return dt.datetime.combine(day, time_of_day.replace(fold=0), tzinfo=zone).astimezone(dt.UTC)
