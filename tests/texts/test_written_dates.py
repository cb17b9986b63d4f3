"""Dates on pages and in answers, in the reader's language."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils.translation import override

from hera.people import told
from hera.people.masking import Mask
from hera.texts import written_dates

DAY = dt.date(2026, 3, 3)


@pytest.mark.parametrize(
    ("language", "shown"),
    [
        ("en", "3 March 2026"),
        ("tr", "3 Mart 2026"),
        ("ar", "3 مارس 2026"),
        ("ps", "3 مارچ 2026"),
        ("prs", "3 مارچ 2026"),
    ],
)
def test_a_day_has_the_month_of_the_readers_language(language, shown):
    """Django has no months in Pashto and Dari: pages wrote March there."""
    with override(language):
        assert written_dates.day(DAY) == shown
        assert written_dates.month(DAY) == shown.removeprefix("3 ")
        assert told.day(DAY, Mask(is_on=False)) == f"\N{FIRST STRONG ISOLATE}{shown}\N{POP DIRECTIONAL ISOLATE}"


def test_the_first_and_the_last_day_there_are():
    assert (written_dates.day(dt.date.min), written_dates.day(dt.date.max)) == ("1 January 1", "31 December 9999")
