"""Visits before and after birth by a pack: worked by hand, and what holds of every mother in every country.

`a` after a week: the visit makes up for others. The period began on a Wednesday, so that the Monday of a week of
pregnancy is its sixth day.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from hera.config import REPOSITORY
from hera.immunization import pack_file
from hera.immunization.ages import Period
from hera.immunization.antenatal import (
    LAST_WEEK,
    AntenatalVisit,
    Before,
    PostnatalContact,
    plan_antenatal,
    postnatal_contacts,
    second_tries,
    td_doses,
)
from hera.immunization.pack import Antenatal, Postnatal, Td

D = dt.date
DAY, WEEK = dt.timedelta(days=1), dt.timedelta(days=7)
START = D(2026, 3, 4)
TERM = dt.timedelta(days=280)
PACKS = {path.stem[:2]: pack_file.load(path) for path in sorted((REPOSITORY / "packs").glob("*.yaml"))}
TR, SY = PACKS["TR"].antenatal, PACKS["SY"].antenatal  # four windows; WHO's eight contacts


def planned(antenatal: Antenatal, week: int, made: int, catch_up: str = "at_once", days: int = 0) -> str:
    """The weeks of the visits of who declares so many days into that week."""
    rule = dataclasses.replace(antenatal, catch_up=catch_up)
    found = plan_antenatal(START, START + week * WEEK + days * DAY, made, rule)
    return " ".join(f"{visit.week}{'a' * (visit.attempt - 1)}" for visit in found)


@pytest.mark.parametrize(
    ("week", "made", "weeks"),
    [
        (5, 0, "10 20 29 37"),
        (5, 2, "20 29 37"),  # two were made, and one window has opened
        (12, 0, "12 20 29 37"),
        (12, 2, "20 29 37"),
        (16, 0, "16a 20 29 37"),
        (16, 2, "20 29 37"),
        (20, 0, "20 29 37"),  # the window that is open makes up for the first
        (20, 2, "29 37"),
        (26, 0, "26a 29 37"),
        (26, 2, "29 37"),
        (31, 0, "31 37"),
        (31, 2, "31 37"),
        (35, 0, "35a 37"),
        (35, 2, "35a 37"),
        (39, 0, "39a"),
        (39, 2, "39a"),
        (39, 4, ""),
        (41, 0, "41a"),
        (41, 2, "41a"),
    ],
)
def test_by_the_windows_of_tuerkiye(week: int, made: int, weeks: str) -> None:
    assert planned(TR, week, made) == weeks


@pytest.mark.parametrize(
    ("week", "made", "weeks"),
    [
        (5, 0, "12 20 26 30 34 36 38 40"),
        (5, 2, "12 20 26 30 34 36 38 40"),
        (12, 0, "12 20 26 30 34 36 38 40"),
        (12, 2, "20 26 30 34 36 38 40"),
        (16, 0, "16a 20 26 30 34 36 38 40"),
        (16, 2, "20 26 30 34 36 38 40"),
        (20, 0, "20 26 30 34 36 38 40"),
        (20, 2, "26 30 34 36 38 40"),
        (26, 0, "26 30 34 36 38 40"),
        (26, 2, "26 30 34 36 38 40"),
        (31, 0, "31a 34 36 38 40"),
        (31, 2, "31a 34 36 38 40"),
        (31, 4, "34 36 38 40"),
        (35, 0, "35a 36 38 40"),
        (35, 2, "35a 36 38 40"),
        (39, 0, "39a 40"),
        (39, 2, "39a 40"),
        (41, 0, "41a"),
        (41, 2, "41a"),
    ],
)
def test_by_the_eight_contacts_of_who(week: int, made: int, weeks: str) -> None:
    assert planned(SY, week, made) == weeks


@pytest.mark.parametrize(
    ("week", "made", "none", "half_way"),
    [
        (5, 0, "10 20 29 37", "10 20 29 37"),
        (16, 0, "20 29 37", "17a 20 29 37"),
        (26, 0, "29 37", "27a 29 33a 37"),  # two were missed: half way to 29, and half way from there to 37
        (26, 1, "29 37", "27a 29 37"),
        (31, 0, "31 37", "31 34a 37 39a"),  # nothing lies half way to what is due in five days
        (35, 0, "37", "35a 37 39a"),  # three were missed, and there are two gaps
        (39, 0, "", "39a"),
        (41, 0, "", "41a"),
        (41, 4, "", ""),
    ],
)
def test_other_rules_of_catching_up(week: int, made: int, none: str, half_way: str) -> None:
    assert planned(TR, week, made, "none") == none
    assert planned(TR, week, made, "half_way") == half_way


def test_who_declares_in_week_42_is_seen_once_more_and_nobody_later() -> None:
    assert [planned(TR, 42, 0, days=days) for days in range(7)] == ["42a", "42a", "42a", "42a", "43a", "43a", "43a"]
    assert planned(TR, 43, 0, days=4) == ""
    assert planned(TR, 60, 0) == ""


def test_who_declares_before_her_period_began_is_planned_as_anybody() -> None:
    assert planned(TR, -3, 2) == "10 20 29 37"


def test_days_and_windows() -> None:
    monday = START + 5 * DAY
    found = plan_antenatal(START, START + 16 * WEEK, 0, TR)
    assert found == [
        AntenatalVisit(16, monday + 16 * WEEK, START + 16 * WEEK, monday + 20 * WEEK - DAY, attempt=2),
        AntenatalVisit(20, monday + 20 * WEEK, START + 18 * WEEK, START + 25 * WEEK - DAY),
        AntenatalVisit(29, monday + 29 * WEEK, START + 28 * WEEK, START + 33 * WEEK - DAY),
        AntenatalVisit(37, monday + 37 * WEEK, START + 36 * WEEK, START + 39 * WEEK - DAY),
    ]
    assert {visit.due.weekday() for visit in found} == {0}
    assert plan_antenatal(START, START, 0, SY)[0] == AntenatalVisit(
        12, monday + 12 * WEEK, START + 12 * WEEK, START + 13 * WEEK - DAY
    )


@pytest.mark.parametrize(
    ("days", "due"),
    [
        (3, 5),  # on Saturday: she comes on Monday, which is two days later
        (4, 6),  # on Sunday: on Monday is too soon, the next one is not of the window
        (5, 6),  # on its last day but one: she can still come on the last
        (6, None),  # on its last day: it is over
    ],
)
def test_a_window_that_ends_soon(days: int, due: int | None) -> None:
    """Of somebody who declares in the last week of the window of 0 to 14, by a pack without catching up."""
    first = plan_antenatal(START, START + 14 * WEEK + days * DAY, 0, dataclasses.replace(TR, catch_up="none"))[0]
    assert (first.week, first.due) == (
        (14, START + 14 * WEEK + due * DAY) if due else (20, START + 20 * WEEK + 5 * DAY)
    )


def test_a_window_that_opens_by_the_day_of_the_visit_is_that_visit() -> None:
    assert planned(TR, 27, 0, days=0) == "27a 29 37"
    assert planned(TR, 27, 0, days=4) == "28 37"  # on a Sunday: the Monday after next is in week 28
    assert planned(TR, 27, 2, days=4) == "29 37"


def test_after_a_visit_that_makes_up_for_others_the_next_waits_within_its_window() -> None:
    """Of 34 to 38 she would come in week 35, a week after the one of week 34."""
    by_window = dataclasses.replace(TR, windows=((0, 14), (35, 38)))
    assert planned(by_window, 33, 0) == "33a 36"
    assert planned(by_window, 34, 0) == "34a 36"
    assert (
        planned(dataclasses.replace(TR, windows=((0, 14), (35, 36))), 34, 0) == "34a 35"
    )  # two weeks would be its end
    assert planned(dataclasses.replace(SY, weeks=(12, 35)), 34, 0, "at_once") == "34a 35"


def test_two_visits_are_a_week_apart_although_one_was_late() -> None:
    """Of weeks that begin on Mondays, a visit on the Sunday of week 12 would be followed by one on Monday."""
    start = START - 2 * DAY
    found = plan_antenatal(start, start + 12 * WEEK + 4 * DAY, 0, dataclasses.replace(SY, weeks=(12, 13, 20)))
    assert [(visit.due - start).days for visit in found] == [12 * 7 + 6, 13 * 7 + 6, 20 * 7]


def test_no_visit_half_way_is_near_to_another() -> None:
    """Seen on a Saturday, the last day of week 12, and on the Monday of the week after next: nothing lies between."""
    start = START - 3 * DAY  # a Sunday
    by_weeks = dataclasses.replace(SY, weeks=(4, 12, 14), catch_up="half_way")
    found = plan_antenatal(start, start + 12 * WEEK + 4 * DAY, 0, by_weeks)
    assert [((visit.due - start).days, visit.attempt) for visit in found] == [(90, 1), (99, 1), (190, 2)]


def test_no_window_before_a_pregnancy_is_known_gives_an_early_week() -> None:
    for window, week in (((0, 14), 10), ((0, 12), 9), ((6, 10), 9), ((0, 6), 6), ((8, 8), 8)):
        assert planned(dataclasses.replace(TR, windows=(window,)), 0, 0) == str(week)


# Td


def td(country: str, week: int, made: int = 0, had: int = 0, last_given: D | None = None) -> str:
    """Weeks and doses, of who declares in a week."""
    antenatal = PACKS[country].antenatal
    visits = plan_antenatal(START, START + week * WEEK, made, antenatal)
    found = td_doses(visits, antenatal, START + TERM, had, last_given)
    return " ".join(f"{one.visit.week}:{one.dose.product}{one.dose.dose}" for one in found)


@pytest.mark.parametrize(
    ("country", "week", "had", "doses"),
    [
        ("TR", 5, 0, "20:td1 29:td2"),  # from week 20 on, and four weeks apart; the third not before half a year
        ("TR", 16, 0, "20:td1 29:td2"),
        ("TR", 31, 0, "31:td1 37:td2"),
        ("TR", 35, 0, "35:td1"),  # two weeks later she is too near to the first
        ("TR", 39, 0, "39:td1"),
        ("TR", 5, 1, "20:td2"),  # no dose is given before the week of the first
        ("TR", 16, 1, "20:td2"),
        ("TR", 39, 1, ""),  # less than two weeks before birth
        ("TR", 5, 2, "20:td3"),
        ("TR", 5, 4, "20:td5"),
        ("TR", 5, 5, ""),
        ("TR", 5, 9, ""),
        ("SY", 5, 0, "12:td1 20:td2"),
        ("SY", 12, 1, "12:td2 40:td3"),  # six months lie between
        ("MM", 5, 0, "12:td1 20:td2"),
        ("MM", 5, 2, ""),
        ("DE", 5, 0, "30:tdap1"),  # one in each pregnancy, from week 28 on
        ("DE", 5, 7, "30:tdap1"),
        ("CO", 5, 1, "12:td2 26:tdap1 40:td3"),
        ("AF", 5, 0, ""),  # its pack has none
    ],
)
def test_doses_of_td(country: str, week: int, had: int, doses: str) -> None:
    assert td(country, week, had=had) == doses


def test_the_interval_since_a_dose_of_a_known_day() -> None:
    assert td("TR", 5, had=2, last_given=START - 8 * WEEK) == "20:td3"
    assert td("TR", 5, had=2, last_given=START + 9 * WEEK) == "37:td3"
    assert td("TR", 5, had=3, last_given=START - 8 * WEEK) == ""
    assert td("TR", 5, had=0, last_given=START + 25 * WEEK) == "20:td1 29:td2"  # the day of none of the doses counted


def test_two_doses_of_a_product_are_never_given_at_one_visit() -> None:
    antenatal = dataclasses.replace(TR, td=(Td(1, "at once", ("law",)), Td(2, "then", ("law",))))
    found = td_doses(plan_antenatal(START, START, 0, antenatal), antenatal, START + TERM)
    assert [(one.dose.dose, one.visit.week) for one in found] == [(1, 10), (2, 20)]


def test_the_last_week_of_a_dose_and_its_distance_from_birth() -> None:
    rows = (
        Td(1, "early", ("law",), "early", until_week=10),
        Td(1, "late", ("law",), "late", from_week=39),
        Td(1, "between", ("law",), "between", from_week=25, until_week=28),
        Td(1, "by then", ("law",), "by then", from_week=30, before_birth=Period(weeks=2, days=2)),
    )
    antenatal = dataclasses.replace(TR, td=rows)
    visits = plan_antenatal(START, START, 0, antenatal)
    found = td_doses(visits, antenatal, START + TERM)
    assert [(one.dose.product, one.visit.week) for one in found] == [("early", 10), ("by then", 37)]
    assert [one.dose.product for one in td_doses(visits, antenatal, START + TERM - DAY)] == ["early"]


# Declared before the pack was in use


@pytest.mark.parametrize(
    ("adopted", "reminded_of", "weeks"),
    [
        (9, None, "10 20 29 37"),
        (12, 10, "20 29 37"),
        (16, None, "16a 20 29 37"),
        (16, 10, "20 29 37"),
        (20, 10, "20 29 37"),
        (21, 10, "21 29 37"),  # the rule before had no visit in the window that is open
        (21, 17, "21 29 37"),  # nor has that of week 17
        (21, 19, "29 37"),
        (21, 20, "29 37"),
        (24, 10, "24 29 37"),
        (25, 10, "25a 29 37"),
        (25, 24, "29 37"),
        (30, 24, "30 37"),
        (33, 24, "33a 37"),
        (35, 34, "37"),  # she was reminded after the window, and came then
        (37, 34, "37"),
        (38, 37, ""),
        (40, 24, "40a"),
        (44, None, ""),
    ],
)
def test_what_the_rule_before_has_reminded_of_is_done_and_no_more(
    adopted: int, reminded_of: int | None, weeks: str
) -> None:
    last = START + reminded_of * WEEK + 5 * DAY if reminded_of is not None else None
    found = plan_antenatal(START, START + 5 * WEEK, 0, TR, Before(START + adopted * WEEK, last))
    assert " ".join(f"{visit.week}{'a' * (visit.attempt - 1)}" for visit in found) == weeks
    assert all(visit.due >= START + adopted * WEEK for visit in found)


def test_a_week_lies_between_what_the_rule_before_reminded_of_and_the_next() -> None:
    adopted = START + 26 * WEEK
    for days in range(7):
        before = Before(adopted, adopted - days * DAY)
        for antenatal in (TR, SY):
            for rule in ("at_once", "half_way", "none"):
                found = plan_antenatal(START, START, 0, dataclasses.replace(antenatal, catch_up=rule), before)
                assert found[0].due - adopted >= (7 - days) * DAY


# Missed


@pytest.mark.parametrize(
    ("missed", "said_after", "tries"),
    [
        ("10", 1, "11"),
        ("20", 1, "21"),
        ("20", 7, "22"),
        ("20", 27, "24"),  # there is no Monday left in the window
        ("20", 30, ""),
        ("29", 1, "30"),
        ("37", 1, "38"),
        ("37", 13, ""),
        ("10 20 37", 2, "11 21 38"),
        ("", 1, ""),
    ],
)
def test_a_visit_that_she_missed_is_planned_once_more_within_its_window(
    missed: str, said_after: int, tries: str
) -> None:
    visits = plan_antenatal(START, START + 5 * WEEK, 0, TR)
    told = {visit.due: visit.due + said_after * DAY for visit in visits if str(visit.week) in missed.split()}
    found = second_tries(START, visits, told)
    assert " ".join(str(visit.week) for visit in found) == tries
    assert {visit.attempt for visit in found} <= {2}


def test_a_visit_of_one_week_has_no_second_try() -> None:
    visits = plan_antenatal(START, START + 5 * WEEK, 0, SY)
    assert second_tries(START, visits, {visit.due: visit.due + DAY for visit in visits}) == []


# After birth


def test_contacts_after_birth() -> None:
    born = D(2026, 12, 9)
    assert postnatal_contacts(born, PACKS["TR"].postnatal) == [
        PostnatalContact(1, D(2026, 12, 10), born, D(2026, 12, 10)),
        PostnatalContact(2, D(2026, 12, 11), D(2026, 12, 11), D(2026, 12, 12)),
        PostnatalContact(3, D(2026, 12, 16), D(2026, 12, 16), D(2026, 12, 23)),
        PostnatalContact(4, D(2027, 1, 20), D(2027, 1, 20), D(2027, 1, 26)),
    ]


@pytest.mark.parametrize(
    ("days_later", "contacts"),
    [
        (0, "1:+1 2:+2 3:+7 4:+42"),
        (1, "1:+1 2:+2 3:+7 4:+42"),  # she can still come today
        (2, "2:+3 3:+7 4:+42"),
        (3, "2:+3 3:+7 4:+42"),
        (4, "3:+7 4:+42"),
        (9, "3:+10 4:+42"),
        (14, "3:+14 4:+42"),
        (15, "4:+42"),
        (44, "4:+45"),
        (49, ""),
    ],
)
def test_what_was_over_when_the_birth_was_told_is_none(days_later: int, contacts: str) -> None:
    born = D(2026, 12, 9)
    found = postnatal_contacts(born, PACKS["TR"].postnatal, born + days_later * DAY)
    assert " ".join(f"{one.number}:+{(one.due - born).days}" for one in found) == contacts


@pytest.mark.parametrize(
    ("ages", "days"),
    [
        ([Period(days=10)], [1, 2, 10, 42]),
        ([Period(weeks=2), Period(days=9), Period(weeks=6, days=3)], [1, 2, 9, 45]),
        ([Period(), Period(days=15), Period(months=2)], [1, 2, 7, 42]),
    ],
)
def test_a_contact_is_on_the_day_of_doses_within_it(ages: list[Period], days: list[int]) -> None:
    born = D(2026, 12, 9)
    found = postnatal_contacts(born, PACKS["TR"].postnatal, born, ages)
    assert [(one.due - born).days for one in found] == days


@pytest.mark.parametrize("country", sorted(PACKS))
def test_doses_of_six_weeks_fall_together_with_the_last_contact(country: str) -> None:
    born = D(2026, 12, 9)
    ages = {dose.due for several in PACKS[country].series.values() for series in several for dose in series.doses}
    last = postnatal_contacts(born, PACKS[country].postnatal, born, ages)[-1]
    within = [day for age in ages if last.earliest <= (day := age.after(born)) <= last.latest]
    assert not within or last.due in within


def test_a_contact_that_may_be_on_the_day_of_birth_alone_is_on_it() -> None:
    born = D(2026, 12, 9)
    assert postnatal_contacts(born, Postnatal(((Period(), Period()),), ("law",)))[0].due == born


@given(st.sampled_from(sorted(PACKS)), st.dates())
def test_contacts_follow_each_other_in_every_country(country: str, born: D) -> None:
    found = postnatal_contacts(born, PACKS[country].postnatal)
    assert all(born < one.due and one.earliest <= one.due <= one.latest for one in found)
    assert all(one.latest < other.due for one, other in itertools.pairwise(found))
    assert len(found) == len(PACKS[country].postnatal.contacts) or born > D.max - 8 * WEEK


# What holds of all


weeks_lists = st.lists(st.integers(4, 42), min_size=1, max_size=12, unique=True).map(sorted)
of_weeks = weeks_lists.map(lambda weeks: {"weeks": tuple(weeks)})
of_windows = (
    st.lists(st.integers(0, 42), min_size=2, max_size=12, unique=True)
    .map(sorted)
    .map(lambda ends: {"windows": tuple(zip(ends[::2], ends[1::2], strict=False))})
)
rules = st.builds(
    lambda shape, catch_up: Antenatal(catch_up, ("law",), **shape),
    of_weeks | of_windows,
    st.sampled_from(["none", "at_once", "half_way"]),
) | st.sampled_from([one.antenatal for one in PACKS.values()])
starts = st.dates(D(1, 1, 1), D(9998, 1, 1))
days_in = st.integers(-400, 320)
made_before = st.integers(0, 9)


def _windows(start: D, antenatal: Antenatal) -> list[tuple[D, D]]:
    spans = antenatal.windows or [(week, week) for week in antenatal.weeks]
    return [(start + first * WEEK, start + (last + 1) * WEEK - DAY) for first, last in spans]


@given(rules, starts, days_in, made_before)
def test_every_plan(antenatal: Antenatal, start: D, days: int, made: int) -> None:
    start = max(start, D.min + 400 * DAY)
    declared_on = start + days * DAY
    found = plan_antenatal(start, declared_on, made, antenatal)
    windows = _windows(start, antenatal)
    dues = [visit.due for visit in found]
    assert all((other - one).days >= 7 for one, other in itertools.pairwise(dues))
    assert all(one.week < other.week for one, other in itertools.pairwise(found))
    assert all(day > declared_on for day in dues)
    assert all(visit.earliest <= visit.due <= visit.latest for visit in found)
    assert all(visit.week == (visit.due - start).days // 7 <= LAST_WEEK for visit in found)
    assert all((visit.attempt == 1) == ((visit.earliest, visit.latest) in windows) for visit in found)
    assert len(found) <= len(windows)
    assert sum(visit.attempt == 2 for visit in found) <= (1 if antenatal.catch_up == "at_once" else 99)
    assert antenatal.catch_up != "none" or all(visit.attempt == 1 for visit in found)
    has_visit = {(visit.earliest, visit.latest) for visit in found}
    assert [window for window in windows if window[0] > declared_on and window not in has_visit] == []


@given(rules, starts, days_in, made_before)
def test_a_visit_more_before_she_declared_adds_none(antenatal: Antenatal, start: D, days: int, made: int) -> None:
    declared_on = max(start, D.min + 400 * DAY) + days * DAY
    before = plan_antenatal(start, declared_on, made, antenatal)
    assert len(plan_antenatal(start, declared_on, made + 1, antenatal)) <= len(before)


@given(rules, starts, days_in, made_before, st.datetimes(dt.datetime(1980, 1, 1), dt.datetime(2100, 1, 1)))
def test_a_plan_does_not_know_what_day_it_is(
    antenatal: Antenatal, start: D, days: int, made: int, now: dt.datetime
) -> None:
    declared_on = max(start, D.min + 400 * DAY) + days * DAY
    here = plan_antenatal(start, declared_on, made, antenatal)
    with time_machine.travel(now):
        assert plan_antenatal(start, declared_on, made, antenatal) == here


@given(
    st.sampled_from(sorted(PACKS)),
    days_in.filter(lambda days: days >= 0),
    made_before,
    st.integers(0, 6),
    st.none() | st.dates(START - 52 * WEEK, START + 40 * WEEK),
)
def test_every_dose_of_td_keeps_what_its_row_says(
    country: str, days: int, made: int, had: int, last_given: D | None
) -> None:
    antenatal = PACKS[country].antenatal
    visits = plan_antenatal(START, START + days * DAY, made, antenatal)
    found = td_doses(visits, antenatal, START + TERM, had, last_given)
    assert all(one.visit in visits for one in found)
    assert len({(one.dose.product, one.dose.dose) for one in found}) == len(found)
    assert len({(one.dose.product, one.visit.due) for one in found}) == len(found)
    for one in found:
        assert one.visit.week >= (one.dose.from_week or 0)
        assert one.dose.before_birth is None or one.dose.before_birth.after(one.visit.due) <= START + TERM
        assert one.dose.dose > had or sum(row.product == one.dose.product for row in antenatal.td) == 1
    for one, other in itertools.permutations(found, 2):
        if one.dose.product == other.dose.product and other.dose.dose == one.dose.dose + 1:
            assert other.dose.interval is None or other.visit.due >= other.dose.interval.after(one.visit.due)


@given(rules, st.dates(D.max - 400 * DAY) | st.dates(), st.dates(D.max - 400 * DAY) | st.dates(), made_before)
def test_no_date_is_too_far(antenatal: Antenatal, start: D, declared_on: D, made: int) -> None:
    found = plan_antenatal(start, declared_on, made, antenatal)
    assert not found or start < D.max - 40 * WEEK
    td_doses(found, TR, declared_on, 1, declared_on)


@given(rules, st.integers(0, 43 * 7), made_before, st.integers(0, 7), st.integers(0, 60))
def test_a_second_try_is_in_its_window_and_a_week_away_from_the_others(
    antenatal: Antenatal, declared: int, made: int, place: int, said_after: int
) -> None:
    visits = plan_antenatal(START, START + declared * DAY, made, antenatal)
    for visit in visits[place : place + 1]:
        for again in second_tries(START, visits, {visit.due: visit.due + said_after * DAY}):
            assert visit.due + said_after * DAY < again.due <= visit.latest
            assert all(abs(again.due - other.due) >= WEEK for other in visits)


def test_at_the_ends_of_time() -> None:
    assert plan_antenatal(D.max, D.max, 0, TR) == []
    assert plan_antenatal(START, D.max, 0, TR) == []
    assert postnatal_contacts(D.max, PACKS["TR"].postnatal) == []
    first = plan_antenatal(D.min, D.min, 0, TR)
    assert [visit.week for visit in first] == [10, 20, 29, 37]
    assert td_doses(first, TR, D.max)
