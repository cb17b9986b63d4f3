"""Liquid's `date` in the language of the text, and `solar_date` and `hijri_date` beside it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from liquid import Environment
from liquid.builtin.filters.misc import _to_date
from liquid.builtin.filters.misc import date as plain_date
from liquid.exceptions import FilterArgumentError
from liquid.filter import with_environment

from hera.texts import calendars, month_names

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    from hera.texts.calendars import CalendarDate

DAY_MONTH_YEAR = "%-d %B %Y"
# A percent sign, C's flags and width, and what they are about.
_NAME = re.compile(r"%(?P<flags>[-_0^#]*)\d{0,3}(?P<what>[%BbhAa])")
_DIRECTIVE = re.compile(r"%(?P<flags>[-_0^#]*)(?P<what>.)", re.DOTALL)
_NAMES = {
    "B": month_names.MONTHS,
    "b": month_names.SHORT_MONTHS,
    "h": month_names.SHORT_MONTHS,
    "A": month_names.WEEKDAYS,
    "a": month_names.SHORT_WEEKDAYS,
}


class Localised(Environment):
    """Liquid that knows the language of the text that is being rendered: one at a time."""

    language = "en"


@with_environment
def date(value: Any, form: Any, *, environment: Localised) -> str:
    """Liquid's own filter; names of months and weekdays are of the text's language. All else stays as it was."""
    language = environment.language
    if language != "en" and isinstance(form, str) and _NAME.search(form) and (day := _day(value, environment)):
        form = _NAME.sub(lambda found: _name(found, day, language), form)
    return str(plain_date(value, form, environment=environment))


@with_environment
def solar_date(value: Any, form: Any = DAY_MONTH_YEAR, *, environment: Localised) -> str:
    """The date in Afghanistan's solar calendar; what is no date stays as it is."""
    return _in(calendars.solar_hijri, month_names.SOLAR_MONTHS, value, form, environment)


@with_environment
def hijri_date(value: Any, form: Any = DAY_MONTH_YEAR, *, environment: Localised) -> str:
    """The date in the Umm al-Qura calendar; what is no date stays as it is."""
    return _in(calendars.islamic, month_names.ISLAMIC_MONTHS, value, form, environment)


def _day(value: Any, environment: Localised) -> dt.datetime | None:
    """A date as Liquid's own filter reads it, `now` and `today` too."""
    if value in ("now", "today"):
        value = plain_date(value, "%Y-%m-%d", environment=environment)
    try:
        return _to_date(value)
    except (TypeError, ValueError, OverflowError):
        return None  # the plain filter says what is wrong


def _name(found: re.Match[str], day: dt.datetime, language: str) -> str:
    what = found["what"]
    if what == "%":
        return found[0]
    name = _NAMES[what][language][day.weekday() if what in "Aa" else day.month - 1]
    return _upper(name, language) if "^" in found["flags"] else name


def _upper(name: str, language: str) -> str:
    return (name.replace("i", "İ").replace("ı", "I") if language == "tr" else name).upper()


def _in(
    calendar: Callable[[dt.date], CalendarDate | None],
    months: dict[str, list[str]],
    value: Any,
    form: Any,
    environment: Localised,
) -> str:
    language = environment.language
    day = _day(value, environment)
    that = calendar(day.date()) if day else None
    if day is None or that is None:
        return str(value)
    parts = {
        "d": f"{that.day:02}",
        "e": f"{that.day:2}",
        "m": f"{that.month:02}",
        "Y": str(that.year),
        "B": months[language][that.month - 1],
        "b": months[language][that.month - 1],
        "A": month_names.WEEKDAYS[language][day.weekday()],
        "a": month_names.SHORT_WEEKDAYS[language][day.weekday()],
        "%": "%",
    }

    def filled(found: re.Match[str]) -> str:
        if found["what"] not in parts:
            raise FilterArgumentError(f"there is no {found[0]} in this calendar", token=None)
        part = parts[found["what"]]
        return (part.strip().lstrip("0") if "-" in found["flags"] else part).translate(digits)

    digits = str.maketrans("0123456789", month_names.DIGITS.get(language, "0123456789"))
    return _DIRECTIVE.sub(filled, str(form))
