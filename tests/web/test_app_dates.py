"""Days as the web app tells them: how far away, and with their year where it is another."""

from __future__ import annotations

import datetime as dt
import json
import re

import pytest

from hera.texts import month_names


@pytest.mark.parametrize(
    ("day", "said"),
    [
        ("2026-11-28", "today"),
        ("2026-12-01", "in 3 days"),
        ("2026-12-26", "in 4 weeks"),
        ("2027-05-28", "in 6 months"),
        ("2039-11-28", "in 13 years"),
        ("2024-03-01", "2 years ago"),
        ("2025-06-29", "16 months ago"),
        ("2025-06-28", "17 months ago"),
    ],
)
def test_how_far_a_day_is(node, day, said):
    assert node(f'import {{ far }} from "./dates.js"; console.log(far("{day}", "2026-11-28", "en"));') == said


@pytest.mark.parametrize(("day", "month"), [("2026-12-24", "December"), ("2027-01-02", "January 2027")])
def test_a_day_of_another_year_has_its_year(node, day, month):
    shown = node(
        f'import {{ parts }} from "./dates.js"; console.log(JSON.stringify(parts("{day}", "2026-11-28", "en")));'
    )
    assert json.loads(shown)["month"] == month


def test_an_age_and_how_long_ago_the_birth_was_are_one_number_and_never_more_than_was_lived(node):
    told = json.loads(
        node(
            """import { age, far, later } from "./dates.js";
            const born = "2024-01-31", days = [...Array(1500).keys()].map((lived) => later(born, lived));
            console.log(JSON.stringify(days.map((day) => [day, age(born, day, "en"), far(born, day, "en")])));"""
        )
    )
    named = {"today": "0 days", "yesterday": "1 day", "last year": "1 year"}
    for day, age, ago in told:
        assert age == named.get(ago, ago.removesuffix(" ago")), day
    ages = {day: age for day, age, _ in told}
    for day, age in {
        "2024-04-29": "12 weeks", "2024-04-30": "2 months", "2025-06-30": "16 months", "2025-07-31": "18 months",
        "2026-01-30": "23 months", "2026-01-31": "2 years",
    }.items():  # fmt: skip
        assert ages[day] == age


@pytest.mark.parametrize(("language", "zero"), [("en", "0"), ("tr", "0"), ("ar", "٠"), ("ps", "۰"), ("prs", "۰")])
def test_every_way_to_tell_a_day_has_the_numerals_of_her_language_alone(node, language, zero):
    told = node(
        f"""import * as dates from "./dates.js";
        const day = "2024-10-10", now = "2026-11-28", hers = "{language}";
        console.log(dates.long(day, hers), ...[day, "2024-10", "2024"].map((one) => dates.short(one, hers)),
            ...Object.values(dates.parts(day, now, hers)), dates.number(1024, hers), dates.far(day, now, hers),
            dates.far("2026-12-20", now, hers), dates.age("2026-08-01", now, hers), dates.age("2025-08-01", now, hers),
            dates.ago(new Date(Date.now() - 7200000 * 5).toISOString(), hers));"""
    )
    digits = {one for one in told if one.isdigit()}
    assert digits <= {chr(ord(zero) + value) for value in range(10)}
    assert len(digits) > 4
    if language in {"ps", "prs", "ar"}:
        assert not re.search("[A-Za-z]", told), told


@pytest.mark.parametrize("language", ["ps", "prs"])
def test_days_are_named_as_the_server_names_them(node, language):
    told = node(
        f"""import {{ long }} from "./dates.js";
        const days = [...Array(12).keys()].map((one) => `2026-${{String(one + 1).padStart(2, "0")}}-10`);
        console.log(days.map((day) => long(day, "{language}")).join(";"));"""
    )
    for month, said in enumerate(told.split(";"), start=1):
        weekday = month_names.WEEKDAYS[language][dt.date(2026, month, 10).weekday()]
        assert said.startswith(f"{weekday}، ")
        assert month_names.MONTHS[language][month - 1] in said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("مستحق منذ 3 مارس 2026.", "مستحق منذ ٣ مارس ٢٠٢٦."),
        ("(12) 37.5 %", "(١٢) ٣٧.٥ %"),
        ("PCV13 +90 532 111 22 33, 2026-03-09.", "PCV13 +90 532 111 22 33, ٩ مارس ٢٠٢٦."),
        ("https://a.example/3 123456", "https://a.example/3 123456"),
        ("2026-13-45", "2026-13-45"),
    ],
)
def test_what_others_wrote_is_in_the_numerals_of_her_language(node, text, said):
    call = f"import {{ inHers }} from './dates.js'; console.log(inHers({json.dumps(text)}, LANGUAGE));"
    assert node(call.replace("LANGUAGE", "'ar'")) == said
    assert node(call.replace("LANGUAGE", "'tr'")) == text
