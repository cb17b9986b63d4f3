"""One name in several spellings is one: in Python and in the database alike."""

from __future__ import annotations

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from hera.core.folding import folded
from hera.people.selectors import chosen
from hera.user_profile.models import UserProfile
from tests.families import make_user

ALIKE = [
    ("IŞIK", "ışık", "Işık", "isik", "ISIK", "  işik "),
    ("İrem", "irem", "IREM", "İREM"),
    ("José", "JOSE\u0301", "jose"),
    ("Çağla Öztürk", "cagla  ozturk", "ÇAĞLA\u00a0ÖZTÜRK"),
    ("أحمد", "احمد", "اَحْمَد", "ٱحمد"),
    ("علي", "على", "علی"),
    ("كريمة", "کریمه", "كريمه", "كـريمة"),
    ("فاطمة", "فاطمه", "ﻓﺎﻃﻤﺔ"),
    ("ګل", "گل"),
    ("Ayşe ٣", "ayse 3"),
    ("Straße", "STRASSE"),
    ("Łukasz", "lukasz"),
]
_LETTERS = st.sampled_from("".join(name for names in ALIKE for name in names) + "ÆŒØΣς…\u200c\u200f\t\u3000①ﷺЁ한")


@pytest.mark.parametrize("names", ALIKE, ids=str)
def test_spellings_of_one_name_are_one(names):
    assert len({folded(name) for name in names}) == 1


def test_other_names_stay_others():
    names = ["Amal", "Amel", "Işıl", "Işık", "علي", "عالي", "كرم", "كريم", ""]
    assert len({folded(name) for name in names}) == len(names)


def in_the_database(texts):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT hera_folded(one) FROM unnest(%s::text[]) WITH ORDINALITY AS of(one, n) ORDER BY n", [texts]
        )
        return [row[0] for row in cursor.fetchall()]


@pytest.mark.django_db
def test_every_letter_is_folded_in_the_database_as_here():
    letters = [chr(code) for code in range(1, 0x3400) if not 0x1C80 <= code < 0x1CC0] + [
        chr(code) for code in range(0xFB00, 0xFFF0) if code not in range(0xFDD0, 0xFDF0)
    ]
    told = dict(zip(letters, in_the_database([f"x{letter}y" for letter in letters]), strict=True))
    assert {letter: found for letter, found in told.items() if found != folded(f"x{letter}y")} == {}


@pytest.mark.django_db
@settings(max_examples=60)
@given(
    st.lists(st.text(_LETTERS | st.characters(max_codepoint=0x6FF, exclude_characters="\0"), max_size=12), max_size=20)
)
def test_names_are_folded_in_the_database_as_here(names):
    assert in_the_database(names) == [folded(name) for name in names]
    assert [folded(folded(name)) for name in names] == [folded(name) for name in names]


@pytest.mark.parametrize(("kept", "asked"), [(names[0], name) for names in ALIKE for name in names[1:]])
@pytest.mark.django_db
def test_the_list_of_people_finds_her_in_any_spelling(kept, asked):
    her = make_user(name=kept)
    make_user(name="Zehra")
    assert list(chosen({"name": asked})) == [her]
    assert list(chosen({"name": asked.strip()[:2]})) == [her]


@pytest.mark.django_db
def test_a_search_by_name_begins_with_the_index():
    with connection.cursor() as cursor:
        # Of tables as small as these anything is as quick.
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off")
    found = UserProfile.objects.filter(user__in=chosen({"name": "ışık"}))
    assert "user_profile_folded_words" in found.explain()
