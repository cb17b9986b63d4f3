"""Days as the web app tells them: how far away, and with their year where it is another."""

from __future__ import annotations

import json

import pytest


@pytest.mark.parametrize(
    ("day", "said"),
    [
        ("2026-11-28", "today"),
        ("2026-12-01", "in 3 days"),
        ("2026-12-26", "in 4 weeks"),
        ("2027-05-28", "in 6 months"),
        ("2039-11-28", "in 13 years"),
        ("2024-03-01", "3 years ago"),
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
