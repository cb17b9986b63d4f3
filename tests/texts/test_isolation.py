"""F16: names of the other direction are kept apart, and no text changes for a name of its own."""

from __future__ import annotations

import pytest

from hera.events.content import Content
from hera.texts import segments
from hera.texts.rendering import render

ARABIC, LATIN = "ليلى", "Leyla"


@pytest.mark.parametrize("form", ["{{ person_name }}", "{{ person_name | strip }}", "{% echo person_name %}"])
@pytest.mark.parametrize(
    ("text", "language", "name", "shown"),
    [
        ("Was {} vaccinated?", "en", LATIN, LATIN),
        ("Was {} vaccinated?", "en", ARABIC, f"\u2068{ARABIC}\u2069"),
        ("Was {} vaccinated?", "en", f"{LATIN} ({ARABIC})", f"\u2068{LATIN} ({ARABIC})\u2069"),
        ("{} aşılandı mı?", "tr", "Işıl", "Işıl"),
        ("هل تلقت {} اللقاح؟", "ar", ARABIC, ARABIC),
        ("هل تلقت {} اللقاح؟", "ar", LATIN, f"\u2068{LATIN}\u2069"),
        ("HERA: هل تلقت {} اللقاح؟", "ar", LATIN, f"\u2068{LATIN}\u2069"),
        ("آیا {} واکسین شد؟", "prs", ARABIC, ARABIC),
        ("هل تلقت {} اللقاح؟", "ar", "2026-11-25", "2026-11-25"),
        ("Merhaba {}", "ar", LATIN, LATIN),  # written in Latin letters, whatever its language is called
        ("{}:", "ar", LATIN, f"\u2068{LATIN}\u2069"),
        ("هل تلقت {} اللقاح؟", "ar", "https://hera.example.org/l/A/", "https://hera.example.org/l/A/"),
        ("Was {} vaccinated?", "en", "\u202eLey\nla\u202c", "Ley la"),  # as rows from before have it
    ],
)
def test_a_value_of_the_other_direction_is_isolated(form, text, language, name, shown):
    assert render(text.format(form), {"person_name": name}, language) == text.format(shown)


def test_conditions_and_filters_read_the_name_itself():
    source = '{% if person_name == "ليلى" %}{{ person_name | size }} {{ person_name }}{% endif %} yes'
    assert render(source, {"person_name": ARABIC}) == f"4 \u2068{ARABIC}\u2069 yes"


def test_a_text_message_of_the_cheap_alphabet_stays_in_it():
    title = render("{{ person_name }}:", {"person_name": LATIN}, "ar")
    assert Content(title, "10:00", "").as_text_message() == "Leyla:\n10:00"
    body = render("هل تلقت {{ person_name }} اللقاح؟", {"person_name": LATIN}, "ar")
    assert Content("HERA", body, "").as_text_message() == f"HERA\n{body}"


def test_what_a_text_message_takes():
    assert segments.cut("a" * 170) == (2, 170, 160, "")
    assert segments.cut("Aşı günü yaklaşıyor") == (1, 19, 70, "şı")
