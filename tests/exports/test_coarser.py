"""Masked tables: whom fewer than five share an age, a language and the rest with is told of more coarsely."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections import Counter

import pytest
import time_machine
from django.contrib.auth.models import User
from hypothesis import given
from hypothesis import strategies as st

from hera.child_health.plan import stored
from hera.exports import coarser, tables
from hera.people import likeness
from hera.people.masking import MASKED, OPEN
from hera.people.small_groups import FEWEST
from hera.user_profile.models import UserProfile
from tests.families import make_child, make_user, make_vaccine, of_an_earlier_month

NOW = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)


@given(
    st.dictionaries(
        st.tuples(
            st.integers(180, 560),
            st.sampled_from("MF"),
            st.sampled_from(["tr", "ar", "ps"]),
            st.just("UTC"),
            st.sampled_from(["+9053*****", "+9639*****", ""]),
        ),
        st.integers(1, 9),
    )
)
def test_every_combination_that_is_shown_is_of_five_people_at_least(counts):
    becomes = likeness.made_coarser(counts, likeness.PERSON_STEPS)
    assert set(becomes) == set(counts)
    groups = Counter()
    for key, count in counts.items():
        groups[becomes[key]] += count
    if sum(counts.values()) >= FEWEST:
        assert all(size >= FEWEST for size in groups.values())
    else:
        assert all(shown == ("", "other", "other", "other", "other") for shown in groups)


@pytest.fixture
def people(db):
    with time_machine.travel(NOW, tick=False):
        users = [make_user(language="tr") for _ in range(6)] + [make_user(language="ps") for _ in range(2)]
        for user in users:
            make_child(user, dt.date(2026, 3, 5))
        alone = make_user(language="ar")
        UserProfile.objects.filter(user=alone).update(date_of_birth=dt.date(1960, 5, 5), timezone="Asia/Kabul")
        make_child(alone, dt.date(2025, 2, 1), gender="MALE")
        of_an_earlier_month()
        yield alone


def table(kind, mask=MASKED):
    chosen = User.objects.filter(profile__isnull=False)
    text = b"".join(tables.as_file(kind, "csv", chosen, mask)).decode("utf-8-sig")
    head, *rows = csv.reader(io.StringIO(text))
    return [dict(zip(head, row, strict=True)) for row in rows]


def test_who_stands_alone_is_told_of_coarsely_and_the_rest_exactly(people):
    rows = table("people")
    groups = Counter(tuple(row[name] for name in coarser.PERSON) for row in rows)
    assert min(groups.values()) >= FEWEST or set(groups) == {("", "other", "other", "other", "other")}
    merged = {row["person_id"]: row["merged"] for row in rows}
    assert "language" in merged[str(people.pk)]
    assert "merged" not in table("people", OPEN)[0]


def test_whose_number_is_of_another_country_shows_no_digits(people):
    with time_machine.travel(NOW, tick=False):
        make_user(number="+963932000000", language="tr")
    numbers = Counter(row["number"] for row in table("people"))
    assert "+9639*****" not in numbers
    assert all(count >= FEWEST for count in numbers.values())


def test_a_child_that_stands_alone_has_no_months_of_doses(people):
    make_vaccine(8, 16, name="Hexa")
    stored.catch_up()
    doses, children = table("doses"), table("children")
    ages = Counter((row["age_months"], row["gender"]) for row in children)
    assert all(count >= FEWEST for count in ages.values())
    assert {(row["child_id"], row["age_months"]) for row in doses} == {
        (row["child_id"], row["age_months"]) for row in children
    }
    for row in doses:
        if "age_months" in row["merged"]:
            assert (row["given"], row["age_months_at_dose"]) == ("", "")
        assert row["due"] == ""


def test_the_wide_table_is_as_coarse_as_the_others(people):
    child = {row["child_id"]: row["age_months"] for row in table("children")}
    for row in table("people-wide"):
        assert row["child_1_age_months"] == child[row["child_1_child_id"]]
    [alone] = [row for row in table("people-wide") if row["person_id"] == str(people.pk)]
    assert "child_1_gender" in alone["merged"]
