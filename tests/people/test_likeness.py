"""Who sees people masked is told on lists, by filters and on pages no more than the masked tables tell."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re

import pytest
import time_machine
from django.contrib.auth.models import User
from hypothesis import given
from hypothesis import strategies as st

from hera.core import clock
from hera.exports import tables
from hera.panel import roles
from hera.people import likeness
from hera.people.filter import filter_for
from hera.people.masking import MASKED
from hera.people.selectors import page_of
from hera.people.small_groups import FEWEST
from hera.user_profile.models import Gender, UserProfile
from tests.families import make_child, make_user, of_an_earlier_month
from tests.staff import make_staff

NOW = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
LIST = "/admin/custom_user/customuser/"
FEW = "Fewer than 5 people: nothing is shown, since somebody could be known by it."


@pytest.fixture
def crowd(db):
    """Ten alike, and with each of them one who differs in one thing; two who differ in two."""
    with time_machine.travel(NOW, tick=False):
        users = [make_user(language="tr", zone="Europe/Istanbul", number=f"+90532000{n:04}") for n in range(18)]
        for number, user in enumerate(users):
            profile = {"date_of_birth": dt.date(1995, 3, 4 + number % 9)}
            if number in (10, 12):
                profile["language_code"] = "ps"
            if number in (11, 12):
                profile["timezone"] = "Asia/Kabul"
            if number == 13:
                profile["date_of_birth"] = dt.date(1969, 5, 5)
            if number in (14, 15, 16):
                profile["date_of_birth"] = dt.date(1996 + number % 2, 8, 8)
            if number == 17:
                User.objects.filter(pk=user.pk).update(username="+963932000000")
            UserProfile.objects.filter(user=user).update(**profile)
            make_child(user, dt.date(2026, 2, 5) if number < 14 else dt.date(2025, 1 + number % 2, 9))
        of_an_earlier_month()
        yield list(User.objects.select_related("profile").order_by("pk"))


def table(kind):
    text = b"".join(tables.as_file(kind, "csv", likeness.everybody(), MASKED)).decode("utf-8-sig")
    head, *rows = csv.reader(io.StringIO(text))
    return {row[0]: dict(zip(head, row, strict=True)) for row in rows}


def words(row):
    months = row["age_months"]
    age = likeness.age(int(months) if months.isdigit() else months)
    language = {"tr": "Turkish", "ps": "Pashto"}.get(row["language"], row["language"])
    gender = dict(Gender.choices).get(row["gender"], row["gender"])
    return [age or "–", gender, language, row["time_zone"], row["number"].lstrip("'")]


def plain(page):
    return re.sub(r"<[^>]+>", "", page.content.decode())


def test_a_page_and_the_list_say_of_each_what_the_table_says(signed_in, crowd):
    client, rows = signed_in(roles.RESEARCHER), table("people")
    listed = client.get(LIST).content.decode()
    assert {row["language"] for row in rows.values()} == {"tr", "other"}
    for user in crowd:
        page = client.get(f"{LIST}{user.pk}/change/").content.decode()
        row = re.search(rf"<tr[^>]*>(?:(?!</tr>).)*?/{user.pk}/change/.*?</tr>", listed, re.DOTALL)[0]
        born, gender, language, zone, number = words(rows[str(user.pk)])
        for term, value in (
            ("Born", born), ("Gender", gender), ("Language", language), ("Time zone", zone), ("Number", number),
        ):  # fmt: skip
            shown = re.search(rf">{term}</dt><dd>(.*?)</dd>", page)[1]
            assert re.sub(r"<[^>]+>", "", shown) == value, (user.pk, term)
            assert term == "Gender" or value in row, (user.pk, term)


def test_a_child_is_shown_as_in_its_table(signed_in, crowd):
    client = signed_in(roles.RESEARCHER)
    for row in table("children").values():
        page = plain(client.get(f"{LIST}{row['person_id']}/change/"))
        months = row["age_months"]
        assert f"*** · {likeness.age(int(months) if months.isdigit() else months) or '–'}" in page


ASKED = [
    *({"language": code} for code in ("tr", "ps")),
    *({"timezone": zone} for zone in ("Europe/Istanbul", "Asia/Kabul")),
    *({"born_from": str(year), "born_to": str(year)} for year in (1969, 1995, 1996, 1997)),
    {"born_to": "1994"}, {"born_from": "1996"}, {"born_from": "1990"},
    *({"child_born_from": str(year), "child_born_to": str(year)} for year in (2025, 2026)),
    {"language": "tr", "timezone": "Asia/Kabul"}, {"gender": "FEMALE"}, {"gender": "MALE"},
]  # fmt: skip


def found(viewer, asked):
    form = filter_for(viewer, asked)
    assert form.is_valid()
    return {user.pk for user in page_of(form, seconds=60).users}


def test_no_two_filters_find_fewer_than_five_by_their_difference(crowd):
    viewer = make_staff(roles.RESEARCHER, "viewer@example.org")
    answers = [found(viewer, {}), *(found(viewer, asked) for asked in ASKED if "child_born_from" not in asked)]
    for one in answers:
        assert not one or len(one) >= FEWEST
        for other in answers:
            for few in (one & other, one - other):
                assert not few or len(few) >= FEWEST, few


@pytest.mark.parametrize("asked", ASKED, ids=str)
def test_a_filter_that_finds_few_says_so_and_shows_nobody(signed_in, crowd, asked):
    client = signed_in(roles.RESEARCHER)
    page = client.get(LIST, asked).content.decode()
    people = set(re.findall(r"customuser/(\d+)/change", page))
    assert len(people) >= FEWEST or (FEW in page and not people and "people found" not in page)
    assert (FEW in page) != bool(people)


def test_who_knows_people_finds_the_few(signed_in, crowd):
    page = signed_in(roles.PROGRAMME_ADMIN).get(LIST, {"language": "ps"}).content.decode()
    assert set(re.findall(r"customuser/(\d+)/change", page)) == {str(crowd[10].pk), str(crowd[12].pk)}


def test_the_last_page_of_many_is_shown(signed_in, crowd):
    page = signed_in(roles.RESEARCHER).get(LIST, {"has_children": "yes", "after": str(crowd[2].pk)}).content.decode()
    assert len(set(re.findall(r"customuser/(\d+)/change", page))) == 2


def test_a_masked_list_takes_few_statements(signed_in, crowd, django_assert_max_num_queries):
    client = signed_in(roles.RESEARCHER)
    with django_assert_max_num_queries(24):
        client.get(LIST, {"language": "tr", "child_born_from": "2026"})


@given(st.integers(0, 500), st.integers(1950, 2030), st.integers(1950, 2030))
def test_what_is_shown_of_an_age_tells_the_years_of_a_birth_or_does_not(months, first, last):
    today = clock.now().date()
    index = today.year * 12 + today.month - 1 - months
    month = dt.date(index // 12, index % 12 + 1, 1)
    for width in (12, 60, 120):
        low = months // width * width
        years = {(today.year * 12 + today.month - 1 - age) // 12 for age in range(low, low + width)}
        told = likeness._tells_years(f"{low}-{low + width - 1}", months, month, (first, last))
        assert told == all(first <= year <= last for year in years)


def test_among_many_it_is_worked_out_once_a_day(db, monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(likeness, "_KEPT", {})
    monkeypatch.setattr(likeness, "_QUICK", -1.0)  # as if it had taken long
    first = likeness.people_of_all()
    with django_assert_num_queries(0):
        assert likeness.people_of_all() is first
    with django_assert_num_queries(1):
        likeness.children_of_all()
    with time_machine.travel(clock.now() + dt.timedelta(days=1)), django_assert_num_queries(1):
        assert likeness.people_of_all() is not first
