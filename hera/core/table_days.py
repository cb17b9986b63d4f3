"""Days in tables that people bring: as a card has them, as ISO has them, and as a spreadsheet counts them."""

from __future__ import annotations

import datetime as dt
import re

from django.utils.translation import gettext as _

from hera.core import digits

_YEAR_FIRST = re.compile(r"(?P<year>\d{4})[-./](?P<month>\d{1,2})[-./](?P<day>\d{1,2})")
_DAY_FIRST = re.compile(r"(?P<day>\d{1,2})[-./](?P<month>\d{1,2})[-./](?P<year>\d{4})")
_MIDNIGHT = re.compile(r"[ T]0?0:00(:00)?$")  # which a spreadsheet puts behind a day
_ARABIC_DATE_SEPARATOR = "\u060d"
_YEARS = range(1900, 2200)  # of other years it is another calendar
# A cell whose number is not shown as a date holds the days since then; five digits are days of 1927 to 2173.
_SERIAL, _SERIALS_FROM = re.compile(r"[1-9]\d{4}"), dt.date(1899, 12, 30)


def unserialised(text: str) -> str:
    """A day that a spreadsheet saved as its number, as ISO has it; any other text as it is."""
    plain = digits.plain(text)
    return (_SERIALS_FROM + dt.timedelta(days=int(plain))).isoformat() if _SERIAL.fullmatch(plain) else text


def day(text: str) -> dt.date:
    """A whole date: `9.3.2026`, `2026-03-09` or a spreadsheet's number of it, in digits of any script.

    Where the year comes last the day comes first, as on cards.

    Raises:
        ValueError: if it is something else, or there is no such day; the message is for whoever brought the table.
    """
    plain = _MIDNIGHT.sub("", digits.plain(unserialised(text)).replace(_ARABIC_DATE_SEPARATOR, "/"))
    found = _YEAR_FIRST.fullmatch(plain) or _DAY_FIRST.fullmatch(plain)
    if found is None or int(found["year"]) not in _YEARS:
        raise ValueError(_("Write the date as 9.3.2026 or 2026-03-09, by the international calendar."))
    try:
        return dt.date(int(found["year"]), int(found["month"]), int(found["day"]))
    except ValueError:
        raise ValueError(_("The date %(date)s does not exist.") % {"date": f"\u2068{plain}\u2069"}) from None
