"""What is shown of a person to somebody who may not know who she is."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Q

from hera.child_health.pregnancy_dates import RUNS_ON
from hera.core import clock, phone_numbers, timezones
from hera.core.visible import one_line

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User

SEE, SEE_MASKED = "custom_user.view_customuser", "custom_user.view_masked_people"
EXPORT, EXPORT_MASKED = "custom_user.export_people", "custom_user.export_masked_people"
_DIGITS_SHOWN = 5  # + and the first four: the country and the network, and nobody


@dataclass(frozen=True)
class Mask:
    """`is_on`: names and numbers are hidden, and of dates all but their month.

    A birth date can be worked out of an age in weeks, a due date or the moment of a reminder: what shows is an age in
    months, as the calendar counts them, and of every other date its month.

    Nor does anything that was told, asked or done since the month began: who looks every day would see on which day it
    was. People are shown as they were known then (`told_before`, `was_told`, `stood`).
    """

    is_on: bool

    def number(self, number: str) -> str:
        """A number as `+9053*****`; blank where she has none."""
        number = phone_numbers.shown(number)
        return number[:_DIGITS_SHOWN] + "*****" if self.is_on and number else number

    def name(self, name: str) -> str:
        """A name as `***`; blank where there is none. One from before names were cleaned is cleaned here."""
        return "***" if self.is_on and name else one_line(name)

    def as_of(self, today: dt.date) -> dt.date:
        """The day as of which it is told what is over; masked, the first of the month.

        What turns on the day after a due date tells that date to whoever looks every day.
        """
        return today.replace(day=1) if self.is_on else today

    def running_as_of(self, today: dt.date) -> dt.date:
        """The day as of which a pregnancy runs, which it does for some weeks after its due date.

        Masked, those whose due dates are of one month stop running on one day.
        """
        return self.as_of(today - RUNS_ON) + RUNS_ON

    @property
    def told_before(self) -> dt.datetime | None:
        """The moment from which on nothing shows that was told; None: all does. Masked, when this month began."""
        if not self.is_on:
            return None
        zone = timezones.default()
        return dt.datetime.combine(self.as_of(clock.today_in(zone)), dt.time(), zone)

    def was_told(self, column: str) -> Q:
        """Rows that show, by the column with the moment at which each was told."""
        return Q(**{f"{column}__lt": self.told_before}) if self.is_on else Q()

    def stood(self, column: str) -> Q:
        """Rows that stand as far as shows, by the column with the moment at which each was taken back, or ended."""
        stands = Q(**{column: None})
        return stands | Q(**{f"{column}__gte": self.told_before}) if self.is_on else stands

    def moment(self, at: dt.datetime | None) -> dt.datetime | None:
        """A moment at which something was done; None where it does not show that it was."""
        before = self.told_before
        return None if at is not None and before is not None and at >= before else at

    def day(self, date: dt.date | None) -> str:
        """A date as text, or its month; blank for none."""
        return date.strftime(self.day_format) if date else ""

    @property
    def day_format(self) -> str:
        """How much of a date shows, in Python's notation."""
        return "%Y-%m" if self.is_on else "%Y-%m-%d"


OPEN, MASKED = Mask(is_on=False), Mask(is_on=True)


def for_viewer(user: User | AbstractBaseUser | AnonymousUser, open_permission: str = SEE) -> Mask:
    """How this member of staff sees people."""
    return Mask(is_on=not user.has_perm(open_permission))  # type: ignore[union-attr]
