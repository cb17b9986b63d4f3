"""Pages of the list of people: whoever is found is on one page, on whichever day and machine."""

from __future__ import annotations

import datetime as dt
import itertools

import pytest

from hera.child_health.plan import stored
from hera.core import clock, timezones
from hera.panel import roles
from hera.people import masking, selectors, told
from hera.people.filter import PeopleFilter
from hera.people.selectors import page_of
from hera.people.summaries import summaries_of
from tests.families import make_child, make_pregnancy, make_user, make_vaccine

pytestmark = pytest.mark.django_db


@pytest.fixture
def crowd(monkeypatch):
    """Thirteen mothers, every third of whom reads Arabic; three to a page, two to the first stretch."""
    monkeypatch.setattr(selectors, "PAGE", 3)
    monkeypatch.setattr(selectors, "_FIRST_STRETCH", 2)
    return [make_user(language="tr" if n % 3 else "ar", name=f"Amal {'Odd' if n % 2 else 'Even'}") for n in range(13)]


def _read(criteria, seconds):
    """All pages, followed by their links."""
    form = PeopleFilter(criteria)
    assert form.is_valid()
    pages, after = [], ""
    while after is not None:
        page = page_of(form, after, seconds)
        pages.append(page)
        after = None if page.after is None else str(page.after)
    return pages


@pytest.mark.parametrize("seconds", [0, 60], ids=["no time", "time enough"])
@pytest.mark.parametrize(
    ("criteria", "is_found"),
    [
        ({}, lambda _n: True),
        ({"language": "ar"}, lambda n: n % 3 == 0),
        ({"name": "amal odd"}, lambda n: n % 2 == 1),
        ({"has_children": "no"}, lambda n: n != 4),
        ({"children_to": "0"}, lambda n: n != 4),
        ({"children_from": "1"}, lambda n: n == 4),
        ({"gender": "MALE"}, lambda _n: False),
    ],
)
def test_the_pages_hold_whom_the_filter_finds_each_once_newest_first(crowd, criteria, is_found, seconds):
    make_child(crowd[4], dt.date(2026, 1, 1))
    found = [user.pk for page in _read(criteria, seconds) for user in page.users]
    assert found == [user.pk for n, user in reversed(list(enumerate(crowd))) if is_found(n)]


def test_the_count_is_of_everybody_where_there_was_time(crowd):
    first, *_ = _read({"language": "ar"}, seconds=60)
    assert (first.count, first.is_all, first.is_page_full) == (5, True, True)


def test_the_count_is_a_least_one_where_there_was_none(crowd):
    first, *_ = _read({"language": "ar"}, seconds=0)
    assert (first.count, first.is_all, first.is_page_full) == (1, False, False)


def test_no_more_are_counted_than_the_list_says(crowd, monkeypatch):
    monkeypatch.setattr(selectors, "COUNTED", 7)
    pages = _read({}, seconds=60)
    assert (pages[0].count, pages[0].is_all) == (7, False)
    assert [user.pk for page in pages for user in page.users] == [user.pk for user in reversed(crowd)]


@pytest.mark.parametrize("after", ["", "x", "-1", "٣", "9" * 30])
def test_a_place_that_is_none_is_the_beginning(crowd, after):
    form = PeopleFilter({})
    assert form.is_valid()
    assert page_of(form, after).users[0] == crowd[-1]


def test_a_look_that_has_time_is_a_few_statements(crowd, django_assert_num_queries):
    """The newest id, stretches each eight times as long as the one before, and the page."""
    form = PeopleFilter({"language": "ar", "has_children": "no"})
    assert form.is_valid()
    ends = itertools.accumulate(2 * 8**n for n in itertools.count())
    stretches = next(number for number, end in enumerate(ends, 1) if end >= crowd[-1].pk)
    with django_assert_num_queries(1 + stretches + 1):
        page_of(form, seconds=600)


def test_the_list_says_of_each_what_a_nurse_looks_for(db, django_assert_max_num_queries):
    make_vaccine(8, 12, name="Hexa")
    today = clock.today_in(timezones.default())
    late, calm = make_user(name="Zeynep"), make_user(name="Amal")
    make_child(late, today - dt.timedelta(weeks=9))
    make_child(late, today - dt.timedelta(weeks=1))
    make_pregnancy(calm, today - dt.timedelta(weeks=12), today)
    stored.catch_up()
    form = PeopleFilter({})
    assert form.is_valid()
    found = page_of(form).users
    with django_assert_max_num_queries(3):
        rows = {row.name: row for row in summaries_of(found, masking.OPEN)}
    assert (rows["Zeynep"].children, rows["Zeynep"].is_pregnant) == (2, False)
    assert rows["Zeynep"].overdue_since == told.day(today - dt.timedelta(weeks=1), masking.OPEN)
    assert rows["Zeynep"].next_visit == told.day(today + dt.timedelta(weeks=3), masking.OPEN)
    assert (rows["Amal"].children, rows["Amal"].is_pregnant, rows["Amal"].overdue_since) == (0, True, "")
    [hidden, _] = summaries_of(found, masking.Mask(is_on=True))
    assert (hidden.next_visit, hidden.overdue_since) == ("", "")


def test_what_is_asked_stands_above_the_list_and_is_taken_away_one_by_one(signed_in):
    make_user(name="Zeynep", language="tr")
    page = signed_in(roles.CASE_WORKER).get("/admin/custom_user/customuser/?language=tr&find=zeynep").text
    assert "Name, or beginnings of its words: <bdi>zeynep</bdi>" in page
    assert "Language: <bdi>Turkish</bdi>" in page
    assert 'href="?name=zeynep"' in page
