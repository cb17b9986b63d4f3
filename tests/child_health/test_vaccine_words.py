"""What a card calls a vaccine is found under its names, their parts and everyday words; the rest is told, with what it
may be."""

from __future__ import annotations

import pytest
from django.utils import translation

from hera.child_health.models import DoseGiven
from hera.child_health.packs import adopting, reading
from hera.child_health.vaccine_words import Placed, VaccineWords
from hera.config import REPOSITORY
from hera.panel import roles

pytestmark = pytest.mark.django_db
EMPTY = {"dose-TOTAL_FORMS": "6", "dose-INITIAL_FORMS": "0"}


@pytest.fixture
def turkey(programme) -> None:
    adopting.adopt(reading.read(REPOSITORY / "packs" / "TR-2025-04-14.yaml"))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("BCG", "BCG"),
        ("bcg aşısı", "BCG"),
        ("Verem aşısı", "BCG (verem)"),
        ("verem", "BCG (verem)"),
        ("لقاح السل", "BCG (verem)"),
        ("kkk", "KKK"),
        ("altılı karma", "Altılı karma (DaBT-İPA-Hib-HepB)"),
        ("BEŞLİ KARMA AŞISI", "Beşli karma (DaBT-İPA-Hib)"),
        ("suçiçeği", "Suçiçeği"),
        ("Zatürre aşısı", "Konjuge pnömokok (KPA13)"),
    ],
)
def test_everyday_names_are_placed_with_the_pack(turkey, text, name):
    with translation.override("tr"):
        found = VaccineWords().of(text)
    assert found.name == name, found


@pytest.mark.parametrize("text", ["karma", "çocuk felci", "kızamık", "bgc", "kkkk", "Hepatit"])
def test_what_fits_several_or_is_misspelled_is_not_placed_but_suggested(turkey, text):
    with translation.override("tr"):
        found = VaccineWords().of(text)
    assert found.name == ""
    assert found.perhaps


@pytest.mark.parametrize("text", ["", "nobody knows what", "xx"])
def test_what_is_like_nothing_is_nothing(turkey, text):
    found = VaccineWords().of(text)
    assert (found.name, found.perhaps) == ("", ())


def test_without_a_pack_the_names_of_the_programme_are_known(programme):
    words = VaccineWords()
    assert words.of("verem").name == "BCG"
    assert words.of("zatürre").name == words.of("KPA").name == "Pneumococcus (KPA)"
    assert words.of("su çiçeği").name == "Varicella (SA)"
    assert words.of("beşli karma").name == "aBDT-IPA-Hib"
    assert words.of("karma") == Placed("", ("aBDT-IPA-Hib",))
    assert words.of("altılı karma") == Placed("", ("aBDT-IPA-Hib",))


def test_after_entry_it_is_told_what_could_not_be_placed(signed_in, turkey, amal):
    child = amal.children.get()
    rows = {"dose-0-text": "verem aşısı", "dose-1-text": "bgc", "dose-1-date": "2026", "dose-2-text": "karma"}
    page = signed_in(roles.CASE_WORKER).post(
        f"/admin/child_health/child/{child.pk}/card/", {**EMPTY, **rows}, follow=True
    )
    text = page.content.decode()
    for word in ("bgc", "karma"):
        assert f"“\u2068{word}\u2069” could not be placed" in text
    assert "“\u2068verem" not in text
    assert "It may be: \u2068BCG\u2069" in text
    assert DoseGiven.objects.get(child=child, text="verem aşısı").product == "BCG"
    assert '<option value="BCG">' in text
