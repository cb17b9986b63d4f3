"""Segments as gateways count them: GSM 03.38 and UCS-2, alone and in several parts."""

from __future__ import annotations

import pytest

from hera.texts.segments import is_gsm, segments


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),  # an escape and a character each
        ("€" * 81, 2),
        ("a" * 152 + "€" + "a" * 152, 3),  # an escape is not cut from its character
        ("ş" + "a" * 69, 1),
        ("ş" + "a" * 70, 2),
        ("م" * 134, 2),
        ("م" * 135, 3),
        ("😀" * 35, 1),
        ("😀" * 36, 2),
        ("a" * 66 + "😀" + "a" * 66, 3),  # nor the halves of a character beyond the basic plane
    ],
)
def test_a_text_is_cut_as_networks_cut_it(text, count):
    assert segments(text) == count


@pytest.mark.parametrize(("text", "is_it"), [("Hello {you}", True), ("Çocuk", True), ("çocuk", False), ("Aşı", False)])
def test_one_letter_outside_the_alphabet_makes_the_whole_text_unicode(text, is_it):
    assert is_gsm(text) is is_it
