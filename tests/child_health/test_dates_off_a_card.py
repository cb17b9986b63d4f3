"""Dates as they stand on vaccination cards."""

from __future__ import annotations

import pytest

from hera.child_health.partial_dates import PartialDate


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("03.03.2026", "2026-03-03"),
        ("9.3.2026", "2026-03-09"),
        ("9/3/2026", "2026-03-09"),
        ("2026-03-09", "2026-03-09"),
        ("2026/3/9", "2026-03-09"),
        ("3.2026", "2026-03"),
        ("03/2026", "2026-03"),
        ("2026-03", "2026-03"),
        (" 2026 ", "2026"),
        ("", ""),
        ("٠٩/٠٣/٢٠٢٦", "2026-03-09"),
        ("۲۰۲۶", "2026"),
        ("\u200f٩\u060d٣\u060d٢٠٢٦", "2026-03-09"),
        ("2026-03-09 00:00:00", "2026-03-09"),
    ],
)
def test_a_date_is_read_in_any_script_and_as_exact_as_it_is(typed, read):
    assert str(PartialDate.typed(typed)) == read


@pytest.mark.parametrize("typed", ["9.3.26", "1404", "12.12.1404", "2569", "March", "1.2.3.4", "0"])
def test_what_is_no_date_of_this_calendar_is_refused_with_a_sentence(typed):
    with pytest.raises(ValueError, match="Write the date as"):
        PartialDate.typed(typed)


@pytest.mark.parametrize("typed", ["31.02.2026", "13.2026", "2026-02-30", "٣١/٠٢/٢٠٢٦"])
def test_a_day_that_there_is_not_is_said_to_be_none(typed):
    with pytest.raises(ValueError, match="does not exist"):
        PartialDate.typed(typed)
