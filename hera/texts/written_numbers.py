"""Numbers as the reader of a page writes them, in her own language: 1,234.5 and 37.5%, 1.234,5 and %37,5."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.formats import number_format
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from decimal import Decimal


def number(value: float | Decimal, decimals: int = 0) -> str:
    """A number with so many decimals, its thousands apart."""
    return number_format(f"{value:.{decimals}f}", decimals, use_l10n=True, force_grouping=True)


def percent(value: float | Decimal, decimals: int = 0) -> str:
    """A share of a hundred, with its sign where the language has it."""
    return with_percent(number(value, decimals))


def with_percent(written: str) -> str:
    """A number that is written, with the sign."""
    return _("%(number)s%%") % {"number": written}


def shortest(value: float | Decimal, decimals: int) -> str:
    """A number with as many decimals as it has, of so many at most."""
    text = f"{value:.{decimals}f}"
    return number(value, len(text.rstrip("0").partition(".")[2]))
