"""What is shown of a person to somebody who may not know who she is."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User

SEE, SEE_MASKED = "custom_user.view_customuser", "custom_user.view_masked_people"
EXPORT, EXPORT_MASKED = "custom_user.export_people", "custom_user.export_masked_people"
_DIGITS_SHOWN = 5  # + and the first four: the country and the network, and nobody
_WEEKS_FROM, _MONTHS_FROM = 8, 104


@dataclass(frozen=True)
class Mask:
    """`is_on`: names, numbers and dates of birth are hidden."""

    is_on: bool

    def number(self, number: str) -> str:
        """A number as `+9053*****`."""
        return number[:_DIGITS_SHOWN] + "*****" if self.is_on else number

    def name(self, name: str) -> str:
        return "***" if self.is_on and name else name

    def born(self, date: dt.date, today: dt.date) -> str:
        """The date of birth; masked, the age: in weeks, months or years, as is usual for that age."""
        if not self.is_on:
            return f"{date:%Y-%m-%d}"
        weeks = max(0, (today - date).days) // 7
        if weeks < _WEEKS_FROM:
            return f"{weeks} weeks"
        months = (today.year - date.year) * 12 + today.month - date.month - (today.day < date.day)
        return f"{months} months" if weeks < _MONTHS_FROM else f"{months // 12} years"


def for_viewer(user: User | AbstractBaseUser | AnonymousUser, open_permission: str = SEE) -> Mask:
    """How this member of staff sees people."""
    return Mask(is_on=not user.has_perm(open_permission))  # type: ignore[union-attr]
