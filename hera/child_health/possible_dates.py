"""Which days can be, as somebody tells them: pure functions of dates, asked before anything is changed.

Each raises with a sentence for whoever told it. A day that lies in the future does so where the mother lives.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.utils.translation import gettext as _

# A family that is away comes back, or has moved; a year further off is a slip, and would silence a childhood.
LONGEST_PAUSE = dt.timedelta(days=2 * 366)
# Twins may be born days apart (delayed interval delivery); a day that has the wrong month is farther away.
MOST_APART = dt.timedelta(days=21)
GESTATION = range(1, 46)  # completed weeks
# A phone without a network keeps what she told; what lies longer than this she may have told otherwise since.
OLDEST_DECLARATION = dt.timedelta(days=60)


class NotPossible(ValueError):  # noqa: N818
    """It cannot have been so; the message is for whoever told it."""


def refuse_pause(until: dt.date, today: dt.date) -> None:
    """Refuse a first day of reminders that is no day to come, or lies more than two years ahead.

    Raises:
        NotPossible
    """
    if until <= today:
        raise NotPossible(_("Please give a day after today."))
    if until > today + LONGEST_PAUSE:
        raise NotPossible(_("Please give a day within the next two years."))


def refuse_end_of_child(date: dt.date | None, born: dt.date, today: dt.date) -> None:
    """Refuse an end before the child's birth, or in the future.

    Raises:
        NotPossible
    """
    if date is None:
        return
    if date > today:
        raise NotPossible(_("This date is in the future."))
    if date < born:
        raise NotPossible(_("This date lies before the child's birth."))


def refuse_declaration(declared_on: dt.date, today: dt.date) -> None:
    """Refuse a pregnancy told so long ago that she has to be asked anew.

    Raises:
        NotPossible
    """
    if declared_on < today - OLDEST_DECLARATION:
        told = {"number": OLDEST_DECLARATION.days}
        raise NotPossible(_("This was told more than %(number)d days ago. Please tell it again.") % told)


def refuse_outcome(
    date: dt.date | None, weeks: int | None, born: Iterable[dt.date], *, start: dt.date, today: dt.date
) -> None:
    """Refuse an end of a pregnancy that lies before its start or in the future, and births that do not belong to it.

    Args:
        weeks: of gestation.
        born: the birth dates of its children.
        start: the pregnancy's estimated start.

    Raises:
        NotPossible
    """
    if weeks is not None and weeks not in GESTATION:
        told = {"first": GESTATION[0], "last": GESTATION[-1]}
        raise NotPossible(_("Please give between %(first)d and %(last)d weeks.") % told)
    for day in (date, *born):
        if day is not None and day > today:
            raise NotPossible(_("This date is in the future."))
        if day is not None and day < start:
            raise NotPossible(_("This date lies before the beginning of the pregnancy."))
    for day in born:
        if date is not None and abs(day - date) > MOST_APART:
            raise NotPossible(_("A child's birth date is too far from the date of the birth."))
