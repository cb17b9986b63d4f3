"""Numbers are written as each language writes them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.utils import translation

from hera.texts import written_numbers


@pytest.mark.parametrize(
    ("language", "number", "percent"),
    [
        ("en", "1,234.50", "37.5%"),
        ("tr", "1.234,50", "%37,5"),
        ("ar", "1.234,50", "37,5%"),
        ("ps", "1,234.50", "37.5%"),
        ("prs", "1,234.50", "37.5%"),
    ],
)
def test_each_language_has_its_own(language, number, percent):
    with translation.override(language):
        assert written_numbers.number(1234.5, 2) == number
        assert written_numbers.percent(37.5, 1) == percent


@pytest.mark.parametrize(
    ("value", "written"), [("0.00000", "0"), ("0.03500", "0,035"), ("12", "12"), ("1200.5", "1.200,5")]
)
def test_a_price_has_the_decimals_that_it_has(value, written):
    with translation.override("tr"):
        assert written_numbers.shortest(Decimal(value), 5) == written
