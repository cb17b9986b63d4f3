"""Time zones as phones name them, and what a local time means where clocks are put forward or back."""

from __future__ import annotations

import datetime as dt
import functools
import re
import zoneinfo
from importlib import resources
from typing import TYPE_CHECKING

from django.conf import settings
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

from hera.core import clock, digits

if TYPE_CHECKING:
    from collections.abc import Iterable

# iOS may give an offset in place of a name. POSIX-style Etc zones count the other way round.
_OFFSET = re.compile(r"(?:GMT|UTC)?\s*([+-])([0-9]{1,2})(?::?([0-9]{2}))?")
_LARGEST_OFFSET = {1: dt.timedelta(hours=14), -1: dt.timedelta(hours=-12)}
_HOUR = dt.timedelta(hours=1)
# Where people live by an offset that is no whole hour, now or in summer: its largest zone, as minutes from UTC.
_ZONES_OF_PARTS_OF_HOURS = {
    -570: "Pacific/Marquesas",
    -210: "America/St_Johns",
    -150: "America/St_Johns",
    210: "Asia/Tehran",
    270: "Asia/Kabul",
    330: "Asia/Kolkata",
    345: "Asia/Kathmandu",
    390: "Asia/Yangon",
    525: "Australia/Eucla",
    570: "Australia/Darwin",
    630: "Australia/Adelaide",
    765: "Pacific/Chatham",
    825: "Pacific/Chatham",
}
# Regions that have calling codes and no row in IANA's list of countries.
_ZONES_OF_NO_COUNTRY = {"AC": ["Atlantic/St_Helena"], "XK": ["Europe/Belgrade"]}
# Files that systems keep among the zones: what they say is that of the machine, or of nowhere.
_NO_ZONES = frozenset({"Factory", "localtime", "posixrules", "leapseconds"})
_LONGEST = 50  # characters of the column


@functools.lru_cache(maxsize=1024)  # phones send whatever they like; the memory for it is bounded
def known(name: str) -> zoneinfo.ZoneInfo | None:
    """The zone of an IANA name; None if there is no such zone."""
    return zoneinfo.ZoneInfo(name) if name in _names() else None


@functools.cache
def _names() -> frozenset[str]:
    """The names of zones: not of the copies that a system has in `right/` and `posix/`."""
    return frozenset(zoneinfo.available_timezones() - _NO_ZONES)


def default() -> zoneinfo.ZoneInfo:
    """The country's zone, for people whose own is missing or unknown."""
    return zoneinfo.ZoneInfo(settings.HERA.default_timezone)


def effective(name: str, number: str = "") -> zoneinfo.ZoneInfo:
    """The zone of a stored name, or of a stored offset; where that means nothing that of her number's country.

    The default is that of who has neither. Offsets were stored as phones sent them once. Nobody knows in which season,
    so her country's zone counts if it has the offset in some season: a zone that changed with the clocks would move
    her reminders.

    Args:
        number: her number as E.164, or at least its beginning (`HEAD` characters).
    """
    if zone := known(name):
        return zone
    year = clock.now().year
    seasons = (dt.datetime(year, 1, 1, tzinfo=dt.UTC), dt.datetime(year, 7, 1, tzinfo=dt.UTC))
    return _of_offset(name, number, seasons) or of_country(number) or default()


def _of_offset(text: str, number: str, moments: Iterable[dt.datetime]) -> zoneinfo.ZoneInfo | None:
    """The zone that `GMT+0430` means to somebody with this number; None if it is no offset of a place on earth.

    That of her number's country if it has the offset at one of these moments, else one that has it.
    """
    offset = _offset(text)
    if offset is None:
        return None
    country = of_country(number)
    if country and any(moment.astimezone(country).utcoffset() == offset for moment in moments):
        return country
    hours, rest = divmod(offset, _HOUR)
    if rest:
        return known(_ZONES_OF_PARTS_OF_HOURS.get(offset // dt.timedelta(minutes=1), ""))
    return known(f"Etc/GMT{-hours:+}" if hours else "UTC")


def _offset(text: str) -> dt.timedelta | None:
    match = _OFFSET.fullmatch(digits.plain(text[:_LONGEST]).upper())
    if match is None or int(match[3] or 0) >= 60:  # noqa: PLR2004
        return None
    sign = -1 if match[1] == "-" else 1
    offset = sign * dt.timedelta(hours=int(match[2]), minutes=int(match[3] or 0))
    return offset if _LARGEST_OFFSET[-1] <= offset <= _LARGEST_OFFSET[1] else None


HEAD = 4  # a plus and the longest calling code


def of_country(number: str) -> zoneinfo.ZoneInfo | None:
    """The zone of the country that a number is of; None if that is no country's.

    Of a country with several the one in which the default lies, or else the foremost of those in its middle: an hour or
    two amiss is better than nothing.
    """
    return _of_calling_code(number[:HEAD])


@functools.lru_cache(maxsize=1024)
def _of_calling_code(head: str) -> zoneinfo.ZoneInfo | None:
    digits = head.removeprefix("+")
    code = next((digits[:length] for length in (1, 2, 3) if _is_calling_code(digits[:length])), "")
    regions = COUNTRY_CODE_TO_REGION_CODE.get(int(code or 0), ())
    zones = [zone for region in regions for name in _of_regions().get(region, ()) if (zone := known(name))]
    if not zones:
        return None
    if default() in zones:
        return default()
    offsets = [dt.datetime(2026, 1, 1, tzinfo=zone).utcoffset() or dt.timedelta() for zone in zones]
    return zones[offsets.index(sorted(offsets)[(len(offsets) - 1) // 2])]


@functools.cache
def _of_regions() -> dict[str, list[str]]:
    """The zones of each country (ISO 3166) as IANA's `zone.tab` has them, those of most people mostly first."""
    found = {region: list(names) for region, names in _ZONES_OF_NO_COUNTRY.items()}
    for line in (resources.files("tzdata") / "zoneinfo" / "zone.tab").read_text("utf-8").splitlines():
        if not line.startswith("#"):
            region, _place, name, *_comment = line.split("\t")
            found.setdefault(region, []).append(name)
    return found


def _is_calling_code(digits: str) -> bool:
    return digits.isascii() and digits.isdigit() and int(digits) in COUNTRY_CODE_TO_REGION_CODE


@functools.cache
def choices() -> list[tuple[str, str]]:
    """The zones that a person can live in, by name."""
    return [(name, name) for name in sorted(_names()) if "/" in name or name == "UTC"]


def parse(text: str, number: str = "") -> str | None:
    """The IANA name for what the phone with this number sent: a name, or an offset from UTC now, such as `GMT+0430`.

    None if it is neither; callers keep what they had, since a phone offers no way to correct it.
    """
    text = text.strip()
    zone = known(text) or _of_offset(text, number, [clock.now()])
    return zone.key if zone else None


@functools.lru_cache(maxsize=65536)
def instant(zone: zoneinfo.ZoneInfo, day: dt.date, time_of_day: dt.time) -> dt.datetime:
    """The one instant (UTC) that a local date and time of day stand for.

    A time that occurs twice means its first occurrence. A time that a forward change skips is read on the
    clock as it ran before the change (02:30 in a gap of one hour is 03:30 on the new clock), so that every
    date has exactly one instant and later dates never come before earlier ones.
    """
    return dt.datetime.combine(day, time_of_day.replace(fold=0), tzinfo=zone).astimezone(dt.UTC)
