"""F3: digits of any script, with what phones put around them."""

from __future__ import annotations

import pytest

from hera.api.fields import PastDateField, TypedNumberField
from hera.core import digits, phone_numbers

ARABIC, PERSIAN = "٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹"


@pytest.mark.parametrize(
    "typed",
    ["123456", "١٢٣٤٥٦", "۱۲۳۴۵۶", "۱۲۳ ۴۵۶", "123-456", "123 456", " 123456\n", "\u200f۱۲۳۴۵۶\u200e",
     "\u2067١٢٣-٤٥٦\u2069",
     "123\u00a0456", "１２３４５６", "१२३४५६", "123–456", "\ufeff123456"],
)  # fmt: skip
def test_f3_a_code_in_any_script(typed):
    assert digits.code(typed) == "123456"


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "12345a", "१२३", "x" * 50, "½½½½½½", "²²²²²²"])
def test_f3_what_has_not_six_digits_is_no_code(typed):
    assert digits.code(typed) is None


@pytest.mark.parametrize("script", [ARABIC, PERSIAN])
def test_f3_numbers_weeks_and_dates_in_any_script(script):
    typed = str.maketrans("0123456789", script)
    number = "\u202a" + "+90 (532) 123–45 67".translate(typed) + "\u202c"
    assert phone_numbers.parse(number).e164 == "+905321234567"
    assert TypedNumberField().to_internal_value("\u200f" + "12".translate(typed)) == 12
    assert str(PastDateField().to_internal_value("1996 - 04 - 12".translate(typed))) == "1996-04-12"
