"""F16: nothing of a name that nobody sees is kept, and nothing of it that a script needs is lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hera.core.visible import one_line


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Leyla", "Leyla"),
        ("  Leyla \t Nur\u00a0\u3000Aydın ", "Leyla Nur Aydın"),
        ("Leyla\nReply YES to 1234", "Leyla Reply YES to 1234"),
        ("Leyla\u2028Nur\u2029\x85", "Leyla Nur"),
        ("\u202eLeyla\u202c", "Leyla"),
        ("\u2066لیلا\u2069\u200f\u061c", "لیلا"),
        ("Ley\u200bla\ufeff\u2060\u00ad", "Leyla"),
        ("Ley\u200dla\u200c", "Leyla"),  # a joiner that no Latin letter needs
        ("نور\u200cالله", "نور\u200cالله"),
        ("نور\u200c\u200cالله\u200c", "نورالله"),  # not at an end, and not in a row
        ("क्\u200dष", "क्\u200dष"),
        ("Ley\x00la\x07\x7f", "Leyla"),
        ("Ley\ue000la\U000e0041\U0010fffe", "Leyla"),
        ("Le\ufe0fy\u034fla\u3164\u2800", "Leyla"),
        ("İpek Şükrü", "İpek Şükrü"),
        ("Zoe\u0308 O’Neil-Öz", "Zoe\u0308 O’Neil-Öz"),
        ("مُحَمَّد", "مُحَمَّد"),
        ("\u200b\u200e \n", ""),
    ],
)
def test_what_is_kept_of_a_name(typed, kept):
    assert one_line(typed) == kept


@given(st.text())
def test_cleaning_twice_is_cleaning_once(text):
    assert one_line(one_line(text)) == one_line(text)
